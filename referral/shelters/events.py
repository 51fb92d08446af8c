"""What happens to a stay that rooms above want to hear of, inside the keeper's transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from referral.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class StayHeld:
    """Beds are held for a referral; a handler may refuse (not addressed to this circle)."""

    actor: Actor
    referral_id: UUID
    case_id: UUID | None
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class StayConfirmed:
    """A place is promised from a day on: the sender may be told so, and no more."""

    actor: Actor
    referral_id: UUID
    case_id: UUID | None
    from_on: date


@dataclass(frozen=True, slots=True)
class StayReleased:
    """A hold or a promised place was given back before she came."""

    actor: Actor
    referral_id: UUID
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class HoldLapsed:
    """A hold ran out. Nobody needed a key, so that the referral is not known here."""

    stay_id: UUID
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class StayStarted:
    """She has arrived."""

    actor: Actor
    referral_id: UUID
    case_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class StayEnded:
    """She has left."""

    actor: Actor
    referral_id: UUID
    case_id: UUID | None
    at: datetime
