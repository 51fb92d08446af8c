"""A filled database and its instance folder, kept once a run, and put back after each request.

Putting back costs milliseconds on SQLite and a tenth of a second on PostgreSQL, so that thousands
of requests may each begin from the same place.
"""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.infrastructure import postgres
from tests.infrastructure.application import (
    TEMPLATE,
    Environment,
    application,
    environment_for,
    flask,
    postgres_folder,
)
from tests.infrastructure.run_folder import once

SCHEME = "sqlite:///"
# What a refused or repeated request may add or touch: that somebody asked, and when.
TRACES = frozenset(
    {"audit_chain", "audit_entry", "audit_entry_body", "member_session", "sign_in_attempt"}
)


@dataclass
class Copy:
    """One test's copy of a kept installation, and where to take it from again."""

    environment: Environment
    kept: str
    kept_instance: Path

    @property
    def url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def instance(self) -> Path:
        return Path(self.environment["INSTANCE_PATH"])

    def put_back(self, app: Any = None) -> None:
        """As it was kept: every row, and every file of the instance folder.

        `app` lets go of its connections first, where the database is made anew.
        """
        if self.url.startswith(SCHEME):
            _copy_sqlite(self.kept, self.url)
        else:
            _let_go(app)
            folder, name = _postgres_place(self.url)
            postgres.drop(folder, name)
            postgres.create_from(folder, self.kept, name)
        for old in self.instance.rglob("*"):
            kept = self.kept_instance / old.relative_to(self.instance)
            if old.is_file() and ".db" not in old.name and not kept.exists():
                old.unlink()
        shutil.copytree(
            self.kept_instance,
            self.instance,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("*.db*"),
        )

    def digests(self, *, besides: Collection[str] = TRACES) -> dict[str, str]:
        """A digest of every table's rows, but those of `besides`, and of the release keys."""
        found = {name: digest for name, digest in _tables(self.url).items() if name not in besides}
        release = sorted(path.name for path in (self.instance / "release").glob("*"))
        return found | {"release keys": " ".join(release)}


def _let_go(app: Any) -> None:
    if app is None:
        return
    from referral.kernel.db import db

    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _copy_sqlite(source: str, target: str) -> None:
    with (
        closing(sqlite3.connect(source.removeprefix(SCHEME))) as kept,
        closing(sqlite3.connect(target.removeprefix(SCHEME), timeout=30)) as copy,
    ):
        kept.backup(copy)


def _postgres_place(url: str) -> tuple[Path, str]:
    address, _, folder = url.partition("?host=")
    return Path(folder), address.rpartition("/")[2]


def _tables(url: str) -> dict[str, str]:
    if url.startswith(SCHEME):
        with closing(sqlite3.connect(url.removeprefix(SCHEME), timeout=30)) as connection:
            listed = (
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
            return _digested(lambda query: connection.execute(query).fetchall(), listed)
    listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return _digested(lambda query: connection.execute(query).fetchall(), listed)


def _digested(ask: Callable[[Any], list[tuple[Any, ...]]], listed: str) -> dict[str, str]:
    found = {}
    for (name,) in ask(listed):
        rows = sorted(repr(row) for row in ask(f'SELECT * FROM "{name}"'))
        found[str(name)] = hashlib.sha256("\n".join(rows).encode()).hexdigest()[:16]
    return found


def keep(
    name: str, engine: str, run_folder: Path, build: Callable[[], Any], **settings: str
) -> dict[str, Any]:
    """Build an installation once a run; gives what `build` told, and where all of it is kept."""

    def make() -> dict[str, Any]:
        folder = run_folder / f"{name}-{engine}"
        shutil.rmtree(folder, ignore_errors=True)  # of a try that failed
        folder.mkdir()
        if engine == "sqlite":
            url = f"{SCHEME}{folder / 'referral.db'}"
            flask(environment_for(url, folder), "db", "upgrade")
            kept = url
        else:
            server = _postgres_with_template(run_folder)
            kept = f"kept_{name}"
            url = postgres.create_from(server, TEMPLATE, kept)
        app = application(environment_for(url, folder, **settings))
        with app.app_context():
            told = build()
        _let_go(app)
        return {"told": told, "kept": kept, "folder": str(folder), "settings": settings}

    return dict(once(run_folder, f"{name}-{engine}", make))


def _postgres_with_template(run_folder: Path) -> Path:
    from tests.infrastructure.application import _template

    _template("postgresql", run_folder)
    return postgres_folder(run_folder)


@contextmanager
def copy_of(kept: dict[str, Any], engine: str, run_folder: Path, folder: Path) -> Iterator[Copy]:
    """A copy of a kept installation in `folder`, gone afterwards."""
    source = Path(kept["folder"])
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*"))
    if engine == "sqlite":
        url = f"{SCHEME}{folder / 'referral.db'}"
        _copy_sqlite(kept["kept"], url)
        yield Copy(environment_for(url, folder, **kept["settings"]), kept["kept"], source)
        return
    server = postgres_folder(run_folder)
    name = f"copy_{folder.parent.name.lower()}"[:50].replace("-", "_")
    with suppress(psycopg.Error):
        postgres.drop(server, name)
    url = postgres.create_from(server, kept["kept"], name)
    try:
        yield Copy(environment_for(url, folder, **kept["settings"]), kept["kept"], source)
    finally:
        postgres.drop(server, name)
