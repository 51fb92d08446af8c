from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import ENGINES, Installation, installation, tidy
from tests.factories.province import House, Province

PLANS = (
    Plan("congan", "commune_police", ("police_officer",)),
    Plan("yte", "health_facility", ("health_worker",)),
    Plan("nha", "shelter", ("shelter_keeper",)),
    Plan("vanhanh", "operator", ("system_administrator",)),
)


@dataclass
class Directory:
    """Agencies of one installation: a station, a hospital, shelters of two areas, the operator."""

    home: Installation
    province: Province
    police: House
    hospital: House
    shelter: House
    operator: House

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.police, "police_officer")

    @property
    def administrator(self) -> Actor:
        return self.province.actor(self.police.administrator)


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[Directory]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder, PLANS) as home:
        yield Directory(home, home.province, *home.province.houses.values())


@pytest.fixture
def listed(standing: Directory) -> Iterator[Directory]:
    """One installation a module; each test finds the clock right and no transaction open."""
    with tidy():
        yield standing
