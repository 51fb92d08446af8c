from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.kernel import db
from tests.accounts.station import PLANS, Station
from tests.factories.installation import ENGINES, installation, tidy


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("instance")
    settings = getattr(request.module, "SETTINGS", {})
    with installation(request.param, run_folder, folder, PLANS, **settings) as home:
        yield Station.of(home)


@pytest.fixture
def station(standing: Station) -> Iterator[Station]:
    """One installation a module; each test finds the clock right and no transaction open."""
    with tidy():
        yield standing
        db.rollback()
