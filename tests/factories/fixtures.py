"""Fixtures of the small province, on both engines."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from referral.kernel import db
from referral.kernel.actor import Actor
from tests.factories.province import House, Province
from tests.infrastructure.application import (
    application,
    copied_database,
    environment_for,
    keep_database,
)
from tests.infrastructure.run_folder import once


@pytest.fixture
def province(make_app: Callable[..., Any]) -> Iterator[Province]:
    """An empty province in an application context; sign-in asks for no second factor."""
    app = make_app(SECOND_FACTOR="0", STATISTICS_THRESHOLD="3")
    with app.app_context():
        yield Province()


@dataclass
class Thread:
    """Who takes part in most tests: police, two hospitals, social work."""

    province: Province
    police: House
    hospital: House
    clinic: House
    social: House
    officer: Actor
    supervisor: Actor
    nurse: Actor
    other_nurse: Actor
    worker: Actor


HOUSES = (
    ("congan", "commune_police", ("police_officer", "supervisor")),
    ("yte", "health_facility", ("health_worker",)),
    ("tram", "health_facility", ("health_worker",)),
    ("ctxh", "social_services", ("social_worker",)),
)
SETTINGS = {"SECOND_FACTOR": "0", "STATISTICS_THRESHOLD": "3"}


Houses = tuple[tuple[str, str, tuple[str, ...]], ...]


def _built_once(engine: str, run_folder: Path, name: str, houses: Houses) -> dict[str, Any]:
    """Some houses, made once a run and engine; tests get copies."""

    def make() -> dict[str, Any]:
        folder = run_folder / f"{name}-{engine}"
        folder.mkdir()
        with keep_database(engine, run_folder, folder) as url:
            app = application(environment_for(url, folder, **SETTINGS))
            with app.app_context():
                province = Province()
                for called, kind, roles in houses:
                    house = province.house(called, kind, *roles)
                    for role in roles:
                        province.worker(house, role)
                kept = province.kept()
                db.db.session.remove()
                db.db.engine.dispose()
        return kept | {"url": url}

    return dict(once(run_folder, f"{name}-{engine}", make))


@contextmanager
def province_of(
    engine: str, run_folder: Path, instance: Path, name: str, houses: Houses
) -> Iterator[tuple[Province, Any]]:
    """A province with these houses and its application, in a database of this test's own."""
    kept = _built_once(engine, run_folder, name, houses)
    for key_file in (run_folder / f"{name}-{engine}").glob("*.[kp][eu][yb]"):
        shutil.copy2(key_file, instance)
    with copied_database(engine, run_folder, instance, kept["url"]) as url:
        app = application(environment_for(url, instance, **SETTINGS))
        with app.app_context():
            yield Province.restored(kept), app
            db.db.session.remove()
            db.db.engine.dispose()


@pytest.fixture
def thread(engine_name: str, run_folder: Path, instance: Path) -> Iterator[Thread]:
    """The houses and signed-in people of the thread, in a database of this test's own."""
    with province_of(engine_name, run_folder, instance, "thread", HOUSES) as (province, _):
        houses = province.houses
        yield Thread(
            province,
            houses["congan"],
            houses["yte"],
            houses["tram"],
            houses["ctxh"],
            province.worker(houses["congan"], "police_officer"),
            province.worker(houses["congan"], "supervisor"),
            province.worker(houses["yte"], "health_worker"),
            province.worker(houses["tram"], "health_worker"),
            province.worker(houses["ctxh"], "social_worker"),
        )


@pytest.fixture
def time_machine_hours() -> Iterator[Callable[[float], None]]:
    """Let hours pass on the product's clock: `time_machine_hours(25)`."""
    from datetime import timedelta

    from referral.kernel.clock import clock

    before = clock.shift

    def pass_hours(hours: float) -> None:
        clock.shift += timedelta(hours=hours)

    yield pass_hours
    clock.shift = before
