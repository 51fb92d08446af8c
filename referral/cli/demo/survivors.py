"""The invented survivors: who they are, what happened and how it came to notice.

`generate` deals exact quotas (see `shares`) and then exchanges values between people until every
record is believable (see `believable`), so that totals are known before the dice are thrown.
"""

import calendar
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only
from typing import TypeVar

from referral.cli.demo import believable, shares
from referral.cli.demo.agencies import Cast, cast_of
from referral.cli.demo.care import plan_care
from referral.cli.demo.cases import LOCAL, YEAR_TO, FurtherIncident, SyntheticCase
from referral.cli.demo.describing import describe, describe_incidents
from referral.cli.demo.draw import deal, dice, exact, lean, portion, settle, swap_fields
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.naming import give_names
from referral.cli.demo.places import place
from referral.cli.demo.repeats import date_again, hand_out

Cases = Sequence[SyntheticCase]
K = TypeVar("K")

BLOCK = shares.BASE_SURVIVORS
MOST_DEALS = 50
INCIDENT = ("gbvims_type", "principal_form", "relation")


def generate(
    seed: int, count: int = 37, cast: Cast | None = None, reserved: Sequence[Reserved] = ()
) -> list[SyntheticCase]:
    """`count` invented cases, numbered from 1 in the order of their reports.

    The same seed and count give the same cases on every machine. Raises RuntimeError when `count`
    is too small for the shares to make believable records.
    """
    cast = cast or cast_of("small")
    cases: list[SyntheticCase] = []
    while len(cases) < count:
        cases.extend(deal_block(seed, str(len(cases)), min(BLOCK, count - len(cases))))
    cases.sort(key=lambda case: case.reported_on)
    for number, case in enumerate(cases, start=1):
        case.number = number
    complete(seed, cases, cast)
    plan_care(dice(seed, "care"), cases, cast, reserved)
    return cases


def complete(seed: int, cases: Cases, cast: Cast, *, before: Cases = (), stream: str = "") -> None:
    """Say where, when and who, and what they tell. No name or number of those `before` again."""

    def thrown(name: str) -> Random:
        return dice(seed, f"{stream}{name}")

    place(thrown("places"), cases, cast)
    _date(thrown("dates"), cases)
    date_again(thrown("again"), cases)
    give_names(thrown("names"), cases, cast, before)
    describe(thrown("texts"), cases)
    describe_incidents(thrown("details"), cases)


def deal_block(seed: int, label: str, size: int) -> Cases:
    """A year of the base size, or what is left: shares are exact and rules hold within each.

    Exchanges can end with a record that none of them helps; then the whole is dealt anew.
    """
    for attempt in range(MOST_DEALS):
        block = [SyntheticCase(number=0) for _ in range(size)]
        stream = f"{label}/{attempt}"
        _deal_people(dice(seed, f"people/{stream}"), block)
        again = _deal_incidents(dice(seed, f"incidents/{stream}"), block)
        _deal_notice(dice(seed, f"notice/{stream}"), block)
        _make_believable(dice(seed, f"rules/{stream}"), block)
        if not any(believable.strict_faults(case) for case in block):
            _hurt_boys(dice(seed, f"boys/{stream}"), block)
            hand_out(dice(seed, f"again/{stream}"), block, again)
            return block
    raise RuntimeError(f"no believable deal of {size} cases with seed {seed}")


def _deal_people(draw: Random, cases: Cases) -> None:
    count = len(cases)
    by_district = exact({d: sum(p.values()) for d, p in shares.DISTRICTS.items()}, count)
    homes = [
        (district, people)
        for district, total in by_district.items()
        for people in deal(draw, shares.DISTRICTS[district], total)
    ]
    bodies = deal(draw, shares.SEX_AND_AGE, count)
    disabilities = deal(draw, shares.DISABILITY, count)
    languages = deal(draw, shares.LANGUAGE, count)
    for case, home, body, disability, language in zip(
        cases, homes, bodies, disabilities, languages, strict=True
    ):
        case.district, case.people = home
        case.sex, case.age_band = body
        case.disability = disability
        case.language = language


def _deal_incidents(draw: Random, cases: Cases) -> list[FurtherIncident]:
    """An incident for each, and in a whole year those that came again, for whoever it will be."""
    again = shares.FURTHER if len(cases) == BLOCK else {}
    spouses = {"spouse": sum(again.values())}
    total = len(cases) + sum(again.values())
    incidents = deal(draw, _without(shares.INCIDENTS, again), len(cases))
    family = sum(form is not None for _, form in incidents)
    inside = deal(draw, _without(shares.FAMILY, spouses), family)
    outside = deal(draw, shares.OUTSIDE, len(cases) - family)
    hours = [draw.randint(*hour) for hour in deal(draw, shares.HOURS, total)]
    delays = [draw.randint(*delay) for delay in deal(draw, shares.DELAYS, total)]
    risks = deal(draw, shares.RISKS, len(cases))
    for case, (kind, form), risk in zip(cases, incidents, risks, strict=True):
        case.gbvims_type, case.principal_form = kind, form
        case.relation = outside.pop() if form is None else inside.pop()
        case.hour, case.delay_days = hours.pop(), delays.pop()
        case.risk = risk
    return [
        FurtherIncident(kind, form, hours.pop(), delays.pop())
        for (kind, form), count in again.items()
        for _ in range(count)
    ]


def _without(shares_of: Mapping[K, int], taken: Mapping[K, int]) -> dict[K, int]:
    return {key: share - taken.get(key, 0) for key, share in shares_of.items()}


def _deal_notice(draw: Random, cases: Cases) -> None:
    months = exact(shares.MONTHS, len(cases))
    days: list[date] = []
    for month, total in months.items():
        last = calendar.monthrange(2024, month)[1]
        for first, until in deal(draw, shares.DAYS.get(month, {(1, last): 1}), total):
            days.append(date(2024, month, draw.randint(first, until)))
    draw.shuffle(days)
    reporters = deal(draw, shares.REPORTERS, len(cases))
    receivers = deal(draw, shares.RECEIVERS, len(cases))
    channels = deal(draw, shares.CHANNELS, len(cases))
    answers = deal(draw, shares.STATISTICS, len(cases))
    for index, case in enumerate(cases):
        case.reported_on = days[index]
        case.reporter = reporters[index]
        case.receiver = receivers[index]
        case.channel = channels[index]
        case.statistics = answers[index]


def _make_believable(draw: Random, cases: Cases) -> None:
    for _ in range(2):
        _settle_all(draw, cases)
    for fields, group, wanted, share in _LEANINGS:
        lean(
            draw,
            cases,
            fields,
            group=group,
            wanted=wanted,
            share=share,
            faults=believable.strict_faults,
        )
    _settle_all(draw, cases)
    if len(cases) == BLOCK:
        _report_rapes_in_time(draw, cases)
    _strangle(draw, cases)
    for case in cases:
        if believable.person_faults(case):
            # In a small demo rounding can leave a language without any of its speakers.
            case.language = "vietnamese"


def _settle_all(draw: Random, cases: Cases) -> None:
    for fields in _EXCHANGES:
        settle(draw, cases, fields, believable.strict_faults)


def _report_rapes_in_time(draw: Random, cases: Cases) -> None:
    """The delays after a rape have quotas of their own: exchange with whoever has a fitting one."""
    rapes = [case for case in cases if case.gbvims_type == "rape"]
    others = [case for case in cases if case.gbvims_type != "rape"]
    draw.shuffle(rapes)
    draw.shuffle(others)
    spans = [span for span, count in shares.RAPE_DELAYS.items() for _ in range(count)]
    spans += [(6, 120)] * (len(rapes) - len(spans))
    for case, (first, last) in zip(rapes, spans, strict=True):
        if first <= case.delay_days <= last:
            continue
        for other in others:
            if first <= other.delay_days <= last:
                swap_fields(case, other, ("delay_days",))
                if not believable.time_faults(case) and not believable.time_faults(other):
                    break
                swap_fields(case, other, ("delay_days",))


def _hurt_boys(draw: Random, cases: Cases) -> None:
    """Of those hurt sexually a few are boys: each exchanges sex with a girl of the same age."""
    sexual = sum(case.gbvims_type in believable.SEXUAL for case in cases)
    for _ in range(portion(shares.BOYS_HURT, shares.SEXUALLY_HURT, sexual)):
        girls = [c for c in cases if c.gbvims_type in believable.SEXUAL and c.sex == "female"]
        pairs = [
            (girl, boy)
            for girl in girls
            for boy in cases
            if girl.is_child and boy.sex == "male" and boy.age_band == girl.age_band
            if boy.gbvims_type not in believable.SEXUAL
        ]
        if pairs:
            swap_fields(*draw.choice(pairs), ("sex",))


def _strangle(draw: Random, cases: Cases) -> None:
    wanted = portion(shares.STRANGLED, shares.BASE_INCIDENTS, len(cases))
    physical = [case for case in cases if case.gbvims_type == "physical_assault"]
    for case in draw.sample(physical, min(wanted, len(physical))):
        case.strangled = True
    settle(draw, cases, ("risk",), believable.strict_faults)


_EXCHANGES: tuple[tuple[str, ...], ...] = (
    INCIDENT,
    ("relation",),
    ("sex", "age_band"),
    ("sex", "age_band", "relation"),
    ("language",),
    ("language", "people", "district"),
    ("disability",),
    ("delay_days",),
    ("reporter",),
    ("receiver",),
    ("channel",),
    ("receiver", "channel"),
)
Test = Callable[[SyntheticCase], bool]
_BODY = ("sex", "age_band")
_LEANINGS: tuple[tuple[tuple[str, ...], Test, Test, float], ...] = (
    # What is exchanged; among whom; what is wanted there; in what share of them.
    (
        ("receiver", "channel"),
        lambda c: c.district == "481",
        lambda c: c.receiver == "police",
        0.5,
    ),
    (_BODY, lambda c: c.people in {"pa_co", "ta_oi"}, lambda c: c.sex == "female", 0.67),
    (_BODY, lambda c: c.gbvims_type in believable.SEXUAL, lambda c: c.is_minor, 0.6),
    (
        (*_BODY, "reporter", "receiver", "channel"),
        lambda c: c.gbvims_type in believable.SEXUAL,
        lambda c: c.is_minor,
        0.6,
    ),
    (
        _BODY,
        lambda c: c.gbvims_type in {"denial_of_resources", "not_gender_based"},
        lambda c: c.age_band in {"40_59", "60_over"},
        0.6,
    ),
    (
        ("district", "people", "language"),
        lambda c: c.gbvims_type == "forced_marriage",
        lambda c: c.district in believable.MOUNTAIN,
        5 / 7,
    ),
    (
        ("relation",),
        lambda c: c.age_band == "60_over",
        lambda c: c.relation in {"child", "parent_in_law"},
        0.6,
    ),
    (("relation",), lambda c: c.age_band == "0_11", lambda c: c.relation == "parent", 0.7),
    (
        INCIDENT,
        lambda c: c.age_band == "0_11" and c.gbvims_type not in believable.SEXUAL,
        lambda c: c.relation == "parent",
        0.9,
    ),
    (
        (*_BODY, "reporter", "receiver", "channel"),
        lambda c: c.is_minor and c.relation == "parent",
        lambda c: c.age_band == "0_11",
        1.0,
    ),
)


def _date(draw: Random, cases: Cases) -> None:
    for case in cases:
        # On the last day early enough for what follows to lie in the year as well.
        latest = 21 if case.reported_on < YEAR_TO else 17
        hour, minute = draw.randint(7, latest), draw.randrange(60)
        case.reported_at = datetime.combine(case.reported_on, time(hour, minute), LOCAL)
        day = case.reported_on - timedelta(days=case.delay_days)
        at = datetime.combine(day, time(case.hour, draw.randrange(60)), LOCAL)
        case.occurred_at = at if at < case.reported_at else at - timedelta(days=1)
        case.age = draw.randint(*shares.AGES[case.age_band])
        case.birth_on = _birthday(draw, case)


def _birthday(draw: Random, case: SyntheticCase) -> date:
    """A day that makes her as old as she is on the day of the incident; never 29 February."""
    on = case.occurred_at.date()
    birth = on - timedelta(days=round(case.age * 365.25) + draw.randint(2, 362))
    return birth if (birth.month, birth.day) != (2, 29) else birth - timedelta(days=1)
