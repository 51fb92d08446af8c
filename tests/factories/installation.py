"""One installation for a whole module of tests, and real processes that meet in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from referral.kernel import db
from referral.kernel.clock import clock
from tests.factories.blueprint import Plan, built, copied
from tests.factories.province import Province
from tests.infrastructure.application import (
    Environment,
    application,
    environment_for,
    let_go,
    rooms,
)

ENGINES = ("sqlite", "postgresql")
PATIENCE = 120


@dataclass(frozen=True)
class Installation:
    """An application, the environment it was made from, and the houses that stand in it."""

    app: Any
    environment: Environment
    engine: str
    province: Province

    @cached_property
    def whole(self) -> Any:
        """The same installation with its pages, API and commands; for one test in a module."""
        return application(self.environment)


@contextmanager
def stand(
    engine: str,
    run_folder: Path,
    folder: Path,
    plans: Sequence[Plan] = (),
    *,
    make: Callable[[Environment], Any] = rooms,
    **settings: str,
) -> Iterator[Installation]:
    """An installation with these houses, no context open; sign-in asks for no second factor.

    It has the operations alone, unless made by `application`: pages, API and commands as well.
    """
    chosen = {"SECOND_FACTOR": "0", "STATISTICS_THRESHOLD": "3", **settings}
    houses = built(engine, run_folder, plans, with_factor=chosen["SECOND_FACTOR"] == "1")
    with copied(houses, run_folder, folder) as url:
        environment = environment_for(url, folder, **chosen)
        app = make(environment)
        with app.app_context():
            province = Province.restored(houses.province)
            db.db.session.remove()
        home = Installation(app, environment, engine, province)
        yield home
        for used in (app, vars(home).get("whole", app)):
            let_go(used)


@contextmanager
def installation(
    engine: str, run_folder: Path, folder: Path, plans: Sequence[Plan] = (), **settings: str
) -> Iterator[Installation]:
    """As `stand`, its context open, with the operations alone."""
    with stand(engine, run_folder, folder, plans, **settings) as home, home.app.app_context():
        for house in home.province.houses.values():
            db.session().add_all([house.agency, *house.circles.values()])
        yield home
        db.rollback()


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
    context.set_forkserver_preload(["referral.app", __name__])
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
    app = rooms(environment)
    with app.app_context():
        outcomes.put((number, verb(barrier, *part)))
    let_go(app)
