"""Loads the whole demo into an empty installation, then sets its clock to the demo's evening."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlalchemy import inspect

from referral.accounts.founding import init_root
from referral.accounts.signin import doorkeeper
from referral.cli.demo.accounts import ROOT_PASSPHRASE, keep_accounts, kept_accounts
from referral.cli.demo.agencies import Cast, cast_of
from referral.cli.demo.bulk import fill_cases, survivors
from referral.cli.demo.cases import LOCAL, PRESENT, SyntheticCase
from referral.cli.demo.desk import Desk, Notes
from referral.cli.demo.enrolment import Province, enrol_province
from referral.cli.demo.evening import CASE_WORKER, MORNING, prepare_evening, read_notices
from referral.cli.demo.events import Event, timeline
from referral.cli.demo.later import keep_later, perform, set_clock
from referral.cli.demo.stories.cells import leave_out
from referral.cli.demo.stories.story import Story
from referral.cli.demo.stories.telling import Tellers, stories_of, survivors_of
from referral.cli.demo.stories.tour import tour_through
from referral.cli.demo.streams import archive
from referral.cli.demo.survivors import generate
from referral.kernel import db, deployment
from referral.kernel.clock import clock
from referral.kernel.errors import NotFound, ReferralError
from referral.kernel.tour import keep_tour
from referral.vault.passphrase import FLOOR, Cost, Derivation

SET_UP_AT = {
    "small": datetime(2023, 12, 18, 8, 0, tzinfo=LOCAL),
    "standard": datetime(2022, 12, 12, 8, 0, tzinfo=LOCAL),
}
"""When the agencies of the demo were founded: before its first report."""
BATCH = 12
BENCH = "bench"
"""The small demo's people, and very many cases of the social work centre to measure with."""
Advance = Callable[[int], None]


class DemoRefused(ReferralError):
    """The demo cannot be loaded here; the text says why and what to do."""


def standing() -> str:
    """What this installation holds: "nothing", "demo", "half a demo" or "real".

    `DemoRefused` where the tables have not been made.
    """
    if not inspect(db.db.engine).has_table("deployment"):
        raise DemoRefused("There are no tables yet. Run `flask db upgrade` first.")
    try:
        facts = deployment.current()
    except NotFound:
        return "nothing"
    finally:
        db.rollback()
    if not facts.is_demo:
        return "real"
    return "half a demo" if kept_accounts() is None else "demo"


@dataclass(frozen=True)
class Script:
    """Who plays in a demo and what: the invented cases, those closed before its year first.

    Cases `in_bulk` are whole and open, but nothing follows in them; one worker has written all.
    """

    seed: int
    cast: Cast
    archive: list[SyntheticCase]
    year: list[SyntheticCase]
    stories: tuple[Story, ...] = ()
    in_bulk: int = 0

    @property
    def survivors(self) -> int:
        """Everybody of the year, with whom the stories are about."""
        return len(self.year) + len(survivors_of(self.stories))

    @cached_property
    def events(self) -> list[Event]:
        """Everything until the demo opens."""
        return timeline([*self.archive, *self.year], self.cast.sites)

    @property
    def steps(self) -> int:
        """How many times `advance` is called with one in a load."""
        return len(self.cast.members) + len(self.events) + self.in_bulk


def script_for(preset: str, seed: int, count: int, *, is_told: bool = False) -> Script:
    """The same for the same seed. The archive belongs to the whole province alone.

    With the stories their survivors are of the number: they take the places of those who are most
    like them.
    """
    if preset == BENCH:
        return Script(seed, cast_of("small"), [], [], in_bulk=count)
    cast = cast_of(preset)
    stories = stories_of(agency.slug for agency in cast.agencies) if is_told else ()
    reserved = [room for story in stories for room in story.reserved]
    year = generate(seed, count, cast, reserved)
    past = [] if preset == "small" else archive(seed, year, cast)
    return Script(seed, cast, past, leave_out(year, survivors_of(stories)), stories)


def load_demo(script: Script, advance: Advance) -> Province:
    """Write the demo: agencies and members first, then the year, then the evening it opens on.

    The stories are told among the events of the year, each act at its own moment. At the end the
    deployment's clock stands at `PRESENT`. `advance` is called as work is done.
    """
    with _at_the_floor():
        clock.travel(SET_UP_AT[script.cast.preset])
        root = init_root(ROOT_PASSPHRASE, is_demo=True, shift=clock.shift)
        province = enrol_province(root, script.cast, lambda: advance(1))
        desk, tellers = Desk(province, Notes()), Tellers(province, script.stories)
        today = bisect_left(script.events, MORNING, key=lambda event: event.at)
        perform(desk, script.events[:today], advance, tellers)
        tellers.tell_until(MORNING)
        read_notices(province)
        perform(desk, script.events[today:], advance, tellers)
        tellers.tell_until(PRESENT)
        prepare_evening(province)
        fill_cases(province.actors[CASE_WORKER], survivors(script.seed, script.in_bulk), advance)
        keep_tour(tour_through(province, script.stories))
    keep_later(script.seed, script.survivors, province)
    keep_accounts(province.accounts)
    set_clock(PRESENT)
    return province


@contextmanager
def _at_the_floor() -> Iterator[None]:
    """Enrol at the least cost that is allowed; each sign-in raises it to the installation's."""
    gate = doorkeeper.gate
    doorkeeper.configure(replace(gate, cost=FLOOR, derivation=_DerivedOnce(gate.derivation)))
    try:
        yield
    finally:
        doorkeeper.configure(gate)


class _DerivedOnce(Derivation):
    """Keeps what it derived for as long as a load takes: everybody enrols and then signs in."""

    def __init__(self, own: Derivation) -> None:
        super().__init__()
        self._own = own
        self._kept: dict[bytes, bytes] = {}

    def key(self, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        if salt not in self._kept:
            self._kept[salt] = self._own.key(passphrase, salt, cost)
        return self._kept[salt]
