from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.district import PLANS, District
from tests.factories.installation import ENGINES, installation, tidy


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[District]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder, PLANS) as home:
        yield District.of(home)


@pytest.fixture
def district(standing: District) -> Iterator[District]:
    """One installation a module; each test finds the clock right and no transaction open."""
    with tidy():
        yield standing
