"""Where the invented survivors live: two thirds of a district's in the communes that take part."""

from collections.abc import Sequence
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.agencies.geography import unit_at, units_on
from referral.cli.demo import routes, shares
from referral.cli.demo.agencies import DEMO_DAY, Cast
from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.draw import portion
from referral.cli.demo.people import hamlet

Cases = Sequence[SyntheticCase]


def place(draw: Random, cases: Cases, cast: Cast) -> None:
    """Give every case its commune and hamlet, and the agencies that follow from them."""
    communes: dict[str, list[str]] = {}
    for unit in units_on(DEMO_DAY, "commune"):
        communes.setdefault(unit.parent_code or "", []).append(unit.code)
    for district, codes in communes.items():
        there = [case for case in cases if case.district == district]
        live = cast.live_communes(district)
        others = [code for code in codes if code not in live]
        near = (2 * len(there) + 1) // 3 if live else 0
        draw.shuffle(there)
        there.sort(key=lambda case: case.receiver != "police")  # the demo's police have work
        for index, case in enumerate(there):
            case.unit_code = live[index % len(live)] if index < near else draw.choice(others)
            case.hamlet = hamlet(draw, unit_at(case.unit_code, DEMO_DAY).kind)
    _live_elsewhere(draw, cases, communes)
    for case in cases:
        routes.assign(cast, case)
    if cast.preset != "small":
        routes.share_out_health(cast, cases)


def _live_elsewhere(draw: Random, cases: Cases, communes: dict[str, list[str]]) -> None:
    """Some live in another district than that of the incident."""
    for case in cases:
        case.residence_code = case.unit_code
    wanted = portion(shares.LIVING_ELSEWHERE, shares.BASE_SURVIVORS, len(cases))
    for case in draw.sample(cases, wanted):
        others = [code for d, codes in communes.items() if d != case.district for code in codes]
        case.residence_code = draw.choice(others)
