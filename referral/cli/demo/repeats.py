"""Violence that came again: a second or third incident of the same person, by the same hand.

The records of today hold one incident a case. What came later is told at a follow-up, which says
that there was new violence; its kind and form wait for cases with several incidents.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares
from referral.cli.demo.cases import YEAR_TO, FurtherIncident, SyntheticCase

Cases = Sequence[SyntheticCase]
RISKS = ("not_assessed", "low", "medium", "high")
LAST_TELLING = YEAR_TO - timedelta(days=4)


def hand_out(draw: Random, cases: Cases, again: Sequence[FurtherIncident]) -> None:
    """Give the further incidents to women beaten by a husband, the longest silences first."""
    if not again:
        return
    hit = [case for case in cases if _can_come_again(case)]
    draw.shuffle(hit)
    hit.sort(key=lambda case: case.reported_on > date(2024, 5, 31))
    people = sum(shares.REPEATED.values())
    chosen = sorted(hit[:people], key=lambda case: case.reported_on)
    shortest = sorted(again, key=lambda further: further.delay_days)
    for case in chosen[: shares.REPEATED[3]]:  # three in one year: the earliest, told at once
        case.further = [shortest.pop(0), shortest.pop(0)]
    for case in chosen[shares.REPEATED[3] :]:
        case.further = [shortest.pop()] if shortest else []


def _can_come_again(case: SyntheticCase) -> bool:
    by_husband = case.relation == "spouse" and case.sex == "female" and not case.is_minor
    violent = case.gbvims_type in {"physical_assault", "psychological_abuse"}
    early = case.reported_on < date(2024, 7, 15) and case.delay_days <= 31
    return by_husband and violent and early and case.age_band != "60_over"


def date_again(draw: Random, cases: Cases) -> None:
    """When it came again, 20 to 200 days after the time before, and when it was told."""
    hit = [case for case in cases if case.further]
    raised = {case.number for case in _raisable(draw, hit)}
    for case in hit:
        before, told, risk = case.occurred_at.date(), case.reported_on, case.risk
        if case.number in raised:
            risk = RISKS[RISKS.index(risk) + 1]
        case.further.sort(key=lambda further: further.delay_days)
        for index, further in enumerate(case.further):
            left = len(case.further) - index - 1
            latest = LAST_TELLING - timedelta(days=further.delay_days + 55 * left)
            first = max(before + timedelta(days=20), told + timedelta(days=2))
            last = max(first, min(before + timedelta(days=200), latest))
            further.occurred_on = first + timedelta(days=draw.randint(0, (last - first).days))
            told_on = further.occurred_on + timedelta(days=max(1, further.delay_days))
            further.told_on = min(told_on, LAST_TELLING)
            further.risk = risk
            before, told = further.occurred_on, further.told_on


def _raisable(draw: Random, hit: Cases) -> Cases:
    """Whose risk is raised then: never from the highest."""
    below = [case for case in hit if case.risk != "high"]
    return draw.sample(below, min(shares.RISK_RAISED, len(below)))
