"""Stays of the invented year: who slept where, never two households in one room at a time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares
from referral.cli.demo.cases import StayPlan, SyntheticCase
from referral.cli.demo.draw import deal
from referral.cli.demo.hosts import DemoSite

Span = tuple[date, date]
FAR = date(2025, 3, 1)
TEEN = 12


def plan_stays(
    draw: Random, cases: Sequence[SyntheticCase], sites: Sequence[DemoSite], last_moment: datetime
) -> None:
    """A stay for each to whom a shelter was given; still there where that is under way.

    Where every fitting place is taken she has no stay: the year is longer than the houses are many.
    """
    guests = [case for case in cases if _shelter_status(case) in {"delivered", "under_way"}]
    lengths = deal(draw, shares.NIGHTS, len(guests))
    kinds = deal(draw, shares.SITE_KINDS, len(guests))
    ways = deal(draw, shares.LEFT_FOR, len(guests))
    taken: dict[str, list[Span]] = {site.slug: [] for site in sites}
    for case, span, kind, way in zip(guests, lengths, kinds, ways, strict=True):
        arrived = min(case.reported_at + timedelta(hours=draw.randint(1, 6)), last_moment)
        left: date | None = arrived.date() + timedelta(days=draw.randint(*span))
        end = case.closure.closed_on if case.closure else last_moment.date()
        if case.is_open and (_shelter_status(case) == "under_way" or (left and left > end)):
            left = None
        elif left and left > end:
            left = max(end, arrived.date())
        nights = (arrived.date(), left or FAR)
        fitting = [s for s in sites if takes(s, case) and _is_free(s, nights, taken)]
        site = _choose(draw, fitting, kind)
        if site:
            taken[site.slug].append(nights)
            case.stay = StayPlan(
                site=site.slug,
                arrived_at=arrived,
                left_on=left,
                left_for=way if left else None,
                children=len(case.children),
            )


def _shelter_status(case: SyntheticCase) -> str | None:
    return next((need.status for need in case.needs if need.kind == "shelter"), None)


def takes(site: DemoSite, case: SyntheticCase) -> bool:
    """Whether the site receives her and those with her, and does not lie where she lives."""
    asked = {"men" if case.sex == "male" and not case.is_child else "women"}
    if any(age > TEEN for age in case.children):
        asked.add("boys_over_12")  # the sex of a child is not recorded here: ask for the stricter
    steps = case.disability != "mobility" or site.is_step_free
    fits = max(room.beds for room in site.rooms) > len(case.children)
    return asked <= site.takes and steps and fits and site.unit_code != case.unit_code


def _choose(draw: Random, fitting: list[DemoSite], kind: str) -> DemoSite | None:
    draw.shuffle(fitting)
    fitting.sort(key=lambda site: site.kind != kind)
    return fitting[0] if fitting else None


def _is_free(site: DemoSite, span: Span, taken: dict[str, list[Span]]) -> bool:
    overlapping = [s for s in taken[site.slug] if s[0] <= span[1] and span[0] <= s[1]]
    return len(overlapping) < len(site.rooms)
