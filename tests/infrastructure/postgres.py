"""A private PostgreSQL server for one test run, from the binaries of the system.

It listens on a Unix socket in the run's folder and nowhere else, and gives up durability for
speed. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg

SPEED = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB"
SERVER_USER = "postgres"


def find_binaries() -> Path | None:
    """Folder of initdb and pg_ctl: $POSTGRES_BIN, pg_config's, or the newest that Debian has."""
    candidates = []
    if named := os.environ.get("POSTGRES_BIN"):
        candidates.append(Path(named))
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True)
        candidates.append(Path(answer.stdout.strip()))
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    candidates += sorted(packaged, key=lambda path: float(path.parent.name), reverse=True)
    return next((path for path in candidates if (path / "initdb").exists()), None)


def why_not() -> str | None:
    """The reason why no server can be started here, or nothing."""
    if find_binaries() is None:
        return "no PostgreSQL binaries (tools/system-deps.sh installs them)"
    if os.geteuid() == 0 and SERVER_USER not in {entry.pw_name for entry in pwd.getpwall()}:
        return f"root cannot run PostgreSQL and there is no user {SERVER_USER}"
    return None


def start(folder: Path) -> None:
    """Initialise and start a server whose cluster and socket are in `folder`; ready on return."""
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, SERVER_USER, SERVER_USER)
    cluster = folder / "cluster"
    authority = ["-U", SERVER_USER, "-A", "trust"]
    _run("initdb", "-D", cluster, *authority, "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-c listen_addresses='' -k {folder} -c max_connections=200 {SPEED}"
    log = folder / "server.log"
    try:
        _run("pg_ctl", "-D", cluster, "-w", "-l", log, "-o", options, "start")
    except RuntimeError as failure:
        failure.add_note(log.read_text() if log.exists() else "no server log")
        raise


def stop(folder: Path) -> None:
    """Stop the server of `folder` if one was started; what it held is thrown away."""
    if (folder / "cluster" / "postmaster.pid").exists():
        _run("pg_ctl", "-D", folder / "cluster", "-w", "-m", "immediate", "stop")


def url(folder: Path, database: str) -> str:
    return f"postgresql+psycopg://{SERVER_USER}@/{database}?host={folder}"


def execute(folder: Path, statement: str) -> None:
    """One statement outside a transaction, as CREATE and DROP DATABASE demand."""
    address = f"postgresql://{SERVER_USER}@/postgres?host={folder}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(cast("LiteralString", statement))


def create_from(folder: Path, template: str, database: str) -> str:
    """A copy of `template`, to which nobody may be connected; returns its address."""
    execute(folder, f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
    return url(folder, database)


def drop(folder: Path, database: str) -> None:
    execute(folder, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _run(program: str, *arguments: str | Path) -> None:
    binaries = find_binaries()
    if binaries is None:
        raise RuntimeError(why_not())
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        identity = {"user": SERVER_USER, "group": SERVER_USER, "extra_groups": []}
    command = [str(binaries / program), *map(str, arguments)]
    # The server inherits pg_ctl's output, and a pipe that it held would never close.
    answer = subprocess.run(
        command,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
        text=True,
        check=False,
        **identity,
    )
    if answer.returncode:
        raise RuntimeError(f"{program} failed ({answer.returncode}): {answer.stderr or ''}")
