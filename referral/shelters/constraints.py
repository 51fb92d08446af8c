"""The database's own refusal of two claims on one bed in one night.

The statements stand here once: the table carries them as events, and the migration executes the
same lists (SQLite loses triggers whenever Alembic copies a table, and needs them again after it).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, event

OVERLAP = "claim_no_overlap"
"""Name of the constraint and text of the triggers, by which the refusal is recognised."""

POSTGRESQL: Sequence[str] = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    """ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist
    (bed_id WITH =, daterange(from_on, to_on) WITH &&) WHERE (released_at IS NULL)""",
)
POSTGRESQL_DROP: Sequence[str] = ("ALTER TABLE claim DROP CONSTRAINT IF EXISTS claim_no_overlap",)

_WHEN_IT_MEETS_ANOTHER = """WHEN NEW.released_at IS NULL AND EXISTS (
        SELECT 1 FROM claim AS other
        WHERE other.bed_id = NEW.bed_id AND other.id <> NEW.id AND other.released_at IS NULL
        AND other.from_on < NEW.to_on AND other.to_on > NEW.from_on
    )
    BEGIN SELECT RAISE(ABORT, 'claim_no_overlap'); END"""
SQLITE: Sequence[str] = tuple(
    f"{create} {_WHEN_IT_MEETS_ANOTHER}"
    for create in (
        "CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim",
        "CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE ON claim",
    )
)
SQLITE_DROP: Sequence[str] = (
    "DROP TRIGGER IF EXISTS claim_no_overlap_insert",
    "DROP TRIGGER IF EXISTS claim_no_overlap_update",
)
BY_ENGINE: Mapping[str, Sequence[str]] = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
DROP_BY_ENGINE: Mapping[str, Sequence[str]] = {
    "postgresql": POSTGRESQL_DROP,
    "sqlite": SQLITE_DROP,
}


def refuse_overlaps(claims: Table) -> None:
    """Have `create_all` put the engine's own statements behind the table."""
    event.listen(claims, "after_create", _execute)


def _execute(_table: Table, connection: Connection, **_options: Any) -> None:
    for statement in BY_ENGINE[connection.dialect.name]:
        connection.exec_driver_sql(statement)
