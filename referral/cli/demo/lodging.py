"""Stays of the invented year: who slept where, never two households in one room at a time.

Everybody to whom a shelter was given came at least once, some a second time. Each stay follows a
referral for a bed, so that a keeper was asked, said yes and held the room.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares
from referral.cli.demo.cases import LOCAL, ReferralPlan, StayPlan, SyntheticCase
from referral.cli.demo.draw import deal, exact, pick, portion
from referral.cli.demo.hosts import DemoSite, Reserved

Span = tuple[date, date]
FAR = date(2025, 3, 1)
TEEN = 12
SAID_YES = frozenset({"closed", "completed", "in_service"})
"""States in which a referral for a bed led to one."""


def is_guest(case: SyntheticCase) -> bool:
    """Whether a shelter was given."""
    return any(need.kind == "shelter" and need.status == "delivered" for need in case.needs)


def check_ins(cases: Sequence[SyntheticCase]) -> int:
    """How many check-ins the guests among the cases make together."""
    return portion(shares.CHECK_INS, shares.GUESTS, sum(map(is_guest, cases)))


@dataclass(slots=True)
class Houses:
    """The rooms of all sites, and for which nights each is taken."""

    sites: Sequence[DemoSite]
    taken: dict[tuple[str, int], list[Span]] = field(default_factory=dict)

    def room(self, site: DemoSite, span: Span, party: int) -> int | None:
        """A room that is free on all those nights and holds the party; the smallest that does."""
        fitting = [
            index
            for index, room in enumerate(site.rooms)
            if room.beds >= party and self._is_free((site.slug, index), span)
        ]
        return min(fitting, key=lambda index: site.rooms[index].beds, default=None)

    def take(self, site: DemoSite, room: int, span: Span) -> None:
        """Let the room."""
        self.taken.setdefault((site.slug, room), []).append(span)

    def _is_free(self, key: tuple[str, int], span: Span) -> bool:
        return all(span[1] < begun or ended < span[0] for begun, ended in self.taken.get(key, ()))


@dataclass(slots=True)
class _Night:
    """A stay before it has a house: who, asked by which referral, from when, how long."""

    case: SyntheticCase
    asked: ReferralPlan
    arrived_at: datetime
    nights: int | None = None
    is_there: bool = False
    children: int = 0

    @property
    def span(self) -> Span:
        """First day and day of leaving; far away for whoever is still there."""
        first = self.arrived_at.date()
        return first, FAR if self.nights is None else first + timedelta(days=self.nights)


def plan_stays(
    draw: Random,
    cases: Sequence[SyntheticCase],
    sites: Sequence[DemoSite],
    last_moment: datetime,
    reserved: Sequence[Reserved] = (),
) -> None:
    """A stay for each referral of a guest that led to one, never in a room `reserved`.

    Where every fitting place is taken there is no stay: the year is longer than the small demo's
    houses are many.
    """
    found = _nights(draw, [case for case in cases if is_guest(case)], last_moment)
    _accompany(found)
    houses = Houses(sites)
    for room in reserved:
        houses.taken.setdefault((room.site, room.room), []).append((room.first, room.last))
    kinds = Counter(exact(shares.SITE_KINDS, len(found)))
    for night in sorted(found, key=lambda night: len(_fitting(night, houses))):
        kind = _house(draw, night, houses, kinds)
        kinds[kind] -= 1
    for case in cases:
        case.stays.sort(key=lambda stay: stay.arrived_at)
    _leave(draw, cases)


def _nights(draw: Random, guests: Sequence[SyntheticCase], last_moment: datetime) -> list[_Night]:
    """When each guest came, and for how long; a second stay follows the first."""
    asked = {case.number: _asked(case) for case in guests}
    spans = deal(draw, shares.NIGHTS, sum(map(len, asked.values())))
    found: list[_Night] = []
    for case in guests:
        for plan in asked[case.number]:
            asked_at = plan.decided_at or plan.sent_at
            at = min(asked_at + timedelta(minutes=draw.randint(50, 240)), last_moment)
            found.append(_Night(case, plan, max(at, asked_at)))
    for night in [night for night in found if night.asked.state == "in_service"]:
        so_far = (last_moment.date() - night.arrived_at.date()).days + 1
        spans.remove(min(spans, key=lambda span: max(span[0] - so_far, so_far - span[1], 0)))
        night.nights = None
        night.is_there = True
    lengths = sorted(draw.randint(*span) for span in spans)
    twice = [night for night in found if len(asked[night.case.number]) > 1]
    once = [night for night in found if night not in twice and not night.is_there]
    for night in twice:
        night.nights = lengths.pop(0)
    once.sort(key=lambda night: night.arrived_at, reverse=True)
    for night in once:
        night.nights = lengths.pop(0)
    _one_after_the_other(draw, twice, last_moment)
    return found


def _asked(case: SyntheticCase) -> list[ReferralPlan]:
    """The referrals for a bed that led to one, oldest first."""
    plans = [p for p in case.referrals if p.service == "shelter" and p.state in SAID_YES]
    return sorted(plans, key=lambda plan: plan.sent_at)


def _one_after_the_other(draw: Random, twice: Sequence[_Night], last_moment: datetime) -> None:
    """Who came a second time came after the first stay: the second referral moves to its day."""
    for first, second in zip(twice[::2], twice[1::2], strict=True):
        left = first.span[1]
        room = (last_moment.date() - left).days - (second.nights or 0) - 1
        days = draw.randint(0, max(0, min(40, room)))
        decided = second.asked.decided_at or second.asked.sent_at
        took = decided - second.asked.sent_at
        second.arrived_at = datetime.combine(left, first.arrived_at.time(), LOCAL).replace(
            hour=draw.randint(13, 20)
        ) + timedelta(days=days)
        second.asked.decided_at = second.arrived_at - timedelta(hours=1)
        second.asked.sent_at = second.asked.decided_at - took


def _accompany(found: Sequence[_Night]) -> None:
    """Children come along until the year's number of them is reached, one or two to a household."""
    wanted = portion(shares.WITH_THEM, shares.CHECK_INS, len(found))
    for most in (1, 2, 3):
        for night in found:
            if wanted > 0 and night.children < min(most, len(night.case.children)):
                night.children += 1
                wanted -= 1


def _leave(draw: Random, cases: Sequence[SyntheticCase]) -> None:
    """Where each went; whoever went on to another shelter is the one who came to it that day."""
    left = [(case, stay) for case in cases for stay in case.stays if stay.left_on]
    ways = deal(draw, shares.LEFT_FOR, len(left))
    on = [stay for case, stay in left if stay is not case.stays[-1]]
    on += [stay for case, stay in left if stay is case.stays[-1]]
    ways.sort(key=lambda way: way != "other_shelter")
    for stay, way in zip(on, ways, strict=True):
        stay.left_for = way


def takes(site: DemoSite, case: SyntheticCase) -> bool:
    """Whether the site receives her and those with her, and does not lie where she lives."""
    asked = {"men" if case.sex == "male" and not case.is_child else "women"}
    if any(age > TEEN for age in case.children):
        asked.add("boys_over_12")  # the sex of a child is not recorded here: ask for the stricter
    steps = case.disability != "mobility" or site.is_step_free
    elsewhere = site.unit_code not in {case.unit_code, case.residence_code}
    return asked <= site.takes and steps and elsewhere


def _fitting(night: _Night, houses: Houses) -> list[DemoSite]:
    party = 1 + night.children
    return [
        site
        for site in houses.sites
        if takes(site, night.case) and houses.room(site, night.span, party) is not None
    ]


def _house(draw: Random, night: _Night, houses: Houses, kinds: Counter[str]) -> str:
    """Find a house of a kind that has stays left to give; any kind where none of those is free."""
    fitting = _fitting(night, houses)
    if not fitting:
        return ""
    left = {kind: kinds[kind] for kind in {site.kind for site in fitting} if kinds[kind] > 0}
    kind = pick(draw, left) if left else fitting[0].kind
    near = [site for site in fitting if site.kind == kind]
    site = draw.choice(near)
    room = houses.room(site, night.span, 1 + night.children)
    if room is None:
        return ""
    houses.take(site, room, night.span)
    night.case.stays.append(
        StayPlan(
            asked=night.asked,
            site=site.slug,
            room=room,
            arrived_at=night.arrived_at,
            left_on=None if night.is_there else night.span[1],
            left_for=None,
            children=night.children,
        )
    )
    return kind
