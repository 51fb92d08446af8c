"""Runs migrations on the application's own engine: SQLite in batches, both in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Connection

import referral
from referral.kernel.db import db

for room in walk_packages(referral.__path__, "referral."):
    if room.name.endswith((".model", ".idempotency", ".deployment")):
        import_module(room.name)  # every table must be known before two schemas are compared


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own column types as plain ones, so that old migrations need none of our code."""
    if kind == "type" and type(item).__name__ == "Moment":
        return "sa.DateTime(timezone=True)"
    return False


LOCK_WITHIN = "5s"
"""How long a migration waits for a lock while people work; then it ends and has changed nothing."""


@contextmanager
def references_let_go(connection: Connection) -> Iterator[None]:
    """Let SQLite not follow references while it migrates; they are checked before each commit.

    To alter a table it makes another and drops the first: what refers to the rows with ON DELETE
    CASCADE would go with them. The switch has no effect within a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


def check_references(ctx: MigrationContext, **_more: Any) -> None:
    """Undo a migration on SQLite after which a reference leads nowhere."""
    connection = ctx.connection
    if connection is not None and connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"references would lead nowhere: {broken[:10]}")


def run() -> None:
    """Compare or migrate on the application's engine."""
    engine = db.engine
    with engine.connect() as connection, references_let_go(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WITHIN}'")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=False,
            on_version_apply=check_references,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


with current_app.app_context():
    run()
