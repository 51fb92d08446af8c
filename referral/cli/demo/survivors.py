"""The invented survivors: who they are, what happened and how it came to notice.

`generate` deals exact quotas (see `shares`) and then exchanges values between people until every
record is believable (see `believable`), so that totals are known before the dice are thrown.
"""

import calendar
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.agencies.geography import unit_at, units_on
from referral.cli.demo import believable, shares, texts
from referral.cli.demo.agencies import DEMO_DAY, Cast, cast_of
from referral.cli.demo.care import plan_care
from referral.cli.demo.cases import LOCAL, YEAR_TO, SafeContact, SyntheticCase
from referral.cli.demo.draw import deal, dice, exact, lean, pick, portion, settle
from referral.cli.demo.people import PLANNED_SAME, PLANNED_TONES, Name, People, hamlet
from referral.cli.demo.sections import INTERPRETER, WITNESS

Cases = Sequence[SyntheticCase]

BLOCK = shares.BASE_SURVIVORS
MOST_DEALS = 50
INCIDENT = ("gbvims_type", "principal_form", "relation")
HONG_HA, VY_DA = "20050", "19777"
LIVE_COMMUNE = {"474": VY_DA, "481": HONG_HA}


def generate(seed: int, count: int = 37, cast: Cast | None = None) -> list[SyntheticCase]:
    """`count` invented cases, numbered from 1 in the order of their reports.

    The same seed and count give the same cases on every machine. Raises RuntimeError when `count`
    is too small for the shares to make believable records.
    """
    cast = cast or cast_of("small")
    cases: list[SyntheticCase] = []
    while len(cases) < count:
        cases.extend(_block(seed, len(cases), min(BLOCK, count - len(cases))))
    cases.sort(key=lambda case: case.reported_on)
    for number, case in enumerate(cases, start=1):
        case.number = number
    _place(dice(seed, "places"), cases)
    _date(dice(seed, "dates"), cases)
    _name(dice(seed, "names"), cases, cast)
    _describe(dice(seed, "texts"), cases)
    plan_care(dice(seed, "care"), cases, cast.sites)
    return cases


def _block(seed: int, start: int, size: int) -> Cases:
    """A year of the base size, or what is left: shares are exact and rules hold within each.

    Exchanges can end with a record that none of them helps; then the whole is dealt anew.
    """
    for attempt in range(MOST_DEALS):
        block = [SyntheticCase(number=0) for _ in range(size)]
        stream = f"{start}/{attempt}"
        _deal_people(dice(seed, f"people/{stream}"), block)
        _deal_incidents(dice(seed, f"incidents/{stream}"), block)
        _deal_notice(dice(seed, f"notice/{stream}"), block)
        _make_believable(dice(seed, f"rules/{stream}"), block)
        if not any(believable.faults(case) for case in block):
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


def _deal_incidents(draw: Random, cases: Cases) -> None:
    incidents = deal(draw, shares.INCIDENTS, len(cases))
    family = sum(form is not None for _, form in incidents)
    inside = deal(draw, shares.FAMILY, family)
    outside = deal(draw, shares.OUTSIDE, len(cases) - family)
    hours = deal(draw, shares.HOURS, len(cases))
    delays = deal(draw, shares.DELAYS, len(cases))
    risks = deal(draw, shares.RISKS, len(cases))
    for case, (kind, form), hour, delay, risk in zip(
        cases, incidents, hours, delays, risks, strict=True
    ):
        case.gbvims_type, case.principal_form = kind, form
        case.relation = outside.pop() if form is None else inside.pop()
        case.hour = draw.randint(*hour)
        case.delay_days = draw.randint(*delay)
        case.risk = risk


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
            faults=believable.faults,
        )
    _settle_all(draw, cases)
    _strangle(draw, cases)
    for case in cases:
        if believable.person_faults(case):
            # In a small demo rounding can leave a language without any of its speakers.
            case.language = "vietnamese"


def _settle_all(draw: Random, cases: Cases) -> None:
    for fields in _EXCHANGES:
        settle(draw, cases, fields, believable.faults)


def _strangle(draw: Random, cases: Cases) -> None:
    wanted = portion(shares.STRANGLED, shares.BASE_INCIDENTS, len(cases))
    physical = [case for case in cases if case.gbvims_type == "physical_assault"]
    for case in draw.sample(physical, min(wanted, len(physical))):
        case.strangled = True
    settle(draw, cases, ("risk",), believable.faults)


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
)


def _place(draw: Random, cases: Cases) -> None:
    communes: dict[str, list[str]] = {}
    for unit in units_on(DEMO_DAY, "commune"):
        communes.setdefault(unit.parent_code or "", []).append(unit.code)
    for district, codes in communes.items():
        there = [case for case in cases if case.district == district]
        live = LIVE_COMMUNE.get(district)
        near = (2 * len(there) + 1) // 3 if live else 0
        draw.shuffle(there)
        there.sort(key=lambda case: case.receiver != "police")  # the demo's police have work
        for index, case in enumerate(there):
            case.unit_code = live if live and index < near else draw.choice(codes)
            case.hamlet = hamlet(draw, unit_at(case.unit_code, DEMO_DAY).kind)
    for case in cases:
        case.opened_by = _opening_agency(case)


def _opening_agency(case: SyntheticCase) -> str:
    """The live agency that writes the case down: whoever received it, or who that one tells."""
    mountain, home = case.district == "481", case.unit_code == HONG_HA
    by_police = "cong-an-a-luoi" if mountain else "cong-tac-xa-hoi"
    if case.receiver == "police":
        return {HONG_HA: "cong-an-hong-ha", VY_DA: "cong-an-vy-da"}.get(case.unit_code, by_police)
    if case.receiver == "health_facility":
        return "tram-y-te-hong-ha" if home else "ttyt-a-luoi" if mountain else "bvtw-hue"
    if case.receiver in {"village_head", "commune_committee", "trusted_address"} and home:
        return "ubnd-hong-ha"
    return {
        "mass_organisation": "hoi-lhpn",
        "hotline": "tong-dai",
        "legal_aid": "tro-giup-phap-ly",
        "border_guard": by_police,
    }.get(case.receiver, "cong-tac-xa-hoi")


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


def _name(draw: Random, cases: Cases, cast: Cast) -> None:
    people = People(
        draw,
        taken=[
            *(member.full_name for member in cast.members),
            *(site.host_name for site in cast.sites if site.host_name),
            INTERPRETER,
            WITNESS,
        ],
    )
    planned = _planned_names(cases)
    for case in cases:
        name = planned.get(case.number) or people.name(case.people, case.sex, case.birth_on.year)
        case.spoken_name, case.paper_name = name.spoken, name.paper
        case.phone = people.phone()
        case.id_number = people.id_number(case.sex, case.birth_on.year)


def _planned_names(cases: Cases) -> dict[int, Name]:
    """Give the planned names to people who can carry them; fewer when there are too few."""
    planned: dict[int, Name] = {}

    def give(case: SyntheticCase, paper: str) -> None:
        planned[case.number] = Name(spoken=paper.rsplit(maxsplit=1)[-1], paper=paper)

    women = [case for case in cases if case.sex == "female" and not case.is_minor]
    same, hamlet_pair = PLANNED_SAME
    city = [c for c in women if c.people == "kinh" and c.age_band == "25_39"]
    for first in city[:1]:
        for second in [c for c in city if c.district != first.district][:1]:
            for case in (first, second):
                give(case, same)
                case.birth_on = case.birth_on.replace(year=1988)
                case.age = _age_on(case.birth_on, case.occurred_at.date())
    hills = [c for c in cases if c.people in {"pa_co", "ta_oi"} and c.sex == "female"][:2]
    if len(hills) == 2:
        home = next((case for case in hills if case.unit_code == HONG_HA), hills[0])
        for case in hills:
            give(case, hamlet_pair)
            case.unit_code, case.hamlet = home.unit_code, home.hamlet
            case.opened_by = _opening_agency(case)
    others = [c for c in women if c.people == "kinh" and c.number not in planned]
    for case, paper in zip(others, PLANNED_TONES, strict=False):
        give(case, paper)
    return planned


def _age_on(birth_on: date, day: date) -> int:
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))


def _describe(draw: Random, cases: Cases) -> None:
    _mention_forms(draw, cases)
    _mention_acts(draw, cases)
    _children(draw, cases)
    for case in cases:
        case.account = draw.choice(texts.fitting(texts.ACCOUNTS[case.gbvims_type], case))
        case.first_action = draw.choice(texts.FIRST_ACTIONS)
        case.interpreter_needed = case.language != "vietnamese"
        case.safe_contact = SafeContact(
            reach=pick(draw, {"set_times": 60, "trusted_person": 20, "meeting_place": 20}),
            phone=case.phone,
            call_times=draw.choice(texts.CALL_TIMES),
            do_not=draw.choice(texts.fitting(texts.DO_NOT, case)),
            if_another_answers=draw.choice(texts.IF_ANOTHER_ANSWERS),
            code_word=draw.choice(texts.CODE_WORDS),
            meeting_place=draw.choice(texts.fitting(texts.MEETING_PLACES, case)),
        )


def _mention_forms(draw: Random, cases: Cases) -> None:
    family = [case for case in cases if case.is_family]
    for case in cases:
        form = case.principal_form or shares.FORM_OUTSIDE[case.gbvims_type]
        case.forms = (form,)
    for form, per_base in shares.FURTHER_FORMS.items():
        lacking = [case for case in family if form not in case.forms]
        wanted = portion(per_base, shares.BASE_FAMILY, len(family))
        for case in draw.sample(lacking, min(wanted, len(lacking))):
            case.forms = (*case.forms, form)


def _mention_acts(draw: Random, cases: Cases) -> None:
    family = [case for case in cases if case.is_family]
    for act, (per_base, forms) in shares.ACTS.items():
        fitting = [
            case for case in family if set(forms.split()) & set(case.forms) and _can_be(act, case)
        ]
        draw.shuffle(fitting)
        fitting.sort(key=lambda case: len(case.acts))
        for case in fitting[: portion(per_base, shares.BASE_FAMILY, len(family))]:
            case.acts = (*case.acts, act)
    for case in family:
        if not case.acts:
            by_force = "i" if _can_be("i", case) else "k"
            likely = {"physical": "a", "mental": "b", "sexual": by_force, "economic": "o"}
            case.acts = (likely[case.forms[0]],)
        if case.gbvims_type == "forced_marriage" and "l" not in case.acts:
            case.acts = (*case.acts, "l")


def _can_be(act: str, case: SyntheticCase) -> bool:
    if act == "i":
        return case.relation in {"spouse", "cohabiting_partner", "former_spouse"}
    if act == "m":
        return case.sex == "female" and not case.is_child
    if act == "l":
        return case.gbvims_type == "forced_marriage"
    return True


def _children(draw: Random, cases: Cases) -> None:
    able = [c for c in cases if c.age_band in {"18_24", "25_39", "40_59"}]
    wanted = portion(shares.WITH_CHILDREN, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(able, min(wanted, len(able))):
        youngest, oldest = max(0, case.age - 44), min(16, max(1, case.age - 18))
        number = min(pick(draw, {1: 40, 2: 45, 3: 15}), 1 + (case.age - 18) // 3)
        ages = (draw.randint(min(youngest, oldest), oldest) for _ in range(number))
        case.children = tuple(sorted(ages))
        if case.sex == "female" and case.children[0] < 3 and case.age < 45:
            case.protected_group = "nursing"
    expecting = [
        c for c in able if c.sex == "female" and c.age < 40 and c.protected_group == "none"
    ]
    wanted = portion(shares.PREGNANT, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(expecting, min(wanted, len(expecting))):
        case.protected_group = "pregnant"
