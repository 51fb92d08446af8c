"""Loads the whole demo into an empty installation, then sets its clock to the demo's evening."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import inspect, update

from referral.accounts.founding import init_root
from referral.accounts.signin import doorkeeper
from referral.cli.demo.accounts import ROOT_PASSPHRASE, keep_accounts, kept_accounts
from referral.cli.demo.agencies import Cast
from referral.cli.demo.cases import LOCAL, SyntheticCase
from referral.cli.demo.desk import Desk
from referral.cli.demo.enrolment import Province, enrol_province
from referral.cli.demo.evening import MORNING, prepare_evening, read_notices
from referral.cli.demo.events import Event, timeline
from referral.cli.demo.passages import PRESENT
from referral.cli.demo.stories.cells import leave_out
from referral.cli.demo.stories.story import Story
from referral.cli.demo.stories.telling import Tellers, survivors_of
from referral.cli.demo.stories.tour import tour_through
from referral.cli.demo.survivors import generate
from referral.kernel import db, deployment
from referral.kernel.clock import clock
from referral.kernel.errors import NotFound, ReferralError
from referral.kernel.tour import keep_tour
from referral.vault.passphrase import FLOOR, Cost, Derivation

SET_UP_AT = datetime(2023, 12, 18, 8, 0, tzinfo=LOCAL)
"""When the agencies of the demo were founded: before the first report of its year."""
BATCH = 12
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


def steps_of(found: list[SyntheticCase], cast: Cast) -> int:
    """How many times `advance` is called with one in a load."""
    return len(cast.members) + len(timeline(found, cast.sites))


def load_demo(
    found: list[SyntheticCase], cast: Cast, advance: Advance, stories: Sequence[Story] = ()
) -> Province:
    """Write the demo: agencies and members first, then the year, then the evening it opens on.

    The stories are told among the events of the year, each act at its own moment. At the end the
    deployment's clock stands at `PRESENT`. `advance` is called as work is done.
    """
    with _at_the_floor():
        clock.travel(SET_UP_AT)
        root = init_root(ROOT_PASSPHRASE, is_demo=True, shift=clock.shift)
        province = enrol_province(root, cast, lambda: advance(1))
        desk, tellers = Desk(province), Tellers(province, stories)
        events = timeline(found, cast.sites)
        today = bisect_left(events, MORNING, key=lambda event: event.at)
        _perform(desk, tellers, events[:today], advance)
        tellers.tell_until(MORNING)
        read_notices(province)
        _perform(desk, tellers, events[today:], advance)
        tellers.tell_until(PRESENT)
        prepare_evening(province)
        keep_tour(tour_through(province, stories))
    keep_accounts(province.accounts)
    _set_clock()
    return province


def cases_for(
    seed: int, count: int, cast: Cast, stories: Sequence[Story] = ()
) -> list[SyntheticCase]:
    """The invented cases; the same for the same seed. Survivors of the stories are of the number.

    They take the places of those who are most like them.
    """
    reserved = [room for story in stories for room in story.reserved]
    found = generate(seed, count, cast, reserved)
    return leave_out(found, survivors_of(stories))


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


def _perform(desk: Desk, tellers: Tellers, events: Sequence[Event], advance: Advance) -> None:
    """Perform in order. A commit waits for the disk, 5 ms and more: several events share one.

    An act of a story that comes between two events parts them, and commits by itself.
    """
    rest = list(events)
    while rest:
        tellers.tell_until(rest[0].at)
        batch = [e for e in rest[:BATCH] if e is rest[0] or not tellers.wait_before(e.at)]
        rest = rest[len(batch) :]
        with db.unit_of_work():
            for event in batch:
                _perform_one(desk, event)
        db.session().expunge_all()
        advance(len(batch))


def _perform_one(desk: Desk, event: Event) -> None:
    clock.travel(max(event.at, clock.now()))
    try:
        desk.perform(event)
    except ReferralError as error:
        about = f"{event.step} by {event.agency} in case {event.case.number}"
        error.add_note(f"{event.at}: {about}")
        raise


def _set_clock() -> None:
    clock.travel(PRESENT)
    with db.unit_of_work():
        db.begin_write()
        seconds = int(clock.shift.total_seconds())
        db.session().execute(update(deployment.Deployment).values(clock_shift=seconds))
