"""What a thief takes: dump, files of the database, instance folder, logs, temporary files."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url, text

from referral.kernel import db
from tests.infrastructure import postgres


def take(url: str, into: Path) -> None:
    """Put the dump and the raw files of the installation's database into a folder."""
    into.mkdir()
    if url.startswith("sqlite"):
        _take_sqlite(Path(url.removeprefix("sqlite:///")), into)
    else:
        _take_postgres(url, into)


def _take_sqlite(path: Path, into: Path) -> None:
    for file in sorted(path.parent.glob(f"{path.name}*")):  # with -wal and -shm, as they lie there
        shutil.copy(file, into / file.name)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (into / "dump.sql").write_text("\n".join(connection.iterdump()), encoding="utf-8")


def _take_postgres(url: str, into: Path) -> None:
    address = make_url(url)
    server, name = Path(str(address.query["host"])), str(address.database)
    # What only lay in memory is written, so that the data files say all that they ever will.
    postgres.execute(server, "CHECKPOINT")
    number = db.session().scalar(
        text("SELECT oid FROM pg_database WHERE datname = :n"), {"n": name}
    )
    db.rollback()
    target = server / f"{name}.sql"
    postgres._run("pg_dump", "-h", server, "-U", postgres.SERVER_USER, "-f", target, name)
    shutil.copy(target, into / "dump.sql")
    target.unlink()
    cluster = server / "cluster"
    for part in (f"base/{number}", "pg_wal", "pg_xact", "global"):
        shutil.copytree(cluster / part, into / part.replace("/", "-"))
    shutil.copy(server / "server.log", into / "server.log")
    assert os.listdir(into / "pg_wal")  # noqa: PTH208 - a name is enough here
