"""How the planned referrals run on the states of today, and which stays belong to them.

The plan knows states that come later. Mapped to the nearest of today: received and information
requested wait as sent; a no-show and an appointment are accepted; redirected is declined, as for
the wrong agency; entered in error is cancelled; closed is completed. A referral for a bed goes to
those who keep the house where she slept, and ends with the stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from referral.cli.demo.cases import LOCAL, PRESENT, ReferralPlan, SyntheticCase
from referral.cli.demo.hosts import DemoSite
from referral.cli.demo.lodging import FAR, Houses

TODAY_STATE = {
    "closed": "completed",
    "scheduled": "accepted",
    "received": "sent",
    "info_requested": "sent",
    "no_show": "accepted",
    "redirected": "declined",
    "entered_in_error": "cancelled",
}
TODAY_REASON = {"out_of_area": "wrong_agency", "survivor_declined": "she_declined"}
REDIRECTED = "wrong_agency"

DECIDE_WITHIN = {
    "p0": timedelta(minutes=30),
    "p1": timedelta(hours=2),
    "p2": timedelta(hours=24),
    "p3": timedelta(hours=72),
}
LONGEST_WAIT = timedelta(days=6)
"""Nobody decides later than this past the limit: a week past it a referral expires."""
EXPIRES_AFTER = timedelta(days=7, minutes=10)
LONG_AGO = timedelta(days=7)
YES = frozenset({"accepted", "in_service"})
CONTACT_AFTER = {
    "p0": timedelta(minutes=20),
    "p1": timedelta(hours=1),
    "p2": timedelta(hours=20),
    "p3": timedelta(days=2),
}
WAITING = {
    "p0": timedelta(minutes=18),
    "p1": timedelta(minutes=70),
    "p2": timedelta(hours=9),
    "p3": timedelta(hours=30),
}
"""How long what waits for an answer has waited when the demo opens."""


@dataclass(slots=True)
class Lodging:
    """A room of a site for one household. Without `leaves_at` she is there when the demo opens."""

    site: DemoSite
    room: int
    arrives_at: datetime
    leaves_at: datetime | None
    destination: str
    children: int

    @property
    def nights(self) -> tuple[date, date]:
        """First night, and the day of leaving that was planned."""
        first = self.arrives_at.astimezone(LOCAL).date()
        left = self.leaves_at.astimezone(LOCAL).date() if self.leaves_at else None
        last = left or PRESENT.date() + timedelta(days=14)
        return first, max(last, first + timedelta(days=1))


@dataclass(slots=True)
class Passage:
    """One referral as it will be made. `state` is where it ends, in the words of today."""

    plan: ReferralPlan
    case: SyntheticCase
    sender: str
    receiver: str
    state: str
    sent_at: datetime
    decided_at: datetime
    lodging: Lodging | None = None
    is_legal: bool = False
    takes_first: bool = False
    number: int = 0

    @property
    def key(self) -> str:
        """Which referral of which case this is."""
        return f"{self.case.number}/{self.number}"

    @property
    def kind(self) -> str:
        """A service or a bed."""
        return "shelter" if self.plan.service == "shelter" else "service"

    @property
    def urgency(self) -> str:
        """The code of the urgency."""
        return self.plan.urgency.lower()

    @property
    def decline_reason(self) -> str:
        """Why the receiver could not, in the words of today."""
        reason = self.plan.decline_reason or REDIRECTED
        return TODAY_REASON.get(reason, reason)

    @property
    def contact_at(self) -> datetime:
        """When the receiver promises the first contact."""
        return self.decided_at + CONTACT_AFTER[self.urgency]

    @property
    def is_given(self) -> bool:
        """Whether somebody has begun to help."""
        return self.state in {"in_service", "completed"}


def end_of(case: SyntheticCase) -> datetime:
    """Nothing of the case happens after this; an open case goes on beyond the demo's opening."""
    if case.closure is None:
        return case.horizon + timedelta(days=2)
    return datetime.combine(case.closure.closed_on, time(16), LOCAL)


def met_at(case: SyntheticCase) -> datetime:
    """When she was met and the report became a case."""
    return case.reported_at + timedelta(minutes=30)


def passages_of(case: SyntheticCase, stays: "Stays") -> list[Passage]:
    """The planned referrals of a case, oldest first."""
    made = [_passage(case, plan) for plan in case.referrals]
    _one_withdrawal_each(made)
    _lodge(case, made, stays.sites)
    return sorted(made, key=lambda passage: passage.sent_at)


def _passage(case: SyntheticCase, plan: ReferralPlan) -> Passage:
    end, urgency = end_of(case), plan.urgency.lower()
    state = TODAY_STATE.get(plan.state, plan.state)
    sent = min(max(plan.sent_at, met_at(case) + timedelta(minutes=15)), end - timedelta(days=2))
    if state == "sent":
        sent = max(sent, PRESENT - WAITING[urgency])
    limit = DECIDE_WITHIN[urgency]
    if state == "accepted" and plan.sent_at < PRESENT - LONG_AGO:
        state = "in_service"  # what was promised for a day long past has begun
    decided = plan.decided_at or sent + limit
    decided = max(sent + timedelta(minutes=10), min(decided, sent + limit + LONGEST_WAIT))
    if state == "expired":
        decided = sent + limit + EXPIRES_AFTER
        state = state if decided < end - timedelta(days=1) else "cancelled"
    passage = Passage(
        plan=plan,
        case=case,
        sender=case.opener,
        receiver=plan.to_agency,
        state=state,
        sent_at=sent,
        decided_at=min(decided, end - timedelta(days=1)),
    )
    passage.takes_first = state == "withdrawn" and case.number % 2 == 1
    return passage


def _one_withdrawal_each(made: Sequence[Passage]) -> None:
    """Two referrals to one agency rest on the same consent: there one is cancelled instead."""
    receivers = [passage.receiver for passage in made]
    for passage in made:
        if passage.state == "withdrawn" and receivers.count(passage.receiver) > 1:
            passage.state, passage.takes_first = "cancelled", False


def _lodge(case: SyntheticCase, made: Sequence[Passage], sites: Mapping[str, DemoSite]) -> None:
    """A referral for a bed ends with the stay, at those who keep the house where she slept."""
    for passage in made:
        stay = next((stay for stay in case.stays if stay.asked is passage.plan), None)
        if passage.kind != "shelter":
            continue
        if stay is None:
            passage.state = "completed" if passage.state in YES else passage.state
            continue
        arrives = max(stay.arrived_at, passage.decided_at + timedelta(minutes=25))
        leaves = None
        if stay.left_on:
            morning = datetime.combine(stay.left_on, time(10), LOCAL)
            leaves = max(morning, arrives + timedelta(hours=2))
        passage.lodging = Lodging(
            site=sites[stay.site],
            room=stay.room,
            arrives_at=arrives,
            leaves_at=leaves,
            destination=stay.left_for or "unknown",
            children=stay.children,
        )
        passage.receiver = passage.lodging.site.managed_by
        passage.state = "completed" if leaves else "in_service"


class Stays:
    """The houses as the year left them, for whoever is given a room on the demo's evening."""

    def __init__(self, cases: Sequence[SyntheticCase], sites: Sequence[DemoSite]) -> None:
        self.sites = {site.slug: site for site in sites}
        self._houses = Houses(sites)
        for case in cases:
            for stay in case.stays:
                span = stay.arrived_at.date(), stay.left_on or FAR
                self._houses.take(self.sites[stay.site], stay.room, span)

    def let(self, lodging: Lodging) -> bool:
        """Give the household a room of its own for all its nights; False where none is free."""
        room = self._houses.room(lodging.site, lodging.nights, 1 + lodging.children)
        if room is None:
            return False
        self._houses.take(lodging.site, room, lodging.nights)
        lodging.room = room
        return True
