"""One installation for a whole module of tests, and real processes that meet in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from referral.kernel import db
from referral.kernel.clock import clock
from tests.infrastructure.application import (
    Environment,
    application,
    environment_for,
    migrated_database,
)

ENGINES = ("sqlite", "postgresql")
PATIENCE = 120


@dataclass(frozen=True)
class Installation:
    """An application whose context is open, and the environment it was made from."""

    app: Any
    environment: Environment
    engine: str


@contextmanager
def installation(
    engine: str, run_folder: Path, folder: Path, **settings: str
) -> Iterator[Installation]:
    """A fresh, migrated installation, its context open; sign-in asks for no second factor."""
    chosen = {"SECOND_FACTOR": "0", "STATISTICS_THRESHOLD": "3", **settings}
    with migrated_database(engine, run_folder, folder) as url:
        environment = environment_for(url, folder, **chosen)
        app = application(environment)
        with app.app_context():
            yield Installation(app, environment, engine)
            db.rollback()
            db.db.session.remove()
            for made in db.db.engines.values():
                made.dispose()


@contextmanager
def tidy() -> Iterator[None]:
    """Between two tests of a module: no transaction, nothing remembered, the clock as it was."""
    db.rollback()
    db.session().expire_all()
    shift = clock.shift
    yield
    clock.shift = shift
    db.rollback()


def hours_pass(hours: float) -> None:
    """Let hours pass on the product's clock; `tidy` puts it back."""
    clock.shift += timedelta(hours=hours)


def processes() -> Any:
    """Fresh processes, forked from one that has imported the product and opened nothing."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def together(
    environment: Mapping[str, str],
    verb: Callable[..., Any],
    parts: Sequence[Sequence[Any]],
) -> list[Any]:
    """Run `verb(barrier, *part)` for each part in a process of its own; what each gave back."""
    context = processes()
    barrier, outcomes = context.Barrier(len(parts)), context.Queue()
    runners = [
        context.Process(target=_run, args=(environment, verb, (n, part), barrier, outcomes))
        for n, part in enumerate(parts)
    ]
    for runner in runners:
        runner.start()
    told = dict(outcomes.get(timeout=PATIENCE) for _ in runners)
    for runner in runners:
        runner.join(PATIENCE)
        assert runner.exitcode == 0
    return [told[n] for n in range(len(parts))]


def _run(
    environment: Mapping[str, str],
    verb: Callable[..., Any],
    numbered: tuple[int, Sequence[Any]],
    barrier: Barrier,
    outcomes: Queue,
) -> None:
    number, part = numbered
    app = application(environment)
    with app.app_context():
        outcomes.put((number, verb(barrier, *part)))
        db.db.session.remove()
        for engine in db.db.engines.values():
            engine.dispose()
