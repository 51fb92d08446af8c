"""What waits when the demo opens, so that the first page of every role has something to do.

These referrals come on top of the planned ones. They are made in open cases, the newest first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from referral.cli.demo import texts
from referral.cli.demo.cases import PRESENT, ReferralPlan, SyntheticCase
from referral.cli.demo.passages import Lodging, Passage, Stays
from referral.cli.demo.routes import CENTRE

OFFERED_AT = PRESENT - timedelta(minutes=80)
"""When the commune's police offer their newest case to the centre, which has not answered yet."""
POLICE = "cong-an-"
"""How the slugs of the police begin."""
HILLS = frozenset({"481"})
HILL_AGENCIES = frozenset({"cong-an-hong-ha", "tram-y-te-hong-ha", "ttyt-a-luoi", "ubnd-hong-ha"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A referral of this evening: sent so many minutes ago, decided so many minutes ago if at all.

    `is_legal`: on danger to life instead of her consent, so that a supervisor must co-sign.
    """

    receiver: str
    service: str
    urgency: str
    sent: int
    state: str = "sent"
    decided: int = 0
    is_legal: bool = False


EVENING: tuple[Waiting, ...] = (
    # Thirty minutes were given: late since five.
    Waiting("ttyt-a-luoi", "health_care", "P0", 35, is_legal=True),
    # Two hours were given: 45, 52 and 65 minutes are left.
    Waiting("ubnd-hong-ha", "shelter", "P1", 75),
    Waiting("cong-an-hong-ha", "protection", "P1", 68),
    Waiting("bvtw-hue", "health_care", "P1", 55),
    Waiting("tro-giup-phap-ly", "legal_aid", "P2", 390),
    Waiting("cong-an-a-luoi", "protection", "P2", 240),
    Waiting("hoi-lhpn", "livelihood", "P3", 760),
    # Refused an hour and a half ago: the sender must find another.
    Waiting("tong-dai", "counselling", "P2", 300, "declined", 90),
    Waiting("tram-y-te-hong-ha", "health_care", "P2", 500, "accepted", 320),
    Waiting("bao-tro-xa-hoi", "shelter", "P1", 58, "accepted", 41),
)


def passages(cases: Sequence[SyntheticCase], stays: Stays) -> list[Passage]:
    """The referrals of this evening; none where every case is closed."""
    settled = [c for c in cases if c.is_open and c.reported_at < PRESENT - timedelta(days=3)]
    newest = sorted(settled, key=lambda c: c.reported_at, reverse=True)
    made: list[Passage] = []
    for waiting in EVENING:
        case = _case_for(waiting, newest, made)
        if case is not None:
            made.append(_passage(waiting, case, stays))
    return made


def _case_for(
    waiting: Waiting, newest: Sequence[SyntheticCase], made: Sequence[Passage]
) -> SyntheticCase | None:
    """The newest fitting case; one that has nothing waiting yet is taken before one that has."""
    busy = [passage.case for passage in made]
    fits = _fitting(waiting)

    def rank(case: SyntheticCase) -> int:
        far = waiting.receiver in HILL_AGENCIES and case.district not in HILLS
        return 2 * sum(case is other for other in busy) + far

    found = sorted((case for case in newest if fits(case)), key=rank)
    return found[0] if found else None


def _fitting(waiting: Waiting) -> Callable[[SyntheticCase], bool]:
    def fits(case: SyntheticCase) -> bool:
        elsewhere = waiting.receiver not in {case.opened_by, case.opener}
        if waiting.is_legal:
            return elsewhere and (case.opener == CENTRE or case.opener.startswith(POLICE))
        again = any(plan.to_agency == waiting.receiver for plan in case.referrals)
        sheltered = waiting.service == "shelter" and case.stay is not None
        return elsewhere and not again and not sheltered

    return fits


def _passage(waiting: Waiting, case: SyntheticCase, stays: Stays) -> Passage:
    sent = PRESENT - timedelta(minutes=waiting.sent)
    decided = PRESENT - timedelta(minutes=waiting.decided) if waiting.decided else PRESENT
    passage = Passage(
        plan=ReferralPlan(
            to_agency=waiting.receiver,
            service=waiting.service,
            urgency=waiting.urgency,
            state=waiting.state,
            sent_at=sent,
            decided_at=decided if waiting.decided else None,
            reason=texts.REASONS[waiting.service],
        ),
        case=case,
        sender=case.opener,
        receiver=waiting.receiver,
        state=waiting.state,
        sent_at=sent,
        decided_at=decided,
        is_legal=waiting.is_legal,
    )
    if waiting.service == "shelter" and waiting.decided:
        passage.lodging = _held(waiting.receiver, case, stays)
    return passage


def _held(receiver: str, case: SyntheticCase, stays: Stays) -> Lodging | None:
    """A room held for tonight: she is on her way. None where every room is taken."""
    for site in stays.sites.values():
        lodging = Lodging(
            site=site,
            room=0,
            arrives_at=PRESENT + timedelta(minutes=40),
            leaves_at=None,
            destination="unknown",
            children=len(case.children),
        )
        if site.managed_by == receiver and stays.let(lodging):
            return lodging
    return None


def offers_late(case: SyntheticCase) -> bool:
    """Whether this is a new case of the police, who offer it to the centre only this evening."""
    is_new = case.is_open and PRESENT - timedelta(days=6) < case.reported_at < PRESENT
    return is_new and case.opener.startswith(POLICE)
