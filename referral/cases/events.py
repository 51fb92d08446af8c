"""What happens in a case that rooms above want to hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from referral.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """She was met: a report became a case, or a case was opened at once."""

    actor: Actor
    case_id: UUID
    circle_id: UUID
    met_at: datetime
    """Before it was typed in, where that was written on paper."""


@dataclass(frozen=True, slots=True)
class SectionWritten:
    """A section has a new revision; published inside the writer's transaction.

    `answers` are in the clear for handlers of this process only; nothing may store them so.
    """

    actor: Actor
    case_id: UUID
    section_id: UUID
    kind: str
    revision: int
    fact_id: UUID
    case_tag: bytes = field(repr=False)
    answers: Mapping[str, Any] = field(repr=False)
    begun_at: datetime
    """When she was heard, or the section was first written; a correction keeps it."""


@dataclass(frozen=True, slots=True)
class PaperKept:
    """A section was typed in from a paper that is kept until a day, and destroyed then."""

    case_id: UUID
    section_id: UUID
    circle_id: UUID
    member_id: UUID
    until: date


@dataclass(frozen=True, slots=True)
class PaperGone:
    """The paper that a circle kept is destroyed, or was none."""

    case_id: UUID
    section_id: UUID
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class GrantsEnded:
    """A consent was withdrawn, or a basis lapsed, and these grants ended with it."""

    case_id: UUID
    basis_id: UUID
    grant_ids: tuple[UUID, ...]
    reason: str
    givers: tuple[UUID, ...] = ()
    """Circles that have to give anew what another basis still covers."""


@dataclass(frozen=True, slots=True)
class RemainderGiven:
    """A circle has given anew what lapsed with a basis and another basis still covers."""

    case_id: UUID
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class AccessConfirmed:
    """The custodian has confirmed, after a restore, what a circle gave; it gives it anew."""

    case_id: UUID
    giver_circle_id: UUID


@dataclass(frozen=True, slots=True)
class AccessSettled:
    """Nothing that one agency gave another in this case waits any more since a restore."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class WaitingGrantRenewed:
    """A section has a new key while a grant of it waits for acceptance: one more bundle to keep."""

    grant_id: UUID
    circle_generation: int
    bundle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BasisClaimed:
    """A legal basis was claimed: a supervisor must co-sign in time."""

    actor: Actor
    case_id: UUID
    basis_id: UUID
    circle_id: UUID
    cosign_by: datetime


@dataclass(frozen=True, slots=True)
class BasisCosigned:
    """A supervisor has co-signed."""

    case_id: UUID
    basis_id: UUID


@dataclass(frozen=True, slots=True)
class CustodyTaken:
    """A new custodian looks after the case."""

    case_id: UUID
    agency_id: UUID
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class CaseMoved:
    """All that a circle had in a case is another circle's of the same agency from now on."""

    actor: Actor
    case_id: UUID
    agency_id: UUID
    from_circle_id: UUID
    to_circle_id: UUID
    member_ids: frozenset[UUID]
    """Who is in the circle that has it now."""
    referral_ids: tuple[UUID, ...]
    """Referrals of the case that the circle sent or was asked."""


@dataclass(frozen=True, slots=True)
class ConsentRecorded:
    """She agreed to something: for whom, by agency or circle."""

    case_id: UUID
    agency_id: UUID | None
    circle_id: UUID | None


@dataclass(frozen=True, slots=True)
class CaseSucceeded:
    """An agency of the case has ended, and the strand says which circle acts for each of its."""

    case_id: UUID
    heirs: Mapping[UUID, UUID]


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """The case is closed; nothing is due any more."""

    case_id: UUID


@dataclass(frozen=True, slots=True)
class CaseReopened:
    """A closed case is open again; what was agreed before is not, and the risk is asked anew."""

    case_id: UUID
    circle_id: UUID
    next_on: date
