from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, insert, select

from referral.kernel import db
from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import ENGINES, Installation, installation, tidy
from tests.factories.province import House, Province

PLANS = (
    Plan("congan", "commune_police", ("police_officer", "supervisor", "privacy_officer")),
    Plan("yte", "health_facility", ("health_worker",)),
)


@dataclass
class Office:
    """A station and a hospital of one installation, and who is signed in there."""

    home: Installation
    province: Province
    police: House
    hospital: House

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.police, "police_officer")

    @property
    def supervisor(self) -> Actor:
        return self.province.worker(self.police, "supervisor")

    @property
    def privacy_officer(self) -> Actor:
        return self.province.worker(self.police, "privacy_officer")

    @property
    def nurse(self) -> Actor:
        return self.province.worker(self.hospital, "health_worker")


@contextmanager
def put_back(*tables: Table) -> Iterator[None]:
    """Rows stand afterwards as they stood before, whatever a writer to the database did to them."""
    db.rollback()
    with db.db.engine.begin() as writer:
        rows = {t: [dict(r) for r in writer.execute(select(t)).mappings()] for t in tables}
    yield
    db.rollback()
    with db.db.engine.begin() as writer:
        for table in tables:
            writer.execute(delete(table))
            if rows[table]:
                writer.execute(insert(table), rows[table])
    db.session().expire_all()


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder, PLANS) as home:
        yield Office(home, home.province, *home.province.houses.values())


@pytest.fixture
def office(standing: Office) -> Iterator[Office]:
    """One installation a module; each test finds the clock right and no transaction open."""
    with tidy():
        yield standing
