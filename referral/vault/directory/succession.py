"""How an agency ends: what its log says of who acts for its circles from then on.

Four entries, in this order: an administrator states a successor for each circle; the root
countersigns that statement; a member of each circle says which generations were sealed to the
successor; an administrator closes the log. Until the root has signed no key may pass, and until
the log is closed nobody acts for the agency but itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified

STATED = "succession_stated"
COUNTERSIGNED = "succession_countersigned"
PASSED = "circle_passed"
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Successor:
    """The circle of another agency that acts for a circle."""

    agency_id: UUID
    circle_id: UUID


@dataclass(frozen=True)
class Succession:
    """What the log says of the agency's end so far.

    `strands` holds, once the log is closed, the length and newest digest of the agency's strand in
    each case: nothing the agency seems to have signed beyond counts.
    """

    seq: int
    on: date
    successors: Mapping[UUID, Successor]
    is_countersigned: bool = False
    passed: Mapping[UUID, frozenset[int]] = field(default_factory=dict)
    strands: Mapping[UUID, tuple[int, bytes]] | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the agency has ended."""
        return self.strands is not None

    def successor_of(self, circle_id: UUID) -> Successor:
        """To whom a circle's secret may be sealed; `NotVerified` unless the root agreed."""
        if not self.is_countersigned or circle_id not in self.successors:
            raise NotVerified("the root has countersigned no successor of this circle")
        return self.successors[circle_id]


def stated(seq: int, agency_id: UUID, payload: tuple[Any, ...]) -> Succession:
    """The plan that an administrator states: the day, and who acts for which circle."""
    day, rows = payload
    successors = {circle: Successor(agency, heir) for circle, agency, heir in rows}
    ids = [part for circle, heir in successors.items() for part in (circle, heir.circle_id)]
    if len(successors) != len(rows) or not all(isinstance(part, UUID) for part in ids):
        raise NotVerified("each circle has one successor")
    agencies = {heir.agency_id for heir in successors.values()}
    if agency_id in agencies or not all(isinstance(agency, UUID) for agency in agencies):
        raise NotVerified("another agency succeeds")
    return Succession(seq, date.fromisoformat(day), successors)


def after(before: Succession | None, plan: Succession) -> Succession:
    """A plan in the place of another: a circle made since may join, nothing that passed changes."""
    passed = before.passed if before is not None else {}
    if any(plan.successors.get(c) != before.successors[c] for c in passed if before is not None):
        raise NotVerified("keys have passed already")
    return replace(plan, passed=passed)


def with_passed(plan: Succession, payload: tuple[Any, ...], known: frozenset[int]) -> Succession:
    """The plan, with some generations of a circle sealed to its successor."""
    circle_id, successor_circle, _, generations = payload
    if plan.successor_of(circle_id).circle_id != successor_circle:
        raise NotVerified("passed to another circle than the root agreed to")
    passed = frozenset(generations)
    if not passed or not passed <= known:
        raise NotVerified("no such generation of the circle")
    before = plan.passed.get(circle_id, frozenset())
    return replace(plan, passed={**plan.passed, circle_id: before | passed})


def closed(plan: Succession, payload: tuple[Any, ...]) -> Succession:
    """The plan, carried out: the agency's strands end where the entry says."""
    (rows,) = payload
    strands = {case_id: (seq, newest) for case_id, seq, newest in rows}
    if len(strands) != len(rows):
        raise NotVerified("one end of each strand")
    return replace(plan, strands=strands)


def countersigned(plan: Succession) -> Succession:
    """The plan, agreed to by the root."""
    return replace(plan, is_countersigned=True)
