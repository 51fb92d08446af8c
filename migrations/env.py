"""Runs migrations on the application's own engine: SQLite in batches, both in one transaction."""

from importlib import import_module
from pkgutil import walk_packages

from alembic import context
from flask import current_app

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


def run() -> None:
    """Compare or migrate on the application's engine."""
    engine = db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WITHIN}'")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


with current_app.app_context():
    run()
