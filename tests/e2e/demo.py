"""The demo as its command loads it, once a run and engine; every test gets a copy of its own."""

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import make_url

from tests.infrastructure import postgres
from tests.infrastructure.application import (
    Environment,
    environment_for,
    flask,
    migrated_database,
    postgres_folder,
)
from tests.infrastructure.run_folder import once

SQLITE, POSTGRES = "referral.db", "demo_of_the_run"


def _load(engine: str, run_folder: Path, instance: Path) -> str:
    instance.mkdir(mode=0o700)
    with migrated_database(engine, run_folder, instance) as url:
        flask(environment_for(url, instance), "demo", "load", "--cases", "1")
        if engine == "postgresql":
            database = str(make_url(url).database)
            postgres.create_from(postgres_folder(run_folder), database, POSTGRES)
    return str(instance)


@contextmanager
def demo_copy(engine: str, run_folder: Path, instance: Path) -> Iterator[Environment]:
    """Settings of an installation with the demo in it: one invented case, every member enrolled."""
    folder = run_folder / f"demo-{engine}"
    loaded = Path(once(run_folder, f"demo-{engine}", lambda: _load(engine, run_folder, folder)))
    shutil.copytree(
        loaded, instance, dirs_exist_ok=True, ignore=shutil.ignore_patterns(f"{SQLITE}*")
    )
    if engine == "sqlite":
        with (
            closing(sqlite3.connect(loaded / SQLITE)) as source,
            closing(sqlite3.connect(instance / SQLITE)) as copy,
        ):
            source.backup(copy)
        yield environment_for(f"sqlite:///{instance / SQLITE}", instance, SECOND_FACTOR="1")
        return
    server = postgres_folder(run_folder)
    name = f"demo_{secrets.token_hex(8)}"
    try:
        url = postgres.create_from(server, POSTGRES, name)
        yield environment_for(url, instance, SECOND_FACTOR="1")
    finally:
        postgres.drop(server, name)
