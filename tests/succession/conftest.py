"""District police that end on 1 July 2025, the communes that succeed them, a hospital."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referral.kernel import clock
from referral.kernel.actor import Actor
from tests.factories.fixtures import province_of
from tests.factories.province import House, Province
from tests.succession.ending import on

POLICE = ("police_officer", "supervisor")
HOUSES = (
    ("huyen", "district_police", POLICE),
    ("xa", "commune_police", POLICE),
    ("yte", "health_facility", ("health_worker",)),
    ("xa-bac", "commune_police", ("police_officer",)),
    ("xa-nam", "commune_police", ("police_officer",)),
    ("hoi-huyen", "womens_union", ("shelter_keeper",)),
    ("hoi-xa", "womens_union", ("shelter_keeper",)),
    ("so-cu", "lead_department", ("statistician", "approver")),
    ("so-moi", "lead_department", ("statistician", "approver")),
)


@dataclass
class Reform:
    """Who takes part; the day is 20 June 2025 at first."""

    province: Province
    app: Any

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
    with province_of(engine_name, run_folder, instance, "reform", HOUSES) as (province, app):
        shift = clock.clock.shift
        on(date(2025, 6, 20))
        yield Reform(province, app)
        clock.clock.shift = shift
