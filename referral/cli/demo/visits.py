"""Follow-up of the invented year: visits, calls, and what was told there of new violence."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.cases import YEAR_TO, FollowUpPlan, SyntheticCase
from referral.cli.demo.draw import pick, portion
from referral.cli.demo.repeats import RISKS

Cases = Sequence[SyntheticCase]


def plan_follow_ups(draw: Random, cases: Cases) -> None:
    """Visits and calls until the end or the demo's opening, and what was told of new violence."""
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
        _tell_again(draw, case)
        if case.is_open:
            case.next_on = max(day, YEAR_TO + timedelta(days=draw.randint(-2, 12)))
    _lower(draw, cases)


def _lower(draw: Random, cases: Cases) -> None:
    """At the last visit some of those who were at risk, and are safe now, are at less."""
    wanted = portion(shares.RISK_LOWERED, shares.BASE_SURVIVORS, len(cases))
    able = [
        case
        for case in cases
        if case.closure
        and case.closure.reason == "goals_met"
        and not case.further
        and case.risk in {"medium", "high"}
        and len(case.follow_ups) > 1
    ]
    for case in draw.sample(able, min(wanted, len(able))):
        case.follow_ups[-1].risk = RISKS[RISKS.index(case.risk) - 1]


def _tell_again(draw: Random, case: SyntheticCase) -> None:
    """Put in the days on which new violence was told; from then on the risk is what it is then."""
    for further in case.further:
        before = [plan for plan in case.follow_ups if plan.met_on < further.told_on]
        after = [plan for plan in case.follow_ups if plan.met_on > further.told_on]
        for plan in after:
            plan.risk = further.risk if further.risk != "not_assessed" else "medium"
        told = FollowUpPlan(
            met_on=further.told_on,
            meeting="visit",
            risk=further.risk if further.risk != "not_assessed" else "medium",
            how_she_is=draw.choice(texts.fitting(texts.FOLLOW_UPS, case)),
            done=draw.choice(texts.fitting(texts.DONE, case)),
            next_on=after[0].met_on if after else further.told_on + timedelta(days=7),
            new_violence=True,
        )
        if before:
            before[-1].next_on = min(before[-1].next_on, further.told_on)
        case.follow_ups = [*before, told, *after]
