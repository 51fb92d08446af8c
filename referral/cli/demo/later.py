"""What the demo's clock brings: reports that come in after it has opened, as it is moved on.

What is needed for it stays beside the sign-ins, in a file of the installation: which demo this is,
up to when it has been written, and the ids of what was made. Nothing in it opens anything.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from referral.accounts.queries import member_by_username
from referral.accounts.sessions import actor_for, start_session
from referral.accounts.signin import open_keys, sign_out
from referral.cli.demo.accounts import DEMO_PASSPHRASE
from referral.cli.demo.agencies import cast_of
from referral.cli.demo.cases import PRESENT
from referral.cli.demo.desk import Desk, Notes
from referral.cli.demo.enrolment import Province
from referral.cli.demo.events import Event, later_timeline, spaced
from referral.cli.demo.stories.telling import Tellers
from referral.cli.demo.streams import archive, later
from referral.cli.demo.survivors import generate
from referral.kernel import db, deployment
from referral.kernel.actor import Actor
from referral.kernel.clock import clock
from referral.kernel.errors import NotFound, ReferralError
from referral.kernel.instance import instance

LATER_FILE = "demo-later.json"
BATCH = 12
Advance = Callable[[int], None]


class NotForward(ReferralError):
    """A clock is moved forward alone."""


class _SignedIn(dict[str, Actor]):
    """Members by user name, whose keys are opened when first asked for.

    By the passphrase that the demo prints, and without a code: one is good once in half a minute,
    and somebody may be trying the demo.
    """

    def __missing__(self, username: str) -> Actor:
        opened = open_keys(member_by_username(username), DEMO_PASSPHRASE, None)
        with db.unit_of_work():
            token = start_session(opened.member, opened.keys, is_proven=True)
        actor = actor_for(token)
        sign_out(actor)  # the actor keeps its keys until this command is over
        self[username] = actor
        return actor


def keep_later(seed: int, survivors: int, province: Province) -> None:
    """Write down what a later move of the clock starts from."""
    _write(
        {
            "seed": seed,
            "survivors": survivors,
            "preset": province.cast.preset,
            "until": PRESENT.isoformat(),
            "agencies": {slug: str(i) for slug, i in province.agency_ids.items()},
            "circles": {f"{slug}/{p}": str(i) for (slug, p), i in province.circle_ids.items()},
            "notes": {},
        }
    )


def move_clock(to: datetime, advance: Advance) -> int:
    """Write what comes until then and set the clock; gives how many things happened.

    `NotForward` for a moment that is past.
    """
    kept = json.loads(instance.read(LATER_FILE) or b"null")
    if kept is None:
        raise NotFound("no demo")
    now = clock.now()
    if to <= now:
        raise NotForward
    since = datetime.fromisoformat(kept["until"])
    province = _province(kept)
    notes = Notes(**{kind: _ids(ids) for kind, ids in kept["notes"].items()})
    due = [event for event in _events(kept) if since < event.at <= to]
    events = spaced(due, after=max(now, since))
    desk = Desk(province, notes)
    for event in events:
        desk.actor_of(event)  # opens the keys now: it must not happen amid what is being written
    perform(desk, events, advance, Tellers(province, ()))
    kept["until"] = to.isoformat()
    kept["notes"] = {k: {key: str(i) for key, i in v.items()} for k, v in asdict(notes).items()}
    _write(kept)
    set_clock(max(to, clock.now()))
    return len(events)


def perform(desk: Desk, events: Sequence[Event], advance: Advance, tellers: Tellers) -> None:
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


def set_clock(moment: datetime) -> None:
    """Let the installation's clock stand at the moment, for every process that starts from now."""
    clock.travel(moment)
    with db.unit_of_work():
        db.begin_write()
        seconds = int(clock.shift.total_seconds())
        db.session().execute(update(deployment.Deployment).values(clock_shift=seconds))


def _events(kept: dict[str, Any]) -> list[Event]:
    seed, survivors, cast = kept["seed"], kept["survivors"], cast_of(kept["preset"])
    year = generate(seed, survivors, cast)
    before = year if cast.preset == "small" else [*year, *archive(seed, year, cast)]
    return later_timeline(later(seed, before, survivors, cast), cast.sites)


def _province(kept: dict[str, Any]) -> Province:
    circles = [(*key.split("/"), UUID(i)) for key, i in kept["circles"].items()]
    return Province(
        cast_of(kept["preset"]),
        actors=_SignedIn(),
        agency_ids=_ids(kept["agencies"]),
        circle_ids={(slug, purpose): i for slug, purpose, i in circles},
    )


def _ids(kept: dict[str, str]) -> dict[str, UUID]:
    return {key: UUID(value) for key, value in kept.items()}


def _write(kept: dict[str, Any]) -> None:
    instance.write(LATER_FILE, json.dumps(kept, ensure_ascii=False, indent=1).encode())
