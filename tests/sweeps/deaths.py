"""Kills a worker (SIGKILL) at each point of a request, and looks at what it left.

Before the first commit every row is as it was; after the n-th the same tables have as many rows as
whenever that commit is reached. Killed at the edges of the last commit and sent again, with its
key, the request is there once.

As a program it kills in one share of all requests: a process that has imported the product alone
is forked in half the time that the tests' own takes.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zlib import crc32

from sqlalchemy import select

from referral.agencies import directory
from referral.agencies.directory import pin
from referral.agencies.model import Agency
from referral.audit.verify import verify_all
from referral.jobs.schedule import SCHEDULE
from referral.kernel import db
from referral.kernel.actor import SYSTEM
from referral.kernel.clock import clock
from tests.infrastructure.application import ROOT, let_go
from tests.infrastructure.copies import TRACES
from tests.infrastructure.killing import COMMITS, WRITES, Stem, Told, in_worker
from tests.sweeps.asks import Route, address, routes, sent_once
from tests.sweeps.conftest import Ground, standing
from tests.sweeps.every_ask import ASKS

LATER = timedelta(days=30)
A_LITTLE_LATER = timedelta(minutes=2)
Work = Callable[[], int]
Counts = dict[str, int]
Choice = Callable[[Told], Iterable[int]]


def all_points(whole: Told) -> Iterable[int]:
    """Every point of a request, numbered from 1."""
    return range(1, len(whole.points) + 1)


def writing_points(whole: Told) -> Iterable[int]:
    """The points at which something is written, or has just been."""
    return [n for n, what in enumerate(whole.points, 1) if what.startswith((*WRITES, *COMMITS))]


def edges(whole: Told) -> list[int]:
    """The points just before and just after the last commit that wrote."""
    if not whole.committed:
        return []
    before = whole.commits.index(whole.committed)
    return [before, before + 1]


def one_point(name: str) -> Choice:
    """One point of a request; which one, its name decides."""
    return lambda whole: [1 + crc32(name.encode()) % len(whole.points)] if whole.points else []


@dataclass
class Deaths:
    """What killing found, and how much was killed."""

    asked: list[str] = field(default_factory=list)
    points: int = 0
    statements: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    doubled: dict[str, list[str]] = field(default_factory=dict)
    """The tables of which a request made more when it was sent again."""


class Sweep:
    """The requests of a living province, all made at one moment, and their deaths."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.deaths = Deaths()
        for role in ground.tokens:  # so that none has to note, once a minute, that it is in use
            ground.send(role, "GET", "/sessions")
        let_go(ground.app)
        ground.copy.database.remember()
        self._began = monotonic()

    def requests(self) -> Iterator[tuple[str, Work]]:
        """Every writing request of the API and every job, as a worker does it, to its status."""
        yield from self._sent(of_api=True)
        for job in SCHEDULE:
            yield f"job {job.id}", self._at_once(self._job(job.operation))
        yield "the note that a session is in use", self._at_once(self._note)

    def pages(self) -> Iterator[tuple[str, Work]]:
        """The same operations, and a few of their own, as pages send them."""
        yield from self._sent(of_api=False)

    def _sent(self, *, of_api: bool) -> Iterator[tuple[str, Work]]:
        for route in routes(self.ground.app):
            if route.writes and route.is_api == of_api:
                yield route.name, self._at_once(self._request(route))

    def _request(self, route: Route) -> Work:
        ground, good = self.ground, ASKS[route.name]

        def work() -> int:
            path = address(ground.app, route, ground.objects, good.ids)
            how = sent_once(route, good, ground.objects)
            return int(ground.send(good.by, route.method, path, **how).status_code)

        return work

    def _job(self, verb: Callable[..., Any]) -> Work:
        def work() -> int:
            clock.shift += LATER
            with self.ground.app.app_context(), db.unit_of_work():
                verb(SYSTEM, None)
            return 200

        return work

    def _note(self) -> int:
        clock.shift += A_LITTLE_LATER
        return int(self.ground.send("police_officer", "GET", "/sessions").status_code)

    def _at_once(self, work: Work) -> Work:
        """The same work at the same moment whenever it is done: what is due then is always due."""

        def timely() -> int:
            shift = clock.shift
            clock.shift -= timedelta(seconds=monotonic() - self._began)
            try:
                return work()
            finally:
                clock.shift = shift

        return timely

    def kill(self, name: str, work: Work, choose: Choice = all_points) -> None:
        """Kill a request at each of its points, or at some; at its edges send it again."""
        whole, after = self._whole(work)
        assert whole.answer < 400, f"{name}: {whole.answer}"
        if after and not whole.committed:
            self.deaths.faults.append(f"{name}: written without a commit: {sorted(after)}")
        known = {whole.committed: after, 0: {}}
        for fatal, died in self._deaths(work, whole, choose(whole)):
            what = f"{name} at {fatal} of {len(whole.points)}, {whole.points[fatal - 1][:40]!r}"
            self._judge(what, died, known)
            if fatal in edges(whole):
                self._again(name, work, after)
            self._put_back()
        self.deaths.asked.append(name)
        self.deaths.statements |= set(whole.points)

    def _deaths(self, work: Work, whole: Told, chosen: Iterable[int]) -> Iterator[tuple[int, Told]]:
        """Die at each of these points, after the last rest as a child of one who has come there."""
        app, rests = self.ground.app, whole.rests
        stem: Stem | None = None
        try:
            for fatal in chosen:
                if not rests or fatal <= rests[-1]:
                    yield fatal, in_worker(app, work, fatal=fatal)
                    continue
                stem = stem or Stem(app, work, rest=len(rests) - 1)
                yield fatal, stem.die(fatal)
        finally:
            if stem is not None:
                stem.end()

    def _whole(self, work: Work) -> tuple[Told, Counts]:
        """The request when nobody kills it, and what is there afterwards.

        This process does it first and verifies the directory, so that its children need not learn
        what a server that runs knows.
        """
        work()
        let_go(self.ground.app)
        self._put_back()
        pin.configure(pin.root_public)  # what it saw has never been
        with self.ground.app.app_context():
            directory.directories(db.session().scalars(select(Agency.id)))
        let_go(self.ground.app)
        told = in_worker(self.ground.app, work)
        after = self._now()
        self._put_back()
        return told, after

    def _put_back(self) -> None:
        self.ground.copy.put_back(is_open=False)

    def _now(self) -> Counts:
        """How many rows stand in each table that is not as it was."""
        copy = self.ground.copy
        return copy.counts(copy.database.changed())

    def _judge(self, what: str, died: Told, known: dict[int, Counts]) -> None:
        now, faults = self._now(), self.deaths.faults
        self.deaths.points += died.was_killed
        if not died.was_killed:
            faults.append(f"{what}: not reached again")
        elif died.committed == 0 and now:
            faults.append(f"{what}: changed before it was committed: {sorted(now)}")
        elif now != known.setdefault(died.committed, now):
            other = sorted(now.items() ^ known[died.committed].items())
            faults.append(f"{what}: half-written or lost: {other}")
        if lost := self._lost_keys():
            faults.append(f"{what}: release keys lost: {lost}")

    def _lost_keys(self) -> set[str]:
        """Payloads that wait for an answer, and whose release key is not there."""
        rows = self.ground.copy.database.ask("SELECT referral_id FROM referral_payload")
        waiting = {str(row[0]).replace("-", "") for row in rows}
        return waiting - {key.replace("-", "") for key in self.ground.copy.release_keys()}

    def _again(self, name: str, work: Work, after: Counts) -> None:
        """Send it again: it is there once, and the log is whole."""

        def repeat() -> tuple[int, list[str]]:
            return work(), self._broken_chains()

        status, broken = in_worker(self.ground.app, repeat).answer
        now = self._now()
        more = {n for n in now if now[n] > after.get(n, 0)} - TRACES
        less = {n for n in after if now.get(n, 0) < after[n]} - TRACES
        if more:
            self.deaths.doubled[name] = sorted(more | {*self.deaths.doubled.get(name, ())})
        if status >= 500 or less or broken:
            self.deaths.faults.append(f"{name} again: {status}, less: {less}, {broken}")

    def _broken_chains(self) -> list[str]:
        with self.ground.app.app_context():
            told = verify_all(directory.signing_keys, directory.least_entries())
            return [line.fault for line in told if line.fault]


def sweep_apart(living: Mapping[str, Any], run_folder: Path, folder: Path, part: str) -> Deaths:
    """Kill at every point of each request of a part, "1 of 2", in a program of its own."""
    told = folder / "deaths.json"
    asked = [json.dumps(living), str(run_folder), str(folder), part, str(told)]
    subprocess.run([sys.executable, "-m", __name__, *asked], cwd=ROOT, check=True)
    found = json.loads(told.read_text())
    return Deaths(**found | {"statements": set(found["statements"])})


def main(living: str, run_folder: str, folder: str, part: str, told: str) -> None:
    """What `sweep_apart` starts."""
    number, _, parts = part.partition(" of ")
    with standing(json.loads(living), Path(run_folder), Path(folder) / "ground") as ground:
        sweep = Sweep(ground)

        def kill(all_of_them: Iterable[tuple[str, Work]], choose: Choice) -> None:
            for name, work in all_of_them:
                if crc32(name.encode()) % int(parts) == int(number) - 1:
                    sweep.kill(name, work, choose)

        if ground.copy.url.startswith("sqlite"):
            kill(sweep.requests(), all_points)
            kill(sweep.pages(), edges)
        else:
            kill(sweep.requests(), writing_points)
    found = asdict(sweep.deaths) | {"statements": sorted(sweep.deaths.statements)}
    Path(told).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
