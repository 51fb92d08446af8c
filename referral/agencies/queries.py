"""Reading agencies and circles. All who work here may know which services take part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.agencies import geography, policy
from referral.agencies.directory import directory_of, stated_kind
from referral.agencies.heirs import successor_of
from referral.agencies.kinds import KEEPS_FIGURES, AgencyKind
from referral.agencies.model import Agency, Circle, CircleArea
from referral.agencies.states import AgencyState, CirclePurpose
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotFound, NotVerified
from referral.kernel.folding import folded
from referral.kernel.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from referral.kernel.permissions import Permission

CHOOSES_RECIPIENT = frozenset(
    {Permission.CONSENT_RECORD, Permission.PLACE_READ, Permission.REFERRAL_SEND}
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A circle that can receive, with its agency's names."""

    circle_id: UUID
    agency_id: UUID
    kind: str
    purpose: str
    name_vi: str
    name_en: str
    phone: str
    is_ready: bool = True
    """Whether two people there could open a case, or one with a recovery kit, by the signed log."""

    def name(self, locale: str) -> str:
        """The name in one of the two languages."""
        return self.name_en if locale == "en" else self.name_vi


def agency(agency_id: UUID) -> Agency:
    """One agency; `NotFound`."""
    row = session().get(Agency, agency_id)
    if row is None:
        raise NotFound("no such agency")
    return row


def circle(circle_id: UUID) -> Circle:
    """One circle; `NotFound`."""
    row = session().get(Circle, circle_id)
    if row is None:
        raise NotFound("no such circle")
    return row


def managed_circle(actor: Actor, circle_id: UUID) -> Circle:
    """A circle whose keys the actor sees to: administers, or is in; `NotFound` for any other."""
    row = circle(circle_id)
    manages = Permission.MEMBER_MANAGE in actor.permissions and policy.is_own_working_circle(
        actor, row
    )
    if not (manages or policy.is_in_circle(actor, row)):
        raise NotFound("no such circle")
    return row


def live_agencies() -> Sequence[Agency]:
    """The agencies that take part, by name."""
    live = select(Agency).where(Agency.state == AgencyState.LIVE)
    return session().scalars(live.order_by(Agency.name_vi, Agency.id)).all()


def agency_names(agency_ids: Iterable[UUID], locale: str) -> dict[UUID, str]:
    """The names of some agencies in one of the two languages, by one query."""
    name = Agency.name_en if locale == "en" else Agency.name_vi
    query = select(Agency.id, name).where(Agency.id.in_(sorted(set(agency_ids))))
    return dict(iter(session().execute(query)))


def _visible(actor: Actor) -> Select[Agency]:
    """The directory as the actor knows it.

    All of it for who enters agencies or administers one; those that take part, or did, for all
    others who work here, who send to them and read of them; one's own agency for everybody.
    """
    if Permission.AGENCY_READ in actor.permissions:
        return select(Agency)
    own = Agency.id == actor.agency_id
    if Permission.ACCOUNT_USE not in actor.permissions:
        return select(Agency).where(own)
    return select(Agency).where(own | Agency.state.in_([AgencyState.LIVE, AgencyState.ENDED]))


def visible_agency(actor: Actor, agency_id: UUID) -> Agency:
    """One of `visible_agencies`; `NotFound` for any other."""
    row = session().scalars(_visible(actor).where(Agency.id == agency_id)).one_or_none()
    if row is None:
        raise NotFound("no such agency")
    return row


def visible_agencies(
    actor: Actor, *, state: str | None = None, name: str = "", cursor: str | None = None
) -> Page[Agency]:
    """A page of the directory by name: in a state, and with `name` in one of their names.

    A name is found without its tones and marks too.
    """
    query = _visible(actor).order_by(Agency.name_vi, Agency.id).limit(PAGE_SIZE + 1)
    if state:
        query = query.where(Agency.state == state)
    if folded(name):
        query = query.where(Agency.id.in_(_named(folded(name))))
    if cursor:
        last = session().get(Agency, decode_cursor(cursor)[1])
        if last is None:
            raise InvalidInput({"cursor": ["Not a valid page."]})
        same = (Agency.name_vi == last.name_vi) & (Agency.id > last.id)
        query = query.where((Agency.name_vi > last.name_vi) | same)
    rows = session().scalars(query).all()
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    return Page(rows, encode_cursor(rows[-1].state_at, rows[-1].id) if more else None)


def count_agencies(actor: Actor) -> int:
    """How many agencies the actor's directory has."""
    return session().scalar(select(func.count()).select_from(_visible(actor).subquery())) or 0


def _named(wanted: str) -> list[UUID]:
    """No database folds Vietnamese: the names alone are looked through here."""
    names = session().execute(select(Agency.id, Agency.name_vi, Agency.name_en))
    return [row.id for row in names if wanted in folded(f"{row.name_vi}\n{row.name_en}")]


def recipients(
    actor: Actor, *, on: date, purpose: CirclePurpose = CirclePurpose.CASES, unit_code: str = ""
) -> list[Recipient]:
    """Circles of live agencies that may receive on a day, the actor's own agency's left out.

    None for a role that sends nowhere, writes down no consent and looks for no place.
    A shelter circle stands under its code name; with `unit_code` only those serving that unit, or
    a commune that lies within it on the day.
    """
    if not CHOOSES_RECIPIENT & actor.permissions:
        return []
    query = (
        select(Circle, Agency)
        .join(Agency, Agency.id == Circle.agency_id)
        .where(
            Agency.state == AgencyState.LIVE,
            Agency.valid_from <= on,
            (Agency.valid_to.is_(None)) | (Agency.valid_to >= on),
            Circle.purpose == purpose,
            Circle.is_named.is_(False),
        )
        .order_by(Agency.name_vi, Circle.id)
    )
    if purpose is CirclePurpose.CASES:
        query = query.where(Agency.id != actor.agency_id, Agency.kind != AgencyKind.OPERATOR)
    if unit_code:
        served = select(CircleArea.circle_id).where(
            CircleArea.unit_code.in_(geography.codes_within(unit_code, on))
        )
        query = query.where(Circle.id.in_(served))
    found = session().execute(query).all()
    return [
        replace(_recipient(row, owner), is_ready=is_ready(owner.id, row.id)) for row, owner in found
    ]


def is_ready(agency_id: UUID, circle_id: UUID) -> bool:
    """Whether the log names two who hold the circle's key, or one with a confirmed kit.

    Not where a log does not hold: that of one agency stops nobody from asking the others.
    """
    try:
        log = directory_of(agency_id)
    except NotVerified:
        return False
    holders = log.key_holders(circle_id)
    return len(holders) > 1 or bool(holders & log.kits.keys())


def _recipient(row: Circle, owner: Agency) -> Recipient:
    pooled = row.purpose == CirclePurpose.SHELTER
    named = Recipient(
        row.id,
        row.agency_id,
        owner.kind,
        row.purpose,
        row.name_vi if pooled else owner.name_vi,
        row.name_en if pooled else owner.name_en,
        owner.phone,
    )
    return _with_successor(named) if owner.state == AgencyState.ENDED else named


def _with_successor(ended: Recipient) -> Recipient:
    """Under both names, and with the phone of who acts for it now."""
    heir = successor_of(ended.circle_id)
    if heir is None:
        return ended
    now = recipient(heir.circle_id)
    return replace(
        ended,
        name_vi=f"{ended.name_vi} (nay là {now.name_vi})",
        name_en=f"{ended.name_en} (now {now.name_en})",
        phone=now.phone,
    )


def recipient(circle_id: UUID) -> Recipient:
    """One circle as a recipient, whatever its state."""
    row = circle(circle_id)
    return _recipient(row, agency(row.agency_id))


def recipient_names(circle_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
    """Names of many circles in one query."""
    if not circle_ids:
        return {}
    query = (
        select(Circle, Agency)
        .join(Agency, Agency.id == Circle.agency_id)
        .where(Circle.id.in_(set(circle_ids)))
    )
    return {c.id: _recipient(c, a) for c, a in session().execute(query)}


def circles_of(agency_id: UUID) -> Sequence[Circle]:
    """The circles of an agency, named ones included."""
    query = select(Circle).where(Circle.agency_id == agency_id).order_by(Circle.made_at, Circle.id)
    return session().scalars(query).all()


def working_circles_of(agency_id: UUID) -> list[Circle]:
    """The circles that the agency's administrator keeps."""
    return [row for row in circles_of(agency_id) if not row.is_named]


def visible_circles(actor: Actor) -> list[Circle]:
    """The circles of the actor's agency that the actor may know of."""
    if actor.agency_id is None:
        return []
    return [row for row in circles_of(actor.agency_id) if policy.may_know(actor, row)]


def named_circles(actor: Actor) -> list[Circle]:
    """The named circles the actor is in; those who make them see that the others are there."""
    return [row for row in visible_circles(actor) if row.is_named]


def movable_circles(actor: Actor) -> list[Circle]:
    """The circles of the actor's agency that work on cases, working ones first."""
    assert actor.agency_id is not None
    rows = [row for row in circles_of(actor.agency_id) if row.purpose == CirclePurpose.CASES]
    return sorted(rows, key=lambda row: (row.is_named, row.name_vi))


def members_of(circle: Circle) -> frozenset[UUID]:
    """Who is in a circle, as the signed log of its agency says."""
    state = directory_of(circle.agency_id).circles.get(circle.id)
    return state.member_ids if state is not None else frozenset()


def visible_circle(actor: Actor, circle_id: UUID) -> Circle:
    """One of `visible_circles`; `NotFound` for any other."""
    row = circle(circle_id)
    if not policy.may_know(actor, row):
        raise NotFound("no circle of theirs")
    return row


def statistics_circle() -> Circle:
    """The province's statistics circle in force; `NotFound` before one is made.

    Every agency seals its facts to it, so that a row alone makes none: by its signed log the
    agency keeps figures, and calls the circle so.
    """
    query = (
        select(Circle, Agency)
        .join(Agency, Agency.id == Circle.agency_id)
        .where(Circle.purpose == CirclePurpose.STATISTICS)
        .order_by(Circle.made_at.desc())
    )
    found = [row for row, owner in session().execute(query).all() if _keeps_figures(row, owner)]
    waiting = {heir for row in found if (heir := _heir_in_waiting(row)) is not None}
    for row in found:
        if row.id not in waiting:
            return row
    raise NotFound("no statistics circle yet")


def _keeps_figures(row: Circle, owner: Agency) -> bool:
    log = directory_of(row.agency_id)
    stated = log.circles.get(row.id)
    is_so = stated is not None and stated.purpose == CirclePurpose.STATISTICS
    return is_so and not log.is_ended and stated_kind(owner) in KEEPS_FIGURES


def _heir_in_waiting(row: Circle) -> UUID | None:
    """Which circle succeeds this one: it receives nothing before the day on which keys pass."""
    plan = directory_of(row.agency_id).succession
    heir = plan.successors.get(row.id) if plan else None
    return heir.circle_id if heir else None


def is_in_statistics_circle(actor: Actor) -> bool:
    """Whether a signed log names the actor a member of the statistics circle in force."""
    try:
        row = statistics_circle()
    except NotFound:
        return False
    named = directory_of(row.agency_id).circles[row.id].member_ids
    return row.agency_id == actor.agency_id and actor.member_id in named
