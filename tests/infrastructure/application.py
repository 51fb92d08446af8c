"""The application under test on both engines, each test in a migrated database of its own.

The template is migrated once a run by the command an operator uses, `flask db upgrade`; every
test gets a copy of it, about 5 ms on SQLite and 0.1 s on PostgreSQL.
"""

import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import make_url

from tests.infrastructure import postgres
from tests.infrastructure.run_folder import once

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "template_of_the_run"

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


def application(environment: Mapping[str, str]) -> Any:
    """The product under these settings, as `wsgi.py` makes it."""
    from referral.app import create_app
    from referral.kernel.settings import read_settings

    made = create_app(read_settings(environment))
    made.jinja_env.bytecode_cache = _compiled
    return made


def clean_environment(settings: Environment) -> Environment:
    """A subprocess's environment: these settings, and nothing of the developer's own."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONDONTWRITEBYTECODE"}
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


def _sqlite_template(run_folder: Path) -> str:
    def make() -> str:
        instance = run_folder / "sqlite"
        instance.mkdir()
        path = instance / "template.db"
        flask(environment_for(f"sqlite:///{path}", instance), "db", "upgrade")
        return str(path)

    return str(once(run_folder, "sqlite-template", make))


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


def _postgres_template(run_folder: Path) -> Path:
    folder = postgres_folder(run_folder)

    def make() -> None:
        postgres.execute(folder, f'CREATE DATABASE "{TEMPLATE}"')
        instance = run_folder / "postgres-instance"
        instance.mkdir(exist_ok=True)
        flask(environment_for(postgres.url(folder, TEMPLATE), instance), "db", "upgrade")

    once(run_folder, "postgres-template", make)
    return folder


def _copy_sqlite(run_folder: Path, target: Path) -> str:
    template = _sqlite_template(run_folder)
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return f"sqlite:///{target}"


@contextmanager
def migrated_database(engine: str, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a fresh, migrated database on `engine` ("sqlite" or "postgresql")."""
    if engine == "sqlite":
        yield _copy_sqlite(run_folder, folder / "referral.db")
        return
    server = _postgres_template(run_folder)
    name = f"test_{secrets.token_hex(8)}"
    try:
        yield postgres.create_from(server, TEMPLATE, name)
    finally:
        postgres.drop(server, name)


@contextmanager
def keep_database(engine: str, run_folder: Path, folder: Path) -> Iterator[str]:
    """Address of a migrated database that stays until the run ends, to be copied from."""
    if engine == "sqlite":
        yield _copy_sqlite(run_folder, folder / "referral.db")
        return
    yield postgres.create_from(_postgres_template(run_folder), TEMPLATE, f"kept_{folder.name}")


@contextmanager
def copied_database(engine: str, run_folder: Path, folder: Path, kept: str) -> Iterator[str]:
    """Address of a fresh copy of a database that `keep_database` gave."""
    if engine == "sqlite":
        target = folder / "referral.db"
        source_path = kept.removeprefix("sqlite:///")
        with (
            closing(sqlite3.connect(source_path)) as source,
            closing(sqlite3.connect(target)) as to,
        ):
            source.backup(to)
        yield f"sqlite:///{target}"
        return
    server = postgres_folder(run_folder)
    name = f"test_{secrets.token_hex(8)}"
    try:
        yield postgres.create_from(server, str(make_url(kept).database), name)
    finally:
        postgres.drop(server, name)


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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`heavy`: long on PostgreSQL, since `make test` has ten minutes; `.ci/run` has both."""
    for item in items:
        if item.get_closest_marker("heavy") and "postgresql" in item.nodeid:
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
    from referral.kernel.db import db

    made = []

    def make(**settings: str) -> Any:
        app = application({**settings_environment, **settings})
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Any]) -> Any:
    """The application under test, without an application context pushed."""
    return make_app()


@pytest.fixture
def client(app: Any) -> Any:
    """A browser without script or session; cookies are kept."""
    return app.test_client()
