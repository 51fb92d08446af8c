"""What followed for each invented survivor: needs, services, referrals, a stay, follow-up, an end.

Nothing here lies after the last day of the demo's year. A referral that is under way keeps its
case open; a case that is open has its next date.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import exp
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.agencies import Cast
from referral.cli.demo.asking import LAST_MOMENT, at_work, plan_referrals
from referral.cli.demo.cases import (
    LOCAL,
    YEAR_TO,
    ClosurePlan,
    NeedPlan,
    SyntheticCase,
)
from referral.cli.demo.draw import deal, portion, spread
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.lodging import plan_stays
from referral.cli.demo.visits import plan_follow_ups

Cases = Sequence[SyntheticCase]

GIVEN = frozenset({"in_service", "completed", "closed"})
AT_ANY_HOUR = frozenset({"protection", "shelter", "health_care"})


def plan_care(draw: Random, cases: Cases, cast: Cast, reserved: Sequence[Reserved] = ()) -> None:
    """Fill in all that happened after the report. Cases come in the order of their reports."""
    _plan_needs(draw, cases)
    plan_referrals(draw, cases, cast)
    plan_stays(draw, cases, cast.sites, LAST_MOMENT, reserved)
    _plan_closures(draw, cases)
    _settle_under_way(cases)
    _settle_reach(draw, cases)
    _date_services(draw, cases)
    plan_follow_ups(draw, cases)


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
            if case.is_open and need.status not in _kept(need.kind):
                ready.setdefault(need.kind, []).append(need)
    for case in cases:
        for need in case.needs:
            if need.status == "under_way" and not case.is_open:
                if ready.get(need.kind):
                    _exchange(need, ready[need.kind].pop())
                else:
                    need.status = "delivered"


def _kept(kind: str) -> frozenset[str]:
    """What is not exchanged: what is under way, and a shelter in which somebody slept."""
    return frozenset({"under_way", "delivered"} if kind == "shelter" else {"under_way"})


def _settle_reach(draw: Random, cases: Cases) -> None:
    """Exchange outcomes within their kind until only the year's share of people is reached."""
    wanted = portion(shares.REACHED, shares.BASE_SURVIVORS, len(cases))
    excess = sum(bool(_delivered(case)) for case in cases) - wanted
    few = [case for case in cases if 0 < len(_delivered(case)) < 4]
    draw.shuffle(few)
    few.sort(key=lambda case: len(_delivered(case)))
    apart: set[int] = set()
    for case in few:
        mine = _delivered(case)
        if excess > 0 and all(need.kind != "shelter" for need in mine):
            others = [_taker(cases, apart | {case.number}, need.kind) for need in mine]
            if all(others):
                for need, other in zip(mine, others, strict=True):
                    if other is not None:
                        _exchange(need, other)
                apart.add(case.number)
                excess -= 1


def _taker(cases: Cases, apart: set[int], kind: str) -> NeedPlan | None:
    """A need of the kind that was not met, of somebody who was reached otherwise."""
    for case in cases:
        if case.number not in apart and _delivered(case):
            for need in case.needs:
                if need.kind == kind and need.status in {"declined", "not_available"}:
                    return need
    return None


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


def _end_of(case: SyntheticCase) -> datetime:
    """Nothing of a case happens after this."""
    if case.closure is None:
        return LAST_MOMENT
    return datetime.combine(case.closure.closed_on, time(16, 0), LOCAL)


def _plan_closures(draw: Random, cases: Cases) -> None:
    """Those with a referral under way stay open, then the latest, until the quota of open cases."""
    open_quota = portion(shares.OPEN_CASES, shares.BASE_SURVIVORS, len(cases))
    busy = [c for c in cases if any(r.state in shares.OPEN_STATES for r in c.referrals)]
    with_work = {c.number for c in busy}
    idle = [c for c in cases if c.number not in with_work]
    closing = idle[: max(0, len(cases) - max(open_quota, len(busy)))]
    reasons = deal(draw, shares.CLOSURE_REASONS, len(closing))
    lengths = _days_open(draw, closing)
    closing.sort(key=lambda c: c.gbvims_type != "not_gender_based")
    reasons.sort(key=lambda reason: reason != "other")
    for case, reason in zip(closing, reasons, strict=True):
        case.closure = ClosurePlan(
            closed_on=case.reported_on + timedelta(days=lengths[case.number]),
            reason=reason,
            summary=texts.CLOSURES[reason],
        )
        for referral in case.referrals:
            referral.sent_at = min(referral.sent_at, _end_of(case))
            if referral.decided_at:
                referral.decided_at = min(referral.decided_at, _end_of(case))


def _days_open(draw: Random, closing: Cases) -> dict[int, int]:
    """How long each case was open: as the year has it, long enough for what happened in it."""
    median, sigma = shares.DAYS_OPEN
    lengths = sorted(max(3, round(median * exp(sigma * z))) for z in spread(draw, len(closing)))
    found: dict[int, int] = {}
    for case in sorted(closing, key=lambda c: c.reported_on, reverse=True):
        least = (_last_event(case) - case.reported_on).days + 2
        room = max(1, (YEAR_TO - case.reported_on).days)
        fitting = [days for days in lengths if least <= days <= room]
        days = draw.choice(fitting) if fitting else min(lengths, key=lambda n: abs(n - least))
        lengths.remove(days)
        found[case.number] = min(max(days, least), room)
    return found


def _last_event(case: SyntheticCase) -> date:
    """When the last of what is planned took place: new violence told, a house left."""
    told = [further.told_on for further in case.further]
    left = [stay.left_on for stay in case.stays if stay.left_on]
    return max([case.reported_on, *told, *left])
