"""District police that end on 1 July 2025, the communes that succeed them, a hospital."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referral.kernel import clock
from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation, installation
from tests.factories.province import House, Province
from tests.succession.ending import on

POLICE = ("police_officer", "supervisor")
HOUSES = (
    Plan("huyen", "district_police", POLICE),
    Plan("xa", "commune_police", POLICE),
    Plan("yte", "health_facility", ("health_worker",)),
    Plan("xa-bac", "commune_police", ("police_officer",)),
    Plan("xa-nam", "commune_police", ("police_officer",)),
    Plan("hoi-huyen", "womens_union", ("shelter_keeper",)),
    Plan("hoi-xa", "womens_union", ("shelter_keeper",)),
    Plan("so-cu", "lead_department", ("statistician", "approver")),
    Plan("so-moi", "lead_department", ("statistician", "approver")),
)


@dataclass
class Reform:
    """Who takes part; the day is 20 June 2025 at first."""

    province: Province
    home: Installation

    @property
    def app(self) -> Any:
        """The same installation with its pages, API and commands; the day stays as it is."""
        shift = clock.clock.shift
        app = self.home.whole
        clock.clock.shift = shift
        return app

    def house(self, name: str) -> House:
        return self.province.houses[name]

    def worker(self, name: str, role: str) -> Actor:
        return self.province.worker(self.house(name), role)

    @property
    def district(self) -> House:
        return self.house("huyen")

    @property
    def ward(self) -> House:
        return self.house("xa")

    @property
    def hospital(self) -> House:
        return self.house("yte")

    @property
    def old_officer(self) -> Actor:
        return self.worker("huyen", "police_officer")

    @property
    def officer(self) -> Actor:
        return self.worker("xa", "police_officer")

    @property
    def nurse(self) -> Actor:
        return self.worker("yte", "health_worker")


@pytest.fixture
def reform(engine_name: str, run_folder: Path, instance: Path) -> Iterator[Reform]:
    with installation(engine_name, run_folder, instance, HOUSES) as home:
        shift = clock.clock.shift
        on(date(2025, 6, 20))
        yield Reform(home.province, home)
        clock.clock.shift = shift
