"""A lost server and the one that takes its place, for the tests of restoring."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from referral.agencies.directory import log_heads
from referral.audit.shipments import ship
from referral.cli.backup import write_backup
from referral.jobs.shipping import ship_tombstones
from referral.kernel import db
from referral.kernel.actor import SYSTEM
from referral.kernel.instance import ROOT_SEALED, instance, shipping
from tests.factories.province import ROOT_PASSPHRASE
from tests.infrastructure.application import (
    ROOT,
    Environment,
    application,
    clean_environment,
    environment_for,
    migrated_database,
)

__all__ = ["Kept", "Target", "keep", "log_heads", "new_server", "ship", "ship_now"]
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}
SETTINGS = {"SECOND_FACTOR": "0", "STATISTICS_THRESHOLD": "3"}


def ship_now() -> None:
    """What the job does each minute."""
    with db.unit_of_work():
        ship_tombstones(SYSTEM, None)


@dataclass
class Kept:
    """What has left the host: the backup, the root's file, and the folder of tombstones."""

    backup: Path
    root_file: Path
    folder: Path

    def fetch(self) -> None:
        """Copy the folder away, as the operator does each day."""
        shutil.copytree(shipping.folder, self.folder, dirs_exist_ok=True)


def keep(folder: Path) -> Kept:
    """Make a backup now, and take the root's file off the server."""
    away = folder / "away"
    away.mkdir()
    root_file = away / "root.key"
    sealed = instance.read(ROOT_SEALED)
    assert sealed is not None
    root_file.write_bytes(sealed)
    db.rollback()
    write_backup(away / "backup.gbv")
    return Kept(away / "backup.gbv", root_file, away / "tombstones")


@dataclass
class Target:
    """The new server: empty tables, an empty folder."""

    environment: Environment
    folder: Path

    def run(
        self, *arguments: str, program: tuple[str, ...] = ("-m", "flask", "--app", "wsgi")
    ) -> Any:
        """A `flask` command in a process of its own."""
        return subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=ROOT,
            env=clean_environment(self.environment) | {"ROOT_PASSPHRASE": ROOT_PASSPHRASE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def restore(self, kept: Kept, *more: str, **named: Any) -> Any:
        """`flask restore` as the drill has it."""
        return self.run(
            "restore", str(kept.backup), "--root-file", str(kept.root_file), *more, **named
        )

    @contextmanager
    def serve(self) -> Iterator[Any]:
        """The product on what was restored, in this process."""
        db.db.session.remove()
        app = application(self.environment)
        with app.app_context():
            yield app
            db.rollback()
            db.db.session.remove()
            for engine in db.db.engines.values():
                engine.dispose()


@contextmanager
def new_server(engine: str, run_folder: Path, folder: Path) -> Iterator[Target]:
    """A migrated, empty database on `engine` and an empty instance folder."""
    place = folder / f"new-{engine}"
    place.mkdir()
    with migrated_database(engine, run_folder, place) as url:
        yield Target(environment_for(url, place, **SETTINGS), place)


def entries_of(rows: Any, case_id: UUID, wanted: Callable[[Any], bool]) -> list[Any]:
    """Strand rows of a case out of a thief's copy."""
    return [r for r in rows["strand_entry"] if r["case_id"] == case_id and wanted(r)]
