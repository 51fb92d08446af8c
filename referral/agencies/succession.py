"""How an agency ends: a plan that the root countersigns, then every circle's secret passes on.

The end itself is `cases.service.end_agency`, since it also says how long the strands are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from referral.agencies import directory, policy
from referral.agencies.kinds import KEEPS_FIGURES
from referral.agencies.model import Agency, Circle, CircleSuccession, CircleSuccessionBody
from referral.agencies.queries import agency as agency_row
from referral.agencies.queries import circles_of
from referral.agencies.states import AgencyState, CirclePurpose
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.boxes import seal_to_successor
from referral.vault.directory import (
    PASSED,
    STATED,
    AgencyDirectory,
    SignedStatement,
    Successor,
    VerifiedKey,
    digits_of,
)
from referral.vault.keys import keyring_of

CHOOSE = "Choose a circle of the successor for each circle, with the same purpose."


@dataclass(frozen=True, slots=True)
class CircleLine:
    """One circle of an ending agency: who succeeds it, and whether its secret has passed."""

    circle: Circle
    heir_agency: Agency | None
    heir_circle: Circle | None
    is_passed: bool


@dataclass(frozen=True, slots=True)
class SuccessionReport:
    """How far an agency's succession has come. `digits` name the plan, to be read out by phone."""

    agency: Agency
    on: date | None
    digits: str
    is_countersigned: bool
    lines: tuple[CircleLine, ...]

    @property
    def missing(self) -> tuple[Circle, ...]:
        """The circles whose secret has not passed; the agency cannot end before."""
        return tuple(line.circle for line in self.lines if not line.is_passed)

    @property
    def is_due(self) -> bool:
        """Whether the day has come on which keys may pass."""
        return self.on is not None and clock.today() >= self.on


def report_of(agency: Agency) -> SuccessionReport:
    """How far it has come, by the agency's verified log."""
    log = directory.directory_of(agency.id)
    plan, waiting = log.succession, set(log.not_passed())
    digits = digits_of(log.digests[plan.seq - 1]) if plan else ""
    return SuccessionReport(
        agency,
        plan.on if plan else None,
        digits,
        plan is not None and plan.is_countersigned,
        tuple(
            _line(row, plan.successors.get(row.id) if plan else None, row.id not in waiting)
            for row in circles_of(agency.id)
            if row.id in log.circles
        ),
    )


def _line(row: Circle, heir: Successor | None, is_passed: bool) -> CircleLine:  # noqa: FBT001 - a field of the line
    if heir is None:
        return CircleLine(row, None, None, is_passed)
    agency, circle = session().get(Agency, heir.agency_id), session().get(Circle, heir.circle_id)
    return CircleLine(row, agency, circle, is_passed)


@operation(Permission.MEMBER_MANAGE, policy.is_own_agency, proof=True)
def state_succession(
    actor: Actor, agency: Agency, *, on: date, successors: Mapping[UUID, UUID]
) -> SuccessionReport:
    """State in the signed log from which day which circle of a successor acts for each circle.

    It counts once the root has countersigned. A new plan takes its place, to be countersigned
    again; what has passed by then keeps its successor.
    """
    if agency.state != AgencyState.LIVE:
        raise StateConflict(agency.state, "state_succession")
    log = directory.directory_of(agency.id)
    if not log.circles or set(successors) != set(log.circles):
        raise InvalidInput({"successors": [CHOOSE]})
    _expect_unchanged(log, successors)
    rows = []
    for circle_id, heir_id in sorted(successors.items()):
        heir = _heir(log, circle_id, heir_id)
        rows.append((circle_id, heir.agency_id, heir.circle_id))
    payload = (on.isoformat(), tuple(rows))
    directory.append(keyring_of(actor), agency.id, at=clock.now(), kind=STATED, payload=payload)
    return report_of(agency)


def _expect_unchanged(log: AgencyDirectory, successors: Mapping[UUID, UUID]) -> None:
    """A circle made since joins the plan; the keys that have passed stay where they went."""
    if log.succession is None:
        return
    known = log.succession.successors
    if any(known[c].circle_id != successors[c] for c in log.succession.passed):
        raise StateConflict("passed", "state_succession")


def as_mapping(rows: Sequence[Mapping[str, UUID]]) -> dict[UUID, UUID]:
    """What a schema took in, as `state_succession` takes it; `InvalidInput` for a circle twice."""
    found = {row["circle_id"]: row["heir_circle_id"] for row in rows}
    if len(found) != len(rows):
        raise InvalidInput({"successors": [CHOOSE]})
    return found


def _heir(log: AgencyDirectory, circle_id: UUID, heir_id: UUID) -> VerifiedKey:
    """The key of a circle that may succeed another; `InvalidInput` for any other circle."""
    row = session().get(Circle, heir_id)
    if row is None or row.agency_id == log.agency_id:
        raise InvalidInput({"successors": [CHOOSE]})
    owner = agency_row(row.agency_id)
    stated = directory.directory_of(owner.id).circles.get(heir_id)
    purpose = log.circles[circle_id].purpose
    counts = purpose == CirclePurpose.STATISTICS
    keeps = not counts or directory.stated_kind(owner) in KEEPS_FIGURES
    if owner.state != AgencyState.LIVE or stated is None or stated.purpose != purpose or not keeps:
        raise InvalidInput({"successors": [CHOOSE]})
    return directory.key_of(heir_id)


def possible_heirs(agency: Agency, purpose: str) -> list[tuple[Circle, Agency]]:
    """Circles that may succeed one of this purpose, by the names of their agencies."""
    query = (
        select(Circle, Agency)
        .join(Agency, Agency.id == Circle.agency_id)
        .where(Agency.state == AgencyState.LIVE, Agency.id != agency.id, Circle.purpose == purpose)
        .order_by(Agency.name_vi, Circle.name_vi, Circle.id)
    )
    return [(circle, owner) for circle, owner in session().execute(query)]


def check_plan(agency: Agency) -> bytes:
    """The digest of the plan as it waits for the root, every successor looked at once more."""
    log = directory.directory_of(agency.id)
    if log.succession is None or log.succession.is_countersigned or log.is_ended:
        raise StateConflict(agency.state, "countersign_succession")
    for circle_id, heir in log.plan.successors.items():
        _heir(log, circle_id, heir.circle_id)
    return log.digests[log.plan.seq - 1]


def agree(agency: Agency, statement: SignedStatement) -> None:
    """Take the root's countersignature of the plan (called from the root's own machine)."""
    directory.append_statement(agency.id, statement)


@operation(Permission.ACCOUNT_USE, policy.is_in_own_circle)
def pass_circle(actor: Actor, circle: Circle) -> Circle:
    """Seal every generation of a circle's secret to the circle that succeeds it, from the day on.

    Whoever is in the circle may do it; when all of it has passed, nothing is done once more.
    `InvalidInput` before the day or the countersignature.
    """
    log, keyring = directory.directory_of(circle.agency_id), keyring_of(actor)
    plan = log.succession
    if plan is None or not plan.is_countersigned or circle.id not in plan.successors:
        raise InvalidInput({"on": ["The holder of the root key has not countersigned yet."]})
    if clock.today() < plan.on:
        raise InvalidInput({"on": ["Keys pass on the day itself or later. Come back then."]})
    generations = sorted(log.generations(circle.id))
    if circle.id not in log.not_passed() and _stored(circle) == set(generations):
        return circle
    heir = directory.key_of(plan.successors[circle.id].circle_id)
    seals = {g: seal_to_successor(log, keyring.circle(circle.id, g), heir) for g in generations}
    payload = (circle.id, heir.circle_id, heir.generation, tuple(generations))
    directory.append(keyring, log.agency_id, at=clock.now(), kind=PASSED, payload=payload)
    _store(circle, heir, seals)
    bury(Ended.KEY, circle.id)  # others have it now: good no more, should a restore undo the end
    return circle


def _stored(circle: Circle) -> set[int]:
    query = select(CircleSuccession.generation).where(CircleSuccession.circle_id == circle.id)
    return set(session().scalars(query))


def _store(circle: Circle, heir: VerifiedKey, seals: Mapping[int, bytes]) -> None:
    session().execute(delete(CircleSuccession).where(CircleSuccession.circle_id == circle.id))
    for generation, seal in seals.items():
        row = CircleSuccession(
            id=new_id(),
            agency_id=circle.agency_id,
            circle_id=circle.id,
            generation=generation,
            heir_agency_id=heir.agency_id,
            heir_circle_id=heir.circle_id,
            heir_generation=heir.generation,
            made_at=clock.now(),
        )
        session().add(row)
        session().flush()
        session().add(CircleSuccessionBody(succession_id=row.id, body=seal))
    session().flush()


def visible_lines(actor: Actor, report: SuccessionReport) -> tuple[CircleLine, ...]:
    """Those of the circles that the actor may know of; all of them to an administrator."""
    return tuple(line for line in report.lines if policy.may_know(actor, line.circle))


def may_pass(actor: Actor, lines: Sequence[CircleLine]) -> list[CircleLine]:
    """Those of the circles whose secret this session has, and which have not passed."""
    return [
        line for line in lines if not line.is_passed and policy.is_in_own_circle(actor, line.circle)
    ]
