"""A worker process that is killed (SIGKILL) at its n-th point: a statement, or a commit's edge.

The worker is forked from a process that has imported the product and holds no connection, so that
a death costs milliseconds. The hook stands here and not in the product.
"""

import mmap
import os
import pickle
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

NEVER = 0
WRITES = ("INSERT", "UPDATE", "DELETE")
TOUCHES = "UPDATE member_session "


@dataclass
class Told:
    """What a worker told: its answer, every point it passed, and the commits before each.

    Of one that was killed only the commits are known. A commit that wrote nothing but when the
    session was last used is none.
    """

    answer: Any = None
    was_killed: bool = False
    committed: int = 0
    points: list[str] = field(default_factory=list)
    commits: list[int] = field(default_factory=list)


class _Points:
    def __init__(self, fatal: int, shared: mmap.mmap) -> None:
        self.fatal = fatal
        self.told = Told()
        self.shared = shared
        self.has_written = False

    def __call__(self, what: str) -> None:
        self.told.points.append(what)
        self.told.commits.append(self.shared[0])
        self.has_written |= what.startswith(WRITES) and not what.startswith(TOUCHES)
        if len(self.told.points) == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Any) -> None:
        event.listen(engine, "before_cursor_execute", lambda *given: self(str(given[2])))
        event.listen(engine, "commit", lambda _connection: self("COMMIT"))
        event.listen(Session, "after_commit", self._after_commit)

    def _after_commit(self, _session: Any) -> None:
        self.shared[0] += self.has_written
        self.has_written = False
        self("after COMMIT")


def in_worker(app: Any, work: Callable[[], Any], *, fatal: int = NEVER) -> Told:
    """Do `work` in a process of its own, which is killed at point `fatal` if it gets there."""
    shared = mmap.mmap(-1, 1)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _as_worker(app, work, _Points(fatal, shared), writing)
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


def _as_worker(app: Any, work: Callable[[], Any], points: _Points, writing: int) -> None:
    """Never returns: what the parent would do at its end is not this process's to do."""
    from referral.kernel.db import db

    said: Any
    try:
        with app.app_context():
            points.watch(db.engine)
        points.told.answer = work()
        points.told.committed = points.shared[0]
        said = points.told
    except BaseException as failure:  # noqa: BLE001 - told to the parent, which raises it
        said = f"{type(failure).__name__}: {failure}"
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump(said, pipe)
    os._exit(0)
