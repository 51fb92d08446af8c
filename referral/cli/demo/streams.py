"""What lies before and after the demo's year: an archive of 2023, and what the clock will bring.

The archive holds closed cases alone. Of the later reports nothing is there when the demo opens:
they come in as its clock is moved (see `later`). Of both the totals are those of the year, scaled.
What the plan says of old cases with violence within a year after their closure waits for cases
that are opened again.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import exp
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.agencies import Cast
from referral.cli.demo.asking import at_work
from referral.cli.demo.cases import (
    LOCAL,
    ClosurePlan,
    FollowUpPlan,
    NeedPlan,
    ReferralPlan,
    SyntheticCase,
)
from referral.cli.demo.draw import dice, exact, pick, portion, spread
from referral.cli.demo.routes import receiver_of
from referral.cli.demo.survivors import complete, deal_block

Cases = Sequence[SyntheticCase]
YEAR_END = datetime(2024, 12, 31, 23, 0, tzinfo=LOCAL)
ARCHIVE, CLOSED_IN_TIME, CLOSED_BY = 40, 31, date(2023, 11, 24)
"""Cases of 2023 per 240 survivors, how many of them were closed by then; the others later."""
LATER = {
    (date(2024, 11, 26), date(2024, 11, 30)): 9,
    (date(2024, 12, 1), date(2024, 12, 15)): 13,
    (date(2024, 12, 16), date(2024, 12, 31)): 8,
}
SERVICES = {"counselling": 5, "legal_aid": 3, "protection": 2, "health_care": 3}


def archive(seed: int, year: Cases, cast: Cast) -> list[SyntheticCase]:
    """The cases of 2023, all closed; numbered after those of the year."""
    count = portion(ARCHIVE, shares.BASE_SURVIVORS, len(year))
    cases = list(deal_block(seed, "archive", count))
    for case in cases:
        case.reported_on = case.reported_on.replace(year=2023)
    _number(cases, len(year))
    complete(seed, cases, cast, before=year, stream="archive/")
    draw = dice(seed, "archive/care")
    in_time = portion(CLOSED_IN_TIME, ARCHIVE, count)
    median, sigma = shares.DAYS_OPEN
    lengths = sorted(max(6, round(median * exp(sigma * z))) for z in spread(draw, count))
    for index, case in enumerate(cases):
        _give(draw, case, lasting=2)
        latest = CLOSED_BY if index < in_time else date(2024, 3, 29)
        closed = case.reported_on + timedelta(days=max(6, draw.choice(lengths)))
        if index >= in_time:
            closed = max(closed, CLOSED_BY + timedelta(days=draw.randint(3, 90)))
        reason = pick(draw, shares.CLOSURE_REASONS)
        case.closure = ClosurePlan(min(closed, latest), reason, texts.CLOSURES[reason])
        case.follow_ups = [_visit(draw, case, case.reported_on + timedelta(days=4))]
    return cases


def later(seed: int, before: Cases, year: int, cast: Cast) -> list[SyntheticCase]:
    """The reports of the last weeks of 2024, per `year` survivors; numbered after all others."""
    count = portion(sum(LATER.values()), shares.BASE_SURVIVORS, year)
    cases = list(deal_block(seed, "later", count))
    draw = dice(seed, "later/days")
    days = [
        first + timedelta(days=draw.randint(0, (last - first).days))
        for (first, last), number in exact(LATER, count).items()
        for _ in range(number)
    ]
    for case, day in zip(cases, sorted(days), strict=True):
        case.reported_on = day
        case.horizon = YEAR_END
    _number(cases, len(before))
    complete(seed, cases, cast, before=before, stream="later/")
    for case in cases:
        _give(dice(seed, f"later/care/{case.number}"), case, lasting=1)
        _refer(dice(seed, f"later/asked/{case.number}"), case, cast)
        first = case.reported_on + timedelta(days=7)
        case.follow_ups = [_visit(draw, case, first)]
        case.next_on = first + timedelta(days=14)
    return cases


def _number(cases: list[SyntheticCase], after: int) -> None:
    cases.sort(key=lambda case: case.reported_on)
    for number, case in enumerate(cases, start=after + 1):
        case.number = number


def _give(draw: Random, case: SyntheticCase, *, lasting: int) -> None:
    """One need or a few, met by whoever opened the case within days."""
    kinds = draw.sample(("protection", "counselling", "essential_needs"), lasting)
    for kind in kinds:
        at = case.reported_at + timedelta(hours=draw.randint(3, 60))
        case.needs.append(
            NeedPlan(kind, "delivered", at_work(at), case.opened_by, texts.OUTCOMES[kind])
        )


def _refer(draw: Random, case: SyntheticCase, cast: Cast) -> None:
    service = pick(draw, SERVICES)
    receiver = receiver_of(cast, service, case)
    if receiver in {case.opened_by, case.opener}:
        return
    sent = at_work(case.reported_at + timedelta(hours=draw.randint(1, 12)))
    case.consent_mode = "through_interpreter" if case.interpreter_needed else "written"
    case.needs.append(NeedPlan(service, "under_way"))
    case.referrals.append(
        ReferralPlan(
            to_agency=receiver,
            service=service,
            urgency="P1" if case.risk == "high" else "P2",
            state="accepted",
            sent_at=sent,
            decided_at=sent + timedelta(minutes=draw.randint(30, 400)),
            reason=texts.REASONS[service],
        )
    )


def _visit(draw: Random, case: SyntheticCase, day: date) -> FollowUpPlan:
    return FollowUpPlan(
        met_on=day,
        meeting=pick(draw, {"visit": 4, "office": 3, "phone": 3}),
        risk="medium" if case.risk == "not_assessed" else case.risk,
        how_she_is=draw.choice(texts.fitting(texts.FOLLOW_UPS, case)),
        done=draw.choice(texts.fitting(texts.DONE, case)),
        next_on=day + timedelta(days=14),
    )
