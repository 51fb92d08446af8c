"""What the invented survivors are called, and the pairs of names that are planned."""

from collections.abc import Sequence
from datetime import date
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo.agencies import Cast
from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.people import PLANNED_SAME, PLANNED_TONES, Name, People
from referral.cli.demo.routes import assign
from referral.cli.demo.sections import INTERPRETER, WITNESS

Cases = Sequence[SyntheticCase]


def give_names(draw: Random, cases: Cases, cast: Cast, before: Cases = ()) -> None:
    """Name everybody, and give each a telephone and a citizen number."""
    people = People(
        draw,
        taken=[
            *(member.full_name for member in cast.members),
            *(site.host_name for site in cast.sites if site.host_name),
            INTERPRETER,
            WITNESS,
            *(case.paper_name for case in before),
        ],
        phones=[case.phone for case in before],
    )
    planned = {} if before else _planned_names(cases, cast)
    for case in cases:
        name = planned.get(case.number) or people.name(case.people, case.sex, case.birth_on.year)
        case.spoken_name, case.paper_name = name.spoken, name.paper
        case.phone = people.phone()
        case.id_number = people.id_number(case.sex, case.birth_on.year)


def _planned_names(cases: Cases, cast: Cast) -> dict[int, Name]:
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
        live = cast.live_communes(hills[0].district)
        home = next((case for case in hills if case.unit_code in live), hills[0])
        for case in hills:
            give(case, hamlet_pair)
            case.unit_code, case.hamlet = home.unit_code, home.hamlet
            case.residence_code = home.unit_code
            assign(cast, case)
    others = [c for c in women if c.people == "kinh" and c.number not in planned]
    for case, paper in zip(others, PLANNED_TONES, strict=False):
        give(case, paper)
    return planned


def _age_on(birth_on: date, day: date) -> int:
    return day.year - birth_on.year - ((day.month, day.day) < (birth_on.month, birth_on.day))
