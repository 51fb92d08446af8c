"""A worker process that is killed (SIGKILL) at its n-th point: a statement, or a commit's edge.

The worker is forked from a process that has imported the product and holds no connection of it, so
that a death costs milliseconds. The hook stands here and not in the product.
"""

import gc
import mmap
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from referral.kernel.clock import clock

NEVER = 0
WRITES = ("INSERT", "UPDATE", "DELETE")
COMMITS = ("COMMIT", "after COMMIT")
NUMBER = 4  # bytes of a number on a pipe


@dataclass
class Told:
    """What a worker told: its answer, every point it passed, and the commits before each.

    Of one that was killed only the commits are known. A commit that wrote nothing is none.
    `rests` counts the points before each moment at which it held no connection and had committed
    nothing.
    """

    answer: Any = None
    was_killed: bool = False
    committed: int = 0
    points: list[str] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)


class _Points:
    """Counts the points of this process, and does at one of them what was asked."""

    def __init__(self, app: Any, shared: mmap.mmap, *, fatal: int = NEVER) -> None:
        from referral.kernel.db import db

        self.fatal = fatal
        self.rest: int | None = None
        self.at_rest: Callable[[], int] = lambda: NEVER
        self.told = Told()
        self._shared = shared
        self._has_written = False
        with app.app_context():
            self.engine = db.engine
        event.listen(self.engine, "before_cursor_execute", lambda *given: self(str(given[2])))
        event.listen(self.engine, "commit", lambda _connection: self(COMMITS[0]))
        event.listen(Session, "after_commit", self._after_commit)
        event.listen(Session, "after_transaction_end", self._after_end)

    def __call__(self, what: str) -> None:
        self.told.points.append(what)
        self.told.commits.append(self._shared[0])
        self._has_written |= what.startswith(WRITES)
        if len(self.told.points) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def _after_commit(self, _session: Any) -> None:
        self._shared[0] += self._has_written
        self._has_written = False
        self(COMMITS[1])

    def _after_end(self, _session: Any, _transaction: Any) -> None:
        if self._shared[0] or self.engine.pool.checkedout():
            return
        self.told.rests.append(len(self.told.points))
        if len(self.told.rests) - 1 == self.rest:
            self.engine.dispose()
            self.fatal = self.at_rest()


def in_worker(app: Any, work: Callable[[], Any], *, fatal: int = NEVER) -> Told:
    """Do `work` in a process of its own, which is killed at point `fatal` if it gets there."""
    shared = mmap.mmap(-1, 1)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _as_worker(app, work, shared, fatal, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        assert said == b"", "it was killed after it had answered"
        return Told(was_killed=True, committed=shared[0])
    told = pickle.loads(said)
    assert isinstance(told, Told), told
    return told


def _as_worker(
    app: Any, work: Callable[[], Any], shared: mmap.mmap, fatal: int, writing: int
) -> None:
    """Never returns: what the parent would do at its end is not this process's to do."""
    said: Any
    gc.disable()  # it would touch, and so copy, every page of the parent's memory
    try:
        points = _Points(app, shared, fatal=fatal)
        points.told.answer = work()
        points.told.committed = shared[0]
        said = points.told
    except BaseException as failure:  # noqa: BLE001 - told to the parent, which raises it
        said = f"{type(failure).__name__}: {failure}"
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump(said, pipe)
    os._exit(0)


class Stem:
    """A worker that has come to one of its rests and is forked there for each death.

    Whoever is forked begins with a connection of its own, and need not do again what was before.
    """

    def __init__(self, app: Any, work: Callable[[], Any], *, rest: int) -> None:
        self._shared = mmap.mmap(-1, 1)
        asked, self._ask = os.pipe()
        self._answer, answering = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._ask)
            self._grow(app, work, rest, asked, answering)
        os.close(asked)
        os.close(answering)

    def die(self, fatal: int) -> Told:
        """What became of one that was to be killed at point `fatal`."""
        self._shared[0] = 0
        os.write(self._ask, fatal.to_bytes(NUMBER))
        status = int.from_bytes(os.read(self._answer, NUMBER))
        was_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return Told(was_killed=was_killed, committed=self._shared[0])

    def end(self) -> None:
        """No more deaths."""
        os.close(self._ask)
        os.close(self._answer)
        os.waitpid(self._pid, 0)

    def _grow(
        self, app: Any, work: Callable[[], Any], rest: int, asked: int, answering: int
    ) -> None:
        """Never returns."""

        def fork_on_demand() -> int:
            began = monotonic()
            while wanted := os.read(asked, NUMBER):
                pid = os.fork()
                if pid == 0:  # the moment of the work is the same for all
                    clock.shift -= timedelta(seconds=monotonic() - began)
                    return int.from_bytes(wanted)
                _, status = os.waitpid(pid, 0)
                os.write(answering, status.to_bytes(NUMBER))
            os._exit(0)

        gc.disable()
        try:
            points = _Points(app, self._shared)
            points.rest, points.at_rest = rest, fork_on_demand
            work()
        finally:
            os._exit(1)
