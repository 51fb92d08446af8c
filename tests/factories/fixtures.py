"""Fixtures of the small province, on both engines."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation, installation, stand
from tests.factories.province import House, Province
from tests.infrastructure.application import application


@pytest.fixture
def province(settle: "Callable[..., Installation]") -> Province:
    """An empty province in an application context; sign-in asks for no second factor."""
    return settle(()).province


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
    Plan("congan", "commune_police", ("police_officer", "supervisor")),
    Plan("yte", "health_facility", ("health_worker",)),
    Plan("tram", "health_facility", ("health_worker",)),
    Plan("ctxh", "social_services", ("social_worker",)),
)


@pytest.fixture
def settle(
    engine_name: str, run_folder: Path, instance: Path
) -> Iterator[Callable[..., Installation]]:
    """Houses in a database of this test's own, its context open: `settle(PLANS, SETTING="1")`."""
    with ExitStack() as stack:

        def make(plans: Sequence[Plan], **settings: str) -> Installation:
            home = installation(engine_name, run_folder, instance, plans, **settings)
            return stack.enter_context(home)

        yield make


@pytest.fixture
def settle_whole(
    engine_name: str, run_folder: Path, instance: Path
) -> Iterator[Callable[..., Installation]]:
    """As `settle`, with pages, API and commands, and no context open."""
    with ExitStack() as stack:

        def make(plans: Sequence[Plan], **settings: str) -> Installation:
            home = stand(engine_name, run_folder, instance, plans, make=application, **settings)
            return stack.enter_context(home)

        yield make


@pytest.fixture
def thread(settle: Callable[..., Installation]) -> Thread:
    """The houses and signed-in people of the thread, in a database of this test's own."""
    province = settle(HOUSES).province
    houses = province.houses
    return Thread(
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
