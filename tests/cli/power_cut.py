"""Run `flask restore` in a process that is killed at a chosen moment, as by a power cut."""

import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import event

from referral.kernel.db import db
from referral.kernel.instance import STAGED, Instance
from tests.factories.installation import processes
from tests.infrastructure.application import application

Moment = tuple[str, int]
"""What is counted (`statement`, `commit`, `file`), and at which of them the power goes."""


class Cut:
    """Counts moments of one kind and ends the process, with no handler run, at the chosen one."""

    def __init__(self, at: Moment | None) -> None:
        self.kind, self.number = at or ("", 0)
        self.seen = 0

    def count(self, kind: str) -> None:
        if kind != self.kind:
            return
        self.seen += 1
        if self.seen == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(cut: Cut) -> None:
    event.listen(db.engine, "before_cursor_execute", lambda *_: cut.count("statement"))
    event.listen(db.engine, "commit", lambda *_: cut.count("commit"))
    written = Instance.write

    def write(self: Instance, name: str, content: bytes) -> None:
        if not name.startswith(STAGED):
            cut.count("file")
        written(self, name, content)

    Instance.write = write  # type: ignore[method-assign]  # only in this process, which ends


def _run(environment: Mapping[str, str], arguments: Sequence[str], at: Moment | None) -> None:
    app = application(environment)
    with app.app_context():
        _watch(Cut(at))
        done = app.test_cli_runner().invoke(args=["restore", *arguments])
    raise SystemExit(done.exit_code)


def restore(environment: Mapping[str, str], arguments: Sequence[str], at: Moment | None) -> Any:
    """The exit code: -9 when the power was cut, 0 when the restore had finished before."""
    runner = processes().Process(target=_run, args=(environment, arguments, at))
    runner.start()
    runner.join(120)
    return runner.exitcode
