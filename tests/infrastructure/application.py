"""The application under test on both engines, each test in a migrated database of its own.

The template is migrated once a run by the command an operator uses, `flask db upgrade`; every
test gets a copy of it, about 5 ms on SQLite and 0.1 s on PostgreSQL.
"""

import os
import re
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import CodeType
from typing import Any
from zlib import crc32

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from tests.infrastructure import postgres
from tests.infrastructure.run_folder import once

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "template_of_the_run"
DATABASE = "referral.db"

# The Argon2 floor: a test enrols many members. Never for an installation.
CHEAP = {"ARGON2_MEMORY_KIB": "19456", "ARGON2_PASSES": "2"}

Environment = dict[str, str]


def environment_for(database_url: str, instance: Path, **settings: str) -> Environment:
    """The settings of one test, as an installation would give them: environment variables."""
    return {"DATABASE_URL": database_url, "INSTANCE_PATH": str(instance), **CHEAP, **settings}


class _CompiledOnce(BytecodeCache):
    """Templates as compiled by the first application of this process; they never change."""

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key] = bucket.code


_compiled = _CompiledOnce()
_statements: LRUCache[Any, Any] = LRUCache(2_000)
for _kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    # A statement is compiled for a dialect; those of the engines of two tests are alike.
    _kind.__eq__ = lambda self, other: type(self) is type(other)
    _kind.__hash__ = lambda self: hash(type(self))


def _knowing_statements(app: Any) -> Any:
    """The same, with the SQL that other applications of this process have compiled."""
    from referral.kernel.db import db

    with app.app_context():
        db.engine.update_execution_options(compiled_cache=_statements)
    return app


def rooms(environment: Mapping[str, str]) -> Any:
    """The operations of the product under these settings, without its edges: far cheaper."""
    from referral.app import create_rooms
    from referral.kernel.settings import read_settings

    return _knowing_statements(create_rooms(read_settings(environment)))


def application(environment: Mapping[str, str]) -> Any:
    """The product under these settings, as `wsgi.py` makes it."""
    from referral.app import create_app
    from referral.kernel.settings import read_settings

    made = _knowing_statements(create_app(read_settings(environment)))
    made.jinja_env.bytecode_cache = _compiled
    return made


def let_go(app: Any) -> None:
    """Close what an application has open in the database."""
    from referral.kernel.db import db

    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def clean_environment(settings: Environment) -> Environment:
    """A subprocess's environment: these settings, and nothing of the developer's own."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR"}
    kept |= {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
    return {name: os.environ[name] for name in kept & set(os.environ)} | settings


def flask(settings: Environment, *arguments: str) -> str:
    """Run a `flask` command of the product in a process of its own; returns its output."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if answer.returncode:
        said = f"{answer.stdout}\n{answer.stderr}"
        raise AssertionError(f"flask {' '.join(arguments)} ended with {answer.returncode}:\n{said}")
    return answer.stdout


def postgres_folder(run_folder: Path) -> Path:
    """The folder of the run's PostgreSQL server, which is started if this is its first use.

    Skips the test, with the reason, where no server can be started; fails it where CI=true.
    """
    if reason := postgres.why_not():
        outcome = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        outcome(reason)

    folder = run_folder / "postgres"
    once(run_folder, "postgres-server", lambda: postgres.start(folder))
    return folder


def _template(engine: str, run_folder: Path) -> str:
    """Address of the migrated database of which every test's own is a copy."""

    def make() -> str:
        instance = run_folder / f"template-{engine}"
        instance.mkdir()
        url = f"sqlite:///{instance / DATABASE}"
        if engine == "postgresql":
            server = postgres_folder(run_folder)
            postgres.execute(server, f'CREATE DATABASE "{TEMPLATE}"')
            url = postgres.url(server, TEMPLATE)
        flask(environment_for(url, instance), "db", "upgrade")
        return url

    if engine == "postgresql":
        postgres_folder(run_folder)  # which skips where there is none
    return str(once(run_folder, f"template-{engine}", make))


def _copy(kept: str, run_folder: Path, folder: Path, name: str) -> str:
    """Copy the database at an address, to which nobody may be connected; gives the copy's own."""
    source = make_url(kept)
    if source.get_backend_name() == "postgresql":
        return postgres.create_from(postgres_folder(run_folder), str(source.database), name)
    target = folder / DATABASE
    with (
        closing(sqlite3.connect(str(source.database))) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
    return f"sqlite:///{target}"


@contextmanager
def copied_database(kept: str, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a copy of a kept database, thrown away at the end."""
    name = f"test_{secrets.token_hex(8)}"
    try:
        yield _copy(kept, run_folder, folder, name)
    finally:
        if kept.startswith("postgresql"):
            postgres.drop(postgres_folder(run_folder), name)


@contextmanager
def migrated_database(engine: str, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a fresh, migrated database on `engine` ("sqlite" or "postgresql")."""
    with copied_database(_template(engine, run_folder), run_folder, folder) as url:
        yield url


def keep_database(engine: str, run_folder: Path, folder: Path) -> str:
    """Address of a migrated database that stays until the run ends, to be copied from."""
    return _copy(_template(engine, run_folder), run_folder, folder, f"kept_{folder.name}")


@contextmanager
def empty_database(engine: str, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a database without tables, for the tests of migrations."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'empty.db'}"
        return
    server = postgres_folder(run_folder)
    name = f"empty_{secrets.token_hex(8)}"
    postgres.execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield postgres.url(server, name)
    finally:
        postgres.drop(server, name)


# What an engine decides: locks, races, constraints, what a crash leaves.
DECIDED_BY_ENGINE = re.compile(
    r"tests/(kernel|jobs|infrastructure)/|race|lock|migra|crash|attempts"
)


def in_turn(node_ids: Iterable[str]) -> set[str]:
    """Of tests that differ by the engine alone, the one of the two that waits for the long run.

    Its name decides which. Tests of what the engine decides wait on neither.
    """
    every, waiting = set(node_ids), set()
    for name in every:
        twin = name.replace("sqlite", "postgresql")
        if twin != name and twin in every and not DECIDED_BY_ENGINE.search(name):
            waiting.add((name, twin)[crc32(name.encode()) % 2])
    return waiting


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`make test` has ten minutes, and so one engine for most tests; `.ci/run` has both.

    What is `heavy` is long on PostgreSQL, and never takes turns.
    """
    for item in items:
        if item.get_closest_marker("heavy") and "postgresql" in item.nodeid:
            item.add_marker(pytest.mark.long)
    alike = {"heavy", "long"}
    waiting = in_turn(
        item.nodeid for item in items if not alike & {mark.name for mark in item.iter_markers()}
    )
    for item in items:
        if item.nodeid in waiting:
            item.add_marker(pytest.mark.long)


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """The instance folder of one test: keys, SQLite file, uploaded forms."""
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Both engines in turn; a test that needs one only parametrises this fixture itself."""
    return str(request.param)


@pytest.fixture
def engine_url(engine_name: str, run_folder: Path, instance: Path) -> Iterator[str]:
    """Address of a fresh, migrated database."""
    with migrated_database(engine_name, run_folder, instance) as url:
        yield url


@pytest.fixture
def empty_url(engine_name: str, run_folder: Path, instance: Path) -> Iterator[str]:
    """Address of a fresh database without tables."""
    with empty_database(engine_name, run_folder, instance) as url:
        yield url


@pytest.fixture
def settings_environment(engine_url: str, instance: Path) -> Environment:
    """The environment variables under which this test's installation runs."""
    return environment_for(engine_url, instance)


@pytest.fixture
def make_app(settings_environment: Environment) -> Iterator[Callable[..., Any]]:
    """Build the application on this test's database; keywords are further settings by name."""
    made = []

    def make(**settings: str) -> Any:
        app = application({**settings_environment, **settings})
        made.append(app)
        return app

    yield make
    for app in made:
        let_go(app)


@pytest.fixture
def app(make_app: Callable[..., Any]) -> Any:
    """The application under test, without an application context pushed."""
    return make_app()


@pytest.fixture
def client(app: Any) -> Any:
    """A browser without script or session; cookies are kept."""
    return app.test_client()
