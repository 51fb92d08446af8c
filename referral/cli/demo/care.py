"""What followed for each invented survivor: needs, services, referrals, a stay, follow-up, an end.

Nothing here lies after the last day of the demo's year. A referral that is under way keeps its
case open; a case that is open has its next date.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.cases import (
    LOCAL,
    YEAR_TO,
    ClosurePlan,
    FollowUpPlan,
    NeedPlan,
    ReferralPlan,
    SyntheticCase,
)
from referral.cli.demo.draw import deal, exact, pick, portion
from referral.cli.demo.hosts import DemoSite
from referral.cli.demo.lodging import plan_stays

Cases = Sequence[SyntheticCase]

LAST_MOMENT = datetime.combine(YEAR_TO, time(20, 0), LOCAL)
GIVEN = frozenset({"in_service", "completed", "closed"})
AT_ANY_HOUR = frozenset({"protection", "shelter", "health_care"})
URGENT = frozenset({"P0", "P1"})


def plan_care(draw: Random, cases: Cases, sites: Sequence[DemoSite]) -> None:
    """Fill in all that happened after the report. Cases come in the order of their reports."""
    _plan_needs(draw, cases)
    _plan_referrals(draw, cases)
    _plan_closures(draw, cases)
    _settle_under_way(cases)
    _settle_reach(draw, cases)
    _date_services(draw, cases)
    plan_stays(draw, cases, sites, LAST_MOMENT)
    _plan_follow_ups(draw, cases)


def _urge(kind: str, case: SyntheticCase) -> bool:
    """Whether this need comes first for her: who she is and what happened ask for it."""
    sexual = case.gbvims_type in {"rape", "sexual_assault"}
    return {
        "protection": case.risk in {"high", "medium"},
        "shelter": case.risk == "high",
        "health_care": case.strangled or sexual,
        "legal_aid": case.relation in {"spouse", "former_spouse"},
        "essential_needs": case.is_child or bool(case.children),
        "livelihood": case.age_band in {"18_24", "25_39", "40_59"},
        "child_protection": case.is_child,
    }.get(kind, False)


def _can_need(kind: str, case: SyntheticCase) -> bool:
    if kind == "child_protection":
        return case.is_minor or bool(case.children)
    return kind != "livelihood" or not case.is_child


def _plan_needs(draw: Random, cases: Cases) -> None:
    without = len(cases) - portion(shares.WITH_A_NEED, shares.BASE_SURVIVORS, len(cases))
    calm = [c for c in cases if c.risk != "high" and not c.is_child]
    apart = {c.number for c in draw.sample(calm, min(without, len(calm)))}
    wanting = [c for c in cases if c.number not in apart]
    for kind, row in shares.NEEDS.items():
        total = portion(sum(row.values()), shares.BASE_SURVIVORS, len(cases))
        able = [c for c in wanting if _can_need(kind, c)]
        draw.shuffle(able)
        able.sort(key=lambda c: (not _urge(kind, c), bool(c.needs) and kind == "counselling"))
        chosen = able[:total]
        for case, status in zip(chosen, deal(draw, row, len(chosen)), strict=True):
            case.needs.append(NeedPlan(kind=kind, status=status))
    for case in wanting:
        if not case.needs:
            _hand_over(draw, wanting, case)


def _hand_over(draw: Random, cases: Cases, empty: SyntheticCase) -> None:
    """Someone with several needs gives up one of a kind that anyone may have."""
    givers = [c for c in cases if len(c.needs) > 2 and c.needs_kind("counselling")]
    giver = draw.choice(givers)
    need = next(n for n in giver.needs if n.kind == "counselling")
    giver.needs.remove(need)
    empty.needs.append(need)


def _delivered(case: SyntheticCase) -> list[NeedPlan]:
    return [need for need in case.needs if need.status == "delivered"]


def _exchange(mine: NeedPlan, other: NeedPlan) -> None:
    mine.status, other.status = other.status, mine.status


def _settle_under_way(cases: Cases) -> None:
    """What is under way belongs to a case that is open: exchange it within its kind."""
    ready: dict[str, list[NeedPlan]] = {}
    for case in cases:
        for need in case.needs:
            if case.is_open and need.status != "under_way":
                ready.setdefault(need.kind, []).append(need)
    for case in cases:
        for need in case.needs:
            if need.status == "under_way" and not case.is_open:
                if ready.get(need.kind):
                    _exchange(need, ready[need.kind].pop())
                else:
                    need.status = "delivered"


def _settle_reach(draw: Random, cases: Cases) -> None:
    """Exchange outcomes within their kind until only the year's share of people is reached."""
    wanted = portion(shares.REACHED, shares.BASE_SURVIVORS, len(cases))
    excess = sum(bool(_delivered(case)) for case in cases) - wanted
    waiting: dict[str, list[NeedPlan]] = {}
    for case in cases:
        if len(_delivered(case)) > 2:
            for need in case.needs:
                if need.status in {"declined", "not_available"}:
                    waiting.setdefault(need.kind, []).append(need)
    few = [case for case in cases if len(_delivered(case)) in {1, 2}]
    draw.shuffle(few)
    few.sort(key=lambda case: len(_delivered(case)))
    for case in few:
        mine = _delivered(case)
        if excess > 0 and all(waiting.get(need.kind) for need in mine):
            for need in mine:
                _exchange(need, waiting[need.kind].pop())
            excess -= 1


def _date_services(draw: Random, cases: Cases) -> None:
    for case in cases:
        end = _end_of(case)
        taken = {plan.service: plan for plan in case.referrals if plan.state in GIVEN}
        for need in case.needs:
            if need.status == "delivered":
                plan = taken.get(need.kind)
                start = plan.decided_at if plan and plan.decided_at else case.reported_at
                later = start + timedelta(hours=2 + draw.lognormvariate(2.5, 1.0))
                need.delivered_at = min(later if need.kind in AT_ANY_HOUR else at_work(later), end)
                need.delivered_by = plan.to_agency if plan else case.opened_by
                need.outcome = texts.OUTCOMES[need.kind]


def at_work(moment: datetime) -> datetime:
    """The same moment, or half past seven of the next morning when nobody is at the desk."""
    moment = moment.replace(second=0, microsecond=0)
    if 7 <= moment.hour < 18:
        return moment
    morning = moment.replace(hour=7, minute=30)
    return morning if moment.hour < 7 else morning + timedelta(days=1)


def _end_of(case: SyntheticCase) -> datetime:
    """Nothing of a case happens after this."""
    if case.closure is None:
        return LAST_MOMENT
    return datetime.combine(case.closure.closed_on, time(16, 0), LOCAL)


def _receiver_of(service: str, case: SyntheticCase) -> str:
    hills = case.district == "481"
    if service == "shelter":
        return "ubnd-hong-ha" if hills else "bao-tro-xa-hoi"
    if service == "health_care":
        return "ttyt-a-luoi" if hills else "bvtw-hue"
    if service == "protection":
        return "cong-an-a-luoi" if hills else "cong-an-vy-da"
    return {"legal_aid": "tro-giup-phap-ly", "livelihood": "hoi-lhpn"}.get(
        service, "cong-tac-xa-hoi"
    )


def _plan_referrals(draw: Random, cases: Cases) -> None:
    count = len(cases)
    referred = sorted(cases, key=lambda c: (c.risk != "high", -len(c.needs), c.number))[
        : portion(shares.REFERRED, shares.BASE_SURVIVORS, count)
    ]
    total = portion(shares.REFERRALS, shares.BASE_SURVIVORS, count)
    slots = _share_out(draw, referred, exact(shares.DESTINATIONS, total))
    for case, mode in zip(referred, deal(draw, shares.CONSENT_MODES, len(referred)), strict=True):
        case.consent_mode = "through_interpreter" if case.interpreter_needed else mode
    urgencies = _urgencies(draw, slots)
    states = _states(draw, slots)
    _reconcile(urgencies, states)
    declined = sum(state == "declined" for state in states)
    reasons = deal(draw, shares.DECLINE_REASONS, declined)
    for (case, service), urgency, state in zip(slots, urgencies, states, strict=True):
        plan = _referral(draw, case, service, urgency, state)
        if state == "declined":
            plan.decline_reason = reasons.pop()
        case.referrals.append(plan)


Slot = tuple[SyntheticCase, str]


def _share_out(draw: Random, referred: Cases, wanted: dict[str, int]) -> list[Slot]:
    """Who is referred for which service: by need, to another agency, and nobody left out."""
    slots: list[Slot] = []
    held: dict[int, int] = {case.number: 0 for case in referred}
    for service, total in sorted(wanted.items(), key=lambda item: item[1]):
        able = [case for case in referred if _receiver_of(service, case) != case.opened_by]
        draw.shuffle(able)
        able.sort(key=lambda c: (_strangled_first(service, c), held[c.number]))
        for case in (able * 2)[:total]:
            slots.append((case, service))
            held[case.number] += 1
    return _nobody_left_out(referred, slots, held)


def _strangled_first(service: str, case: SyntheticCase) -> int:
    if service == "health_care" and case.strangled:
        return 0
    return 1 if case.needs_kind(service) else 2


def _nobody_left_out(referred: Cases, slots: list[Slot], held: dict[int, int]) -> list[Slot]:
    for case in [c for c in referred if not held[c.number]]:
        for index, (other, service) in enumerate(slots):
            spare = held[other.number] > 1 and not other.strangled
            if spare and _receiver_of(service, case) != case.opened_by:
                slots[index] = (case, service)
                held[other.number] -= 1
                held[case.number] += 1
                break
    return sorted(slots, key=lambda slot: slot[0].number)


def _urgencies(draw: Random, slots: Sequence[Slot]) -> list[str]:
    """The most urgent go to those strangled (health first), then to those at high risk."""
    hand = sorted(deal(draw, shares.URGENCIES, len(slots)))
    order = list(range(len(slots)))
    draw.shuffle(order)

    def rank(index: int) -> int:
        case, service = slots[index]
        if case.strangled and service == "health_care":
            return 0
        if case.strangled or (case.risk == "high" and service in {"shelter", "protection"}):
            return 1
        return 2 if case.risk == "high" else 3

    order.sort(key=rank)
    result = [""] * len(slots)
    # The rest by chance: not every urgent referral is for someone at high risk.
    sure = sum(rank(index) < 2 for index in order)
    rest = hand[sure:]
    draw.shuffle(rest)
    for index, urgency in zip(order, hand[:sure] + rest, strict=True):
        result[index] = urgency
    return result


def _states(draw: Random, slots: Sequence[Slot]) -> list[str]:
    """What is still under way belongs to the latest cases, so that the others could be closed."""
    counts = exact(shares.REFERRAL_STATES, len(slots))
    under_way = [s for s, n in counts.items() if s in shares.OPEN_STATES for _ in range(n)]
    ended = [s for s, n in counts.items() if s not in shares.OPEN_STATES for _ in range(n)]
    draw.shuffle(under_way)
    draw.shuffle(ended)
    return ended + under_way  # slots come in the order of the reports


def _reconcile(urgencies: Sequence[str], states: list[str]) -> None:
    """What is urgent never expires, and an emergency never waits for an answer."""

    def wrong(urgency: str, state: str) -> bool:
        return (state == "expired" and urgency in URGENT) or (
            state == "info_requested" and urgency == "P0"
        )

    for index, state in enumerate(states):
        if not wrong(urgencies[index], state):
            continue
        for other, instead in enumerate(states):
            alike = (state in shares.OPEN_STATES) == (instead in shares.OPEN_STATES)
            fits = not wrong(urgencies[index], instead) and not wrong(urgencies[other], state)
            if alike and fits:
                states[index], states[other] = instead, state
                break


def _referral(
    draw: Random, case: SyntheticCase, service: str, urgency: str, state: str
) -> ReferralPlan:
    sent = case.reported_at + timedelta(hours=draw.uniform(0.5, 20))
    if state in shares.OPEN_STATES:
        latest = LAST_MOMENT - timedelta(hours=draw.uniform(1, 90))
        sent = max(sent, latest) if state in {"sent", "received", "info_requested"} else sent
    sent = min(sent if urgency in URGENT else at_work(sent), LAST_MOMENT)
    sent = sent.replace(second=0, microsecond=0)
    decided = None
    if state not in {"sent", "received", "info_requested", "expired", "entered_in_error"}:
        decided = sent + timedelta(hours=_decision_hours(draw, case, urgency, sent))
        decided = decided if urgency in URGENT else at_work(decided)
        decided = min(decided.replace(second=0, microsecond=0), LAST_MOMENT + timedelta(hours=3))
    return ReferralPlan(
        to_agency=_receiver_of(service, case),
        service=service,
        urgency=urgency,
        state=state,
        sent_at=sent,
        decided_at=decided,
        reason=texts.REASONS[service],
    )


def _decision_hours(draw: Random, case: SyntheticCase, urgency: str, sent: datetime) -> float:
    median, sigma = shares.DECISION_HOURS[urgency]
    hours = median * draw.lognormvariate(0, sigma)
    if sent.hour >= 20 or sent.hour < 6:
        hours *= 1.8
    return hours * (1.3 if case.district in {"481", "483"} else 1.0)


def _plan_closures(draw: Random, cases: Cases) -> None:
    """Those with a referral under way stay open, then the latest, until the quota of open cases."""
    open_quota = portion(shares.OPEN_CASES, shares.BASE_SURVIVORS, len(cases))
    busy = [c for c in cases if any(r.state in shares.OPEN_STATES for r in c.referrals)]
    with_work = {c.number for c in busy}
    idle = [c for c in cases if c.number not in with_work]
    closing = idle[: max(0, len(cases) - max(open_quota, len(busy)))]
    reasons = deal(draw, shares.CLOSURE_REASONS, len(closing))
    closing.sort(key=lambda c: c.gbvims_type != "not_gender_based")
    reasons.sort(key=lambda reason: reason != "other")
    median, sigma = shares.DAYS_OPEN
    for case, reason in zip(closing, reasons, strict=True):
        days = max(3, round(median * draw.lognormvariate(0, sigma)))
        room = max(1, (YEAR_TO - case.reported_on).days)
        # What would end after the demo's year ends somewhere in the time there is.
        days = days if days <= room else draw.randint((room + 1) // 2, room)
        case.closure = ClosurePlan(
            closed_on=case.reported_on + timedelta(days=days),
            reason=reason,
            summary=texts.CLOSURES[reason],
        )
        for referral in case.referrals:
            referral.sent_at = min(referral.sent_at, _end_of(case))
            if referral.decided_at:
                referral.decided_at = min(referral.decided_at, _end_of(case))


def _plan_follow_ups(draw: Random, cases: Cases) -> None:
    for case in cases:
        end = case.closure.closed_on if case.closure else YEAR_TO
        day = case.reported_on + timedelta(days=draw.randint(5, 14))
        while day <= end and len(case.follow_ups) < 6:
            gap = 14 if case.risk == "high" else 30
            following = day + timedelta(days=gap + draw.randint(-3, 5))
            case.follow_ups.append(
                FollowUpPlan(
                    met_on=day,
                    meeting=pick(draw, {"visit": 4, "office": 3, "phone": 3}),
                    risk="medium" if case.risk == "not_assessed" else case.risk,
                    how_she_is=draw.choice(texts.fitting(texts.FOLLOW_UPS, case)),
                    done=draw.choice(texts.fitting(texts.DONE, case)),
                    next_on=following if case.is_open else min(following, end),
                )
            )
            day = following
        if case.is_open:
            case.next_on = max(day, YEAR_TO + timedelta(days=draw.randint(-2, 12)))
