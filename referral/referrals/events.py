"""What happens to a referral that rooms above want to hear of."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class ReferralSent:
    """A circle is asked; its clock runs."""

    actor: Actor
    referral_id: UUID
    case_id: UUID
    from_circle_id: UUID
    to_circle_id: UUID
    urgency: str
    decide_by: datetime


@dataclass(frozen=True, slots=True)
class ReferralAccepted:
    """A named worker has promised a first contact."""

    actor: Actor
    referral_id: UUID
    case_id: UUID
    to_circle_id: UUID
    worker_id: UUID
    first_contact_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralDeclined:
    """The circle asked cannot; the sender must find another by `decide_by`."""

    referral_id: UUID
    case_id: UUID
    from_circle_id: UUID
    decide_by: datetime


@dataclass(frozen=True, slots=True)
class ReferralCompleted:
    """What was promised has been done."""

    referral_id: UUID
    case_id: UUID
    from_circle_id: UUID
    to_circle_id: UUID


@dataclass(frozen=True, slots=True)
class ReferralEnded:
    """It ended otherwise: withdrawn, cancelled or expired."""

    referral_id: UUID
    case_id: UUID
    from_circle_id: UUID
    to_circle_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class WorkerLeft:
    """Who had promised to see to a referral is not in its circle any more: it names another."""

    referral_id: UUID
    case_id: UUID
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class WorkerNamed:
    """The circle has named somebody else to see to a referral."""

    referral_id: UUID
    case_id: UUID
    circle_id: UUID
    worker_id: UUID
