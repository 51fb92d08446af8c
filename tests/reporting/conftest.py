from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.installation import ENGINES, installation, tidy
from tests.reporting.bureau import PLANS, Bureau


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[Bureau]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder, PLANS) as home:
        yield Bureau.of(home)


@pytest.fixture
def bureau(standing: Bureau) -> Iterator[Bureau]:
    """One installation a module; each test finds the clock right and no transaction open."""
    with tidy():
        yield standing
