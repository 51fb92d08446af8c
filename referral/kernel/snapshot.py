"""All rows of all tables at one instant, in one form for both engines, and back again.

Sessions are left out: a backup opens none, so that a restore ends them all.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Table, inspect, select, text

from referral.kernel.db import db
from referral.kernel.errors import StateConflict

LEFT_OUT = frozenset(
    {"member_session", "member_session_body", "parked_session", "parked_session_body"}
)
SCHEMA_TABLE = "alembic_version"
ROWS_AT_ONCE = 500


@contextmanager
def snapshot() -> Iterator[Connection]:
    """A connection on which every read sees the same instant, whoever writes meanwhile."""
    engine = db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection
        connection.rollback()


def schema_of(connection: Connection) -> str:
    """The migration that the tables are at."""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def tables(connection: Connection) -> list[Table]:
    """The tables that a snapshot holds, each after those it refers to.

    `StateConflict` when the database has a table that the models do not know, or lacks one: a
    backup that silently left something behind would be found out at the restore.
    """
    there = set(inspect(connection).get_table_names()) - {SCHEMA_TABLE}
    if there != set(db.metadata.tables):
        raise StateConflict("other tables", "backup")
    return [table for table in db.metadata.sorted_tables if table.name not in LEFT_OUT]


def rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """Every row of a table, its values in the order of the model's columns, ready to be packed."""
    streamed = connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
    columns = list(table.columns)
    for row in streamed.execute(select(table)):
        yield tuple(_plain(column, value) for column, value in zip(columns, row, strict=True))


def _plain(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, JSON):
        return json.dumps(value, ensure_ascii=False)
    if value is None:
        return None
    if isinstance(column.type, Boolean):
        return int(value)
    if isinstance(column.type, Date):
        return value.isoformat()
    return value


def is_empty(connection: Connection) -> bool:
    """Whether no table has a row."""
    return all(
        connection.execute(select(table).limit(1)).first() is None for table in tables(connection)
    )


def put_rows(
    connection: Connection, name: str, columns: Sequence[str], told: Iterable[Sequence[Any]]
) -> int:
    """Insert rows as `rows` gave them, on either engine; how many.

    `StateConflict` for a table or column that this version does not have.
    """
    table = db.metadata.tables.get(name)
    if table is None or list(columns) != [column.name for column in table.columns]:
        raise StateConflict("other tables", "restore")
    count = 0
    source = iter(told)
    while some := list(islice(source, ROWS_AT_ONCE)):
        values = [
            {c.name: _typed(c, value) for c, value in zip(table.columns, row, strict=True)}
            for row in some
        ]
        connection.execute(table.insert(), values)
        count += len(values)
    return count


def _typed(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, JSON):
        return json.loads(value)
    if value is not None and isinstance(column.type, Boolean):
        return bool(value)
    if value is not None and isinstance(column.type, Date):
        return date.fromisoformat(value)
    return value
