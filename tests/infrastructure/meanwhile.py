"""Lets something happen between two statements of a transaction, as another process may.

A race needs luck. That something happens exactly there needs none.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from referral.kernel import db


@contextmanager
def before_statement(number: int, about: str, act: Callable[[], None]) -> Iterator[list[str]]:
    """Act in the instant before the n-th statement that has these words, counted from nought.

    Gives the list of those statements. What is done has to use a connection of its own.
    """
    seen: list[str] = []
    is_acting = False

    def note(_connection: object, _cursor: object, sql: str, *_more: Any) -> None:
        nonlocal is_acting
        if is_acting or about not in sql:
            return
        seen.append(sql)
        if len(seen) == number + 1:
            is_acting = True
            act()
            is_acting = False

    engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
