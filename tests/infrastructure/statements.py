"""Counts what is sent to the database, to see that it does not grow with the rows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import event

from referral.kernel import db


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """Gives a function that says how many statements were sent meanwhile."""
    sent = 0

    def note(*_what: object) -> None:
        nonlocal sent
        sent += 1

    engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield lambda: sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
