"""Fixtures of the small province, on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from referral.kernel.actor import Actor
from tests.factories.province import House, Province


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


@pytest.fixture
def thread(province: Province) -> Thread:
    """The houses and signed-in people of the thread."""
    police = province.house("congan", "commune_police", "police_officer", "supervisor")
    hospital = province.house("yte", "health_facility", "health_worker")
    clinic = province.house("tram", "health_facility", "health_worker")
    social = province.house("ctxh", "social_services", "social_worker")
    return Thread(
        province,
        police,
        hospital,
        clinic,
        social,
        province.worker(police, "police_officer"),
        province.worker(police, "supervisor"),
        province.worker(hospital, "health_worker"),
        province.worker(clinic, "health_worker"),
        province.worker(social, "social_worker"),
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
