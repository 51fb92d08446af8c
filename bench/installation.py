"""An installation of the bench's own, on either engine, with services, people and cases."""

import gc
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from referral.app import create_app
from referral.cases import service as cases
from referral.cases.bulk import Sections
from referral.cli.demo import bulk
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.settings import read_settings
from tests.factories.province import Province, consent_of
from tests.infrastructure import postgres

UNIT = "20050"
ACCOUNT = "Tối qua chồng say rượu, đánh vào đầu và tay, con nhỏ chứng kiến. " * 12
SIX_SECTIONS: dict[str, dict[str, Any]] = {
    "incident_report": {
        "received_at": "2024-11-25T14:00:00Z",
        "channel": "call_or_message",
        "immediate_danger": "yes",
        "least_facts": ACCOUNT[:600],
    },
    "identity": {"spoken_name": "Hồ Thị Mây", "age_band": "25_39", "sex": "female"},
    "safe_contact": {"reach": "set_times", "phone": "0400123456"},
    "incident": {"forms": ["physical"], "unit": UNIT, "account": ACCOUNT},
    "needs": {"needs": ["health_care"], "children_count": 1},
    "medical": {"seen_at": "2024-11-25T15:00:00Z", "findings": ACCOUNT},
}


@dataclass
class Installation:
    """What the measured operations act on."""

    settings: dict[str, str]
    officer_name: str
    nurse_name: str
    hospital_id: UUID
    hospital_circle: UUID
    officer_token: str
    nurse_token: str
    boss_token: str
    officer: Actor
    _standing: int = 0

    def fill(self, count: int) -> list[UUID]:
        """Until the circle has `count` whole cases; gives the new ones."""
        return self._fill(bulk.fill_cases, count)

    def grow(self, count: int) -> None:
        """Until it has `count`, of which the further ones are only listed and found."""
        self._fill(bulk.fill_cards, count)

    def add(self, count: int) -> None:
        """So many whole cases more."""
        self.fill(self._standing + count)

    def _fill(self, fill: Callable[[Actor, list[Sections]], list[UUID]], count: int) -> list[UUID]:
        missing = max(0, count - self._standing)
        made = fill(self.officer, bulk.survivors(self._standing, missing))
        self._standing += missing
        with db.unit_of_work():  # as a server's autovacuum does within a minute
            db.session().execute(text("ANALYZE"))
        return made

    @cached_property
    def big_case(self) -> UUID:
        """One that is opened again and again."""
        return self.make_big_case()

    def make_big_case(self) -> UUID:
        """A case of six sections with a consent for the hospital."""
        with db.unit_of_work():
            case = cases.open_case(self.officer, None, sections=SIX_SECTIONS)
        kinds = ["incident", "needs", "safe_contact"]
        consent_of(self.officer, case, agency_id=self.hospital_id, kinds=kinds)
        return case.id


@contextmanager
def engines() -> Iterator[dict[str, str]]:
    """Name and address of each database there is here; an empty address is SQLite's own file."""
    found = {"SQLite": ""}
    if postgres.why_not() is not None:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="referral-bench-") as name:
        Path(name).chmod(0o711)
        folder = Path(name) / "postgres"
        try:
            postgres.start(folder)
            postgres.execute(folder, "CREATE DATABASE bench")
            yield {**found, "PostgreSQL": postgres.url(folder, "bench")}
        finally:
            postgres.stop(folder)


@contextmanager
def installed(address: str) -> Iterator[Installation]:
    """An application in force with the full Argon2 setting, and nothing of it left afterwards."""
    with tempfile.TemporaryDirectory(prefix="referral-bench-") as folder:
        settings = {"INSTANCE_PATH": folder, "DATABASE_URL": address, "SECOND_FACTOR": "0"}
        app = create_app(read_settings(settings))
        with app.app_context():
            try:
                db.db.create_all()
                gc.collect()
                gc.freeze()  # as wsgi.py does
                yield _people(settings)
            finally:
                db.db.session.remove()
                db.db.engine.dispose()


def _people(settings: dict[str, str]) -> Installation:
    province = Province()
    province.house("tk", "lead_department", "statistician", unit="481")
    police = province.house("ca", "commune_police", "police_officer")
    hospital = province.house("yt", "health_facility", "health_worker")
    officer, nurse = police.users["police_officer"], hospital.users["health_worker"]
    return Installation(
        settings,
        officer,
        nurse,
        hospital.id,
        hospital.circle_id(),
        province.token(officer),
        province.token(nurse),
        province.token(police.administrator),
        province.actor(officer),
    )


def soon() -> Any:
    """A first contact in an hour."""
    return clock.now() + timedelta(hours=1)
