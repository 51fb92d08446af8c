"""All stories, and how they are told together, in the order of the moments in them."""

from collections.abc import Iterable
from datetime import datetime
from heapq import heapify, heappop, heappush

from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.enrolment import Province
from referral.cli.demo.stories import (
    again,
    code_only,
    elder,
    full_house,
    guardian,
    language,
    man,
    no_show,
    withdrawal,
    wrong_agency,
)
from referral.cli.demo.stories.stage import Moments, Players
from referral.cli.demo.stories.story import Story
from referral.kernel.clock import clock
from referral.kernel.errors import ReferralError

STORIES: tuple[Story, ...] = tuple(
    module.STORY
    for module in (
        wrong_agency,
        full_house,
        withdrawal,
        guardian,
        no_show,
        again,
        language,
        elder,
        code_only,
        man,
    )
)
"""In the order of the guided tour."""


def stories_of(agencies: Iterable[str]) -> tuple[Story, ...]:
    """The stories that can be told where these agencies take part."""
    known = set(agencies)
    return tuple(story for story in STORIES if known.issuperset(story.agencies))


def survivors_of(stories: Iterable[Story]) -> list[SyntheticCase]:
    """Whom the stories are about, as the quotas count them."""
    return [survivor for story in stories for survivor in story.survivors]


class Tellers:
    """The stories under way: which is to go on next, and when."""

    def __init__(self, province: Province, stories: Iterable[Story]) -> None:
        players = Players(province)
        self._next: list[tuple[datetime, str, Moments]] = []
        for story in stories:
            moments = story.tell(players)
            self._next.append((next(moments), story.name, moments))
        heapify(self._next)

    def wait_before(self, moment: datetime) -> bool:
        """Whether an act of a story comes before the moment."""
        return bool(self._next) and self._next[0][0] < moment

    def tell_until(self, moment: datetime) -> None:
        """Perform every act that comes before the moment, each at its own."""
        while self.wait_before(moment):
            at, name, moments = heappop(self._next)
            clock.travel(max(at, clock.now()))
            try:
                following = next(moments, None)
            except ReferralError as error:
                error.add_note(f"{at}: story {name}")
                raise
            if following is not None:
                heappush(self._next, (following, name, moments))
