"""Life of a referral. The table of issue E widens this one; nothing else may write the state."""

from datetime import timedelta
from enum import StrEnum


class ReferralState(StrEnum):
    """Where the promise stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    IN_SERVICE = "in_service"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"


class ReferralKind(StrEnum):
    """What is asked: a service, a place to sleep, or that another looks after the case."""

    SERVICE = "service"
    SHELTER = "shelter"
    CUSTODY = "custody"


class Urgency(StrEnum):
    """How soon the receiver must decide."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"


S = ReferralState
REFERRAL = {
    (S.SENT, "accept"): S.ACCEPTED,
    (S.SENT, "decline"): S.DECLINED,
    (S.SENT, "withdraw"): S.WITHDRAWN,
    (S.SENT, "cancel"): S.CANCELLED,
    (S.SENT, "expire"): S.EXPIRED,
    (S.SENT, "return"): S.RETURNED,
    (S.ACCEPTED, "schedule"): S.SCHEDULED,
    (S.ACCEPTED, "start"): S.IN_SERVICE,
    (S.ACCEPTED, "complete"): S.COMPLETED,
    (S.ACCEPTED, "withdraw"): S.WITHDRAWN,
    (S.SCHEDULED, "unschedule"): S.ACCEPTED,
    (S.SCHEDULED, "start"): S.IN_SERVICE,
    (S.SCHEDULED, "complete"): S.COMPLETED,
    (S.SCHEDULED, "withdraw"): S.WITHDRAWN,
    (S.IN_SERVICE, "complete"): S.COMPLETED,
    (S.IN_SERVICE, "withdraw"): S.WITHDRAWN,
}
UNDER_WAY = (S.ACCEPTED, S.SCHEDULED, S.IN_SERVICE)
OPEN_STATES = (S.SENT, *UNDER_WAY)
ENDED_STATES = (S.COMPLETED, S.DECLINED, S.WITHDRAWN, S.CANCELLED, S.EXPIRED, S.RETURNED)

DECIDE_WITHIN = {
    Urgency.P0: timedelta(minutes=30),
    Urgency.P1: timedelta(hours=2),
    Urgency.P2: timedelta(hours=24),
    Urgency.P3: timedelta(hours=72),
}
CONTACT_WITHIN = {
    Urgency.P0: timedelta(hours=1),
    Urgency.P1: timedelta(hours=24),
    Urgency.P2: timedelta(hours=72),
    Urgency.P3: timedelta(days=7),
}
"""From sending until somebody has met or called her."""
NEVER_EXPIRE = (Urgency.P0, Urgency.P1)  # nobody in danger is dropped by a clock
EXPIRE_AFTER = timedelta(days=7)
DECLINE_REASONS = (
    "no_capacity",
    "wrong_agency",
    "ineligible",
    "unreachable",
    "safety_or_conflict",
    "duplicate",
    "she_declined",
)
