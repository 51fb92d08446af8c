"""What is different in a database since a moment, exactly and cheaply, and that moment again.

On both engines the cost follows what was changed: nothing, as after most requests that are killed
or refused, is seen in a millisecond on SQLite and in three on PostgreSQL.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg

Rows = list[tuple[Any, ...]]
SCHEME = "sqlite:///"


class Sqlite:
    """A database in a file; the moment is the file's bytes."""

    def __init__(self, url: str) -> None:
        self.path = Path(url.removeprefix(SCHEME))
        self.moment = self.path.with_name(f"{self.path.name}-moment")
        self.remember()

    def remember(self) -> None:
        """From here on, what is now is what is put back."""
        self._image = self._committed()
        self.moment.write_bytes(self._image)
        self._rows = self.rows()

    def ask(self, query: str) -> Rows:
        """The rows of a query."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.execute(query).fetchall()

    def rows(self) -> dict[str, Rows]:
        """The rows of every table."""
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            names = [name for (name,) in connection.execute(listed)]
            return {n: connection.execute(f'SELECT * FROM "{n}"').fetchall() for n in names}

    def changed(self) -> set[str]:
        """The tables whose rows are not those of the moment."""
        if self._committed() == self._image:
            return set()
        return {name for name, rows in self.rows().items() if _differ(rows, self._rows[name])}

    def put_back(self, *, is_open: bool) -> None:
        """As it was at the moment; whoever has it open sees that too."""
        if is_open:
            copy_sqlite(str(self.moment), str(self.path))
            return
        for part in ("-wal", "-shm"):
            self.path.with_name(f"{self.path.name}{part}").unlink(missing_ok=True)
        self.path.write_bytes(self._image)

    def close(self) -> None:
        """Nothing stands open."""

    def _committed(self) -> bytes:
        """The pages as committed: those of the file, unless the write-ahead log has others."""
        log = self.path.with_name(f"{self.path.name}-wal")
        if not log.exists() or log.stat().st_size == 0:
            return self.path.read_bytes()
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return connection.serialize()


def _differ(some: Iterable[Any], others: Iterable[Any]) -> bool:
    """Whether the rows are others, in whatever order they stand."""
    return list(some) != list(others) and sorted(map(repr, some)) != sorted(map(repr, others))


def copy_sqlite(source: str, target: str) -> None:
    """Copy a whole database into another, which may be open."""
    with (
        closing(sqlite3.connect(source)) as kept,
        closing(sqlite3.connect(target, timeout=30)) as copy,
    ):
        kept.backup(copy)


class Postgres:
    """A database of a server; the moment is where each row stands, who wrote it, and its text.

    A row that is written has a new place or a new writer, so that these two tell every change.
    """

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        self._tell("SET lock_timeout = '30s'")
        listed = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        self._tables = [name for (name,) in self.ask(listed)]
        self._versions_of_all = " UNION ALL ".join(
            f"SELECT '{name}', string_agg(ctid || ' ' || xmin, '|') FROM \"{name}\""
            for name in self._tables
        )
        self.remember()

    def remember(self) -> None:
        """From here on, what is now is what is put back."""
        self._rows = {name: self._rows_of(name) for name in self._tables}
        self._versions = self._versions_now()

    def ask(self, query: str) -> Rows:
        """The rows of a query."""
        answer = self._connection.execute(cast("LiteralString", query), prepare=True)
        return answer.fetchall()

    def rows(self) -> dict[str, Rows]:
        """The rows of every table."""
        return {name: self.ask(f'SELECT * FROM "{name}"') for name in self._tables}

    def changed(self) -> set[str]:
        """The tables whose rows are not those of the moment."""
        return {
            name
            for name in self._written()
            if _differ(self._rows_of(name).values(), self._rows[name].values())
        }

    def put_back(self, *, is_open: bool) -> None:
        """As it was at the moment, without triggers; whoever has it open sees that too."""
        if written := self._written():
            with self._connection.transaction():
                self._tell("SET LOCAL session_replication_role = replica")
                for name, versions in written.items():
                    self._put_back_rows(name, versions)
            self._versions = self._versions_now()

    def close(self) -> None:
        """Let the server go."""
        self._connection.close()

    def _tell(self, statement: str, *given: Any) -> None:
        self._connection.execute(cast("LiteralString", statement), given)

    def _versions_now(self) -> dict[str, str]:
        return {name: versions or "" for name, versions in self.ask(self._versions_of_all)}

    def _written(self) -> dict[str, str]:
        """The versions of the rows of each table in which they are not those of the moment."""
        now = self._versions_now()
        return {name: now[name] for name in now if now[name] != self._versions[name]}

    def _rows_of(self, name: str, where: str = "") -> dict[str, bytes]:
        """The text of each row, as COPY takes it again, by its place and writer."""
        query = f'COPY (SELECT ctid, xmin, * FROM "{name}" {where}) TO STDOUT'
        with self._connection.cursor().copy(cast("LiteralString", query)) as copy:
            lines = b"".join(copy).split(b"\n")[:-1]
        split = (line.split(b"\t", 2) for line in lines)
        return {f"{place.decode()} {writer.decode()}": text for place, writer, text in split}

    def _put_back_rows(self, name: str, versions: str) -> None:
        rows, now = self._rows[name], set(versions.split("|")) - {""}
        added = [version.split(" ")[0] for version in now - rows.keys()]
        self._tell(f'DELETE FROM "{name}" WHERE ctid = ANY(%s::tid[])', added)
        if lost := [rows.pop(version) for version in rows.keys() - now]:
            into = cast("LiteralString", f'COPY "{name}" FROM STDIN')
            with self._connection.cursor().copy(into) as copy:
                copy.write(b"".join(line + b"\n" for line in lost))
            rows |= self._rows_of(name, "WHERE xmin = pg_current_xact_id()::xid")


def database_at(url: str) -> Sqlite | Postgres:
    """The database at an address, as it is now."""
    return Sqlite(url) if url.startswith(SCHEME) else Postgres(url)
