"""A server killed within a writing request leaves all of it or nothing.

Good requests of `every_ask.py` and jobs are sent to a worker that is killed at its n-th point, an
SQL statement or a commit. Before the first commit every table is as it was, row by row; after it
all rows are there that the request makes when nobody kills it. The same request sent again, with
its key, then makes it exactly once.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any
from zlib import crc32

import psycopg
import pytest
from sqlalchemy import text

from referral.agencies import directory
from referral.audit.verify import verify_all
from referral.cases import service as cases
from referral.followup import service as followup
from referral.jobs import heads, purging
from referral.kernel import db
from referral.kernel.actor import SYSTEM
from referral.kernel.clock import clock
from referral.referrals import service as referrals
from referral.shelters import service as shelters
from tests.infrastructure.copies import SCHEME, _let_go
from tests.infrastructure.killing import Told, in_worker
from tests.sweeps.asks import Route, address, routes, sent_once
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import ASKS

FEW = 20
# Touched by every request, in a transaction of its own: when this session was last used.
TOUCHED = frozenset({"member_session"})
JOBS = {
    "cases.lapse_bases": cases.lapse_bases,
    "followup.remind_due": followup.remind_due,
    "jobs.export_heads": heads.export_heads,
    "jobs.purge_sessions": purging.purge_sessions,
    "referrals.expire_referrals": referrals.expire_referrals,
    "referrals.sweep_release_keys": referrals.sweep_release_keys,
    "shelters.release_expired_holds": shelters.release_expired_holds,
}
LATER = timedelta(days=30)
AGAIN: dict[str, tuple[str, ...]] = {
    "POST accounts.begin_reenrolment": ("tombstone",),
    "POST api_accounts.begin_reenrolment": ("tombstone",),
    "PUT api_succession.state_succession": ("directory_entry",),
}
"""What is there twice when it is sent again: a code that is shown once, and a plan in the log."""
Work = Callable[[], int]


@dataclass
class Deaths:
    """What killing found, and how much was killed."""

    points: int = 0
    statements: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def requests(ground: Ground, *, api_only: bool) -> Iterator[tuple[str, Work]]:
    """Every writing request, as a worker sends it; it gives the status."""
    for route in routes(ground.app):
        if route.writes and (route.is_api or not api_only):
            yield route.name, at_once(_request(ground, route))
    for name, verb in JOBS.items():
        yield name, at_once(_job(ground, verb))


def _request(ground: Ground, route: Route) -> Work:
    good = ASKS[route.name]
    path = address(ground.app, route, ground.objects, good.ids)
    how = sent_once(route, good, ground.objects)
    return lambda: int(ground.send(good.by, route.method, path, **how).status_code)


def _job(ground: Ground, verb: Callable[..., Any]) -> Work:
    def work() -> int:
        clock.shift += LATER
        with ground.app.app_context(), db.unit_of_work():
            verb(SYSTEM, None)
        return 200

    return work


def counts(ground: Ground) -> dict[str, int]:
    """How many rows stand in each table."""
    url = ground.copy.url
    tables = [name for name in ground.copy.digests() if name != "release keys"]
    tables += ["audit_entry", "member_session"]
    ask = "SELECT " + ", ".join(f'(SELECT count(*) FROM "{name}")' for name in tables)
    if url.startswith(SCHEME):
        with closing(sqlite3.connect(url.removeprefix(SCHEME))) as connection:
            row = connection.execute(ask).fetchone()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute(ask).fetchone()
    return dict(zip(tables, row, strict=True))


def lost_keys(ground: Ground) -> list[str]:
    """Payloads that wait for an answer, and whose release key is not there."""
    url, ask = ground.copy.url, "SELECT referral_id FROM referral_payload"
    if url.startswith(SCHEME):
        with closing(sqlite3.connect(url.removeprefix(SCHEME))) as connection:
            rows = connection.execute(ask).fetchall()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            rows = connection.execute(ask).fetchall()
    there = {path.name.replace("-", "") for path in (ground.copy.instance / "release").iterdir()}
    return [str(row[0]) for row in rows if str(row[0]).replace("-", "") not in there]


def chains_hold(ground: Ground) -> Told:
    """Verify every chain of the log, in a worker."""

    def verify() -> list[str]:
        with ground.app.app_context():
            told = verify_all(directory.signing_keys, directory.least_entries())
            return [line.fault for line in told if line.fault]

    return in_worker(ground.app, verify)


def whole_run(ground: Ground, work: Work) -> tuple[Told, dict[str, int]]:
    """The request when nobody kills it, and the rows there are afterwards."""
    told = in_worker(ground.app, work)
    after = counts(ground)
    ground.copy.put_back(ground.app)
    return told, after


def kill(ground: Ground, name: str, work: Work, deaths: Deaths, chosen: list[int]) -> None:
    """Kill the request at some of its points, numbered from 1 (0 for all)."""
    ground.copy.put_back(ground.app)  # a server may end late what the one killed before had begun
    everything = ground.copy.digests(besides=TOUCHED)
    before = counts(ground)
    whole, after = whole_run(ground, work)
    assert whole.answer < 400, f"{name}: {whole.answer}"
    last = whole.committed
    profiles = {0: before, last: after} if last else {0: before}
    deaths.statements |= set(whole.points)
    for fatal in chosen or range(1, len(whole.points) + 1):
        at = 1 + (fatal - 1) % len(whole.points) if whole.points else 0
        if at == 0:
            continue
        died = in_worker(ground.app, work, fatal=at)
        if not died.was_killed:
            continue  # it asks less the second time: what it looks up is known by then
        deaths.points += 1
        what = f"{name} at {at} of {len(whole.points)}, {whole.points[at - 1][:40]!r}"
        now = counts(ground)
        done = died.committed
        if now != profiles.setdefault(done, now):
            wrong = sorted(n for n in now if now[n] != profiles[done][n])
            deaths.faults.append(f"{what}: half-written or lost: {wrong}")
        digests = ground.copy.digests(besides=TOUCHED)
        keys = set(everything["release keys"].split()) - set(digests.pop("release keys").split())
        same = {n: d for n, d in everything.items() if n != "release keys"}
        if done == 0 and (digests != same or keys):
            deaths.faults.append(f"{what}: changed before it was committed")
        if missing := lost_keys(ground):
            deaths.faults.append(f"{what}: release keys lost: {missing}")
        if now != before or digests != same:
            ground.copy.put_back(ground.app)


def again(ground: Ground, name: str, work: Work, deaths: Deaths) -> None:
    """Killed just before and just after its last commit, and sent again: it is there once."""
    whole, after = whole_run(ground, work)
    edges = [n + 1 for n, what in enumerate(whole.points) if "COMMIT" in what][-2:]
    for fatal in edges:
        if in_worker(ground.app, work, fatal=fatal).was_killed:
            deaths.points += 1
            told = in_worker(ground.app, work)
            now = counts(ground)
            # The log has a line for each request, the session its own row.
            more = {n for n in now if now[n] > after[n]} - {"audit_entry", "member_session"}
            less = {n for n in now if now[n] < after[n]}
            if told.answer >= 500 or more - set(AGAIN.get(name, ())) or less:
                deaths.faults.append(f"{name} again after {fatal}: {told}, {more}, {less}")
            if broken := chains_hold(ground).answer:
                deaths.faults.append(f"{name} again after {fatal}: {broken}")
        ground.copy.put_back(ground.app)


@pytest.fixture
def quiet(ground: Ground) -> Iterator[Ground]:
    """No connection of this process stands open when it forks, and each worker is as late as it."""
    _let_go(ground.app)
    shift = clock.shift
    yield ground
    clock.shift = shift


def at_once(work: Work) -> Work:
    """The same work, at the same moment whenever it is done: what is due then is always due."""
    began = monotonic()

    def timely() -> int:
        clock.shift -= timedelta(seconds=monotonic() - began)
        return work()

    return timely


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.promise("nothing-typed-is-lost")
def test_killed_at_twenty_points_nothing_is_lost_doubled_or_half_written(quiet: Ground) -> None:
    deaths = Deaths()
    every = list(requests(quiet, api_only=True))
    for name, work in every[:: max(1, len(every) // (FEW - 2))]:
        kill(quiet, name, work, deaths, [1 + crc32(name.encode()) % 1000])
    name, work = next(row for row in every if row[0] == "POST api_referrals.send_referral")
    again(quiet, name, work, deaths)
    print(f"killed at {deaths.points} points")  # noqa: T201 - the sweep's size
    assert not deaths.faults, "\n".join(deaths.faults)
    assert deaths.points >= FEW - 2


@pytest.mark.long
@pytest.mark.promise("nothing-typed-is-lost")
def test_killed_in_every_request_nothing_is_lost_doubled_or_half_written(quiet: Ground) -> None:
    """One point in each; which one, its name decides."""
    deaths = Deaths()
    for name, work in requests(quiet, api_only="postgresql" in quiet.copy.url):
        kill(quiet, name, work, deaths, [1 + crc32(name[::-1].encode()) % 1000])
    print(  # noqa: T201 - the sweep's size
        f"killed at {deaths.points} points of {len(deaths.statements)} distinct statements"
    )
    assert not deaths.faults, "\n".join(deaths.faults)
    assert deaths.points > 60


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_half_written_is_found(quiet: Ground) -> None:
    """A request that commits in the middle of its work."""

    def half() -> int:
        with quiet.app.app_context():
            session = db.session()
            for _ in range(2):
                session.execute(text("DELETE FROM notice WHERE id = (SELECT min(id) FROM notice)"))
            db.commit()
        return 200

    def torn() -> int:
        with quiet.app.app_context():
            db.session().execute(text("DELETE FROM notice"))
            db.session().connection().exec_driver_sql("COMMIT")
            db.session().execute(text("DELETE FROM task"))
        return 200

    deaths = Deaths()
    kill(quiet, "half", half, deaths, [])
    assert deaths.faults == []
    kill(quiet, "torn", torn, deaths, [])
    assert any("changed before it was committed" in fault for fault in deaths.faults)
