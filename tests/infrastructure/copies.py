"""A filled database and its instance folder, kept once a run, and put back after each request.

Putting back costs a few milliseconds on both engines, so that thousands of requests may each begin
from the same place.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infrastructure.application import (
    Environment,
    application,
    copied_database,
    environment_for,
    keep_database,
    let_go,
)
from tests.infrastructure.putting_back import Postgres, Sqlite, database_at
from tests.infrastructure.run_folder import once

# What a refused or repeated request may add or touch: that somebody asked, and when.
TRACES = frozenset(
    {"audit_chain", "audit_entry", "audit_entry_body", "member_session", "sign_in_attempt"}
)
RELEASE = "release keys"


@dataclass
class Copy:
    """One test's copy of a kept installation, and where to take it from again."""

    environment: Environment
    database: Sqlite | Postgres
    kept_instance: Path

    @property
    def url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def instance(self) -> Path:
        return Path(self.environment["INSTANCE_PATH"])

    def put_back(self, *, is_open: bool = True) -> None:
        """As it was kept: every row, and every file of the instance folder."""
        self.database.put_back(is_open=is_open)
        kept, there = _files(self.kept_instance), _files(self.instance)
        for name in there.keys() - kept.keys():
            (self.instance / name).unlink()
        for name in kept:
            if kept[name] != there.get(name):
                shutil.copy2(self.kept_instance / name, self.instance / name)

    def changed(self, *, besides: Collection[str] = TRACES) -> set[str]:
        """The tables whose rows are not as they were kept, and whether the release keys are not."""
        found = self.database.changed() - set(besides)
        return found if self.release_keys() == _names(self.kept_instance) else found | {RELEASE}

    def release_keys(self) -> set[str]:
        """The payloads that have a release key, by its file's name."""
        return _names(self.instance)

    def counts(self, names: Iterable[str]) -> dict[str, int]:
        """How many rows stand in each of these tables."""
        asked = [f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names]
        return dict(self.database.ask(" UNION ALL ".join(asked))) if asked else {}

    def contents(self) -> dict[str, list[str]]:
        """Every table's rows, but those of `TRACES`, and the release keys."""
        rows = {name: found for name, found in self.database.rows().items() if name not in TRACES}
        told = {name: sorted(map(repr, found)) for name, found in rows.items()}
        return told | {RELEASE: sorted(self.release_keys())}


def _names(instance: Path) -> set[str]:
    return {path.name for path in (instance / "release").glob("*")}


def _files(instance: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file of an instance folder, the database apart."""
    paths = [path for path in instance.rglob("*") if path.is_file() and ".db" not in path.name]
    told = {str(path.relative_to(instance)): path.stat() for path in paths}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in told.items()}


def keep(
    name: str, engine: str, run_folder: Path, build: Callable[[], Any], **settings: str
) -> dict[str, Any]:
    """Build an installation once a run; gives what `build` told, and where all of it is kept."""

    def make() -> dict[str, Any]:
        folder = run_folder / f"{name}-{engine}"
        shutil.rmtree(folder, ignore_errors=True)  # of a try that failed
        folder.mkdir()
        url = keep_database(engine, run_folder, folder)
        app = application(environment_for(url, folder, **settings))
        with app.app_context():
            told = build()
        let_go(app)
        return {"told": told, "url": url, "folder": str(folder), "settings": settings}

    return dict(once(run_folder, f"{name}-{engine}", make))


@contextmanager
def copy_of(kept: dict[str, Any], run_folder: Path, folder: Path) -> Iterator[Copy]:
    """A copy of a kept installation in `folder`, gone afterwards."""
    source = Path(kept["folder"])
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.db*"))
    with copied_database(kept["url"], run_folder, folder) as url:
        database = database_at(url)
        try:
            yield Copy(environment_for(url, folder, **kept["settings"]), database, source)
        finally:
            database.close()
