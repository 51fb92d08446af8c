"""What a job process may touch: headers, never a ciphertext.

On PostgreSQL the process signs in as a role of its own (`JOBS_DATABASE_URL`) without rights on
`_body` tables; on SQLite, which knows no roles, each connection refuses by an authorizer. Deleting
a header deletes its body: PostgreSQL does so with the owner's rights, SQLite asks the authorizer,
which therefore lets bodies be deleted and their keys compared, and nothing else.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Dialect, Engine, MetaData, event, make_url

from referral.kernel import db

BODY = "_body"
WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE})


def is_body(table: str) -> bool:
    """Whether a table holds ciphertexts."""
    return table.endswith(BODY)


def take_job_rights(jobs_database_url: str) -> None:
    """Give up, for the rest of this process, the right to read or write a body.

    `jobs_database_url` names the role for jobs on PostgreSQL; when it is empty there, the process
    keeps the rights of the role it has.
    """
    engine = db.db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _authorizing(_keys_of_bodies(db.db.metadata)))
    elif jobs_database_url:
        event.listen(engine, "do_connect", _signing_in_as(jobs_database_url))
    engine.dispose()  # connections made before would have kept their rights


def _signing_in_as(url: str) -> Any:
    def on_connect(
        dialect: Dialect, _record: object, args: list[Any], named: dict[str, Any]
    ) -> None:
        args[:], wanted = dialect.create_connect_args(make_url(url))
        named.clear()
        named.update(wanted)

    return on_connect


def _keys_of_bodies(metadata: MetaData) -> Mapping[str, frozenset[str]]:
    """Body table → its key columns, which its header shows as well."""
    return {
        name: frozenset(column.name for column in table.primary_key)
        for name, table in metadata.tables.items()
        if is_body(name)
    }


def _authorizing(keys: Mapping[str, frozenset[str]]) -> Any:
    def authorize(
        action: int, table: str | None, column: str | None, _database: object, _trigger: object
    ) -> int:
        if table is None or not is_body(table):
            return sqlite3.SQLITE_OK
        reads = action == sqlite3.SQLITE_READ and column not in keys.get(table, frozenset())
        return sqlite3.SQLITE_DENY if reads or action in WRITES else sqlite3.SQLITE_OK

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.set_authorizer(authorize)

    return on_connect


def grants_for(role: str, engine: Engine) -> list[str]:
    """The statements that give a PostgreSQL role what jobs need, to be run by the owner."""
    quote = engine.dialect.identifier_preparer.quote
    tables = [quote(name) for name in sorted(db.db.metadata.tables) if not is_body(name)]
    bodies = [quote(name) for name in sorted(db.db.metadata.tables) if is_body(name)]
    named = quote(role)
    return [
        f"REVOKE ALL ON {', '.join(bodies)} FROM {named}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {', '.join(tables)} TO {named}",
    ]
