"""The only writer of a state column."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import CursorResult, update

from referral.kernel import clock
from referral.kernel.db import session
from referral.kernel.errors import StateConflict

State = TypeVar("State", bound=StrEnum)
Transitions = Mapping[tuple[State, str], State]


def can_advance(row: Any, event: str, table: Transitions[Any]) -> bool:
    """Whether `event` is possible from where the row (with `id`, `state`, `state_at`) stands."""
    return (row.state, event) in table


def advance(row: Any, event: str, table: Transitions[Any], **also: object) -> None:
    """Move `row` along `event`, writing the columns `also` in the same statement.

    Compare-and-set: of two at once exactly one wins; the other gets `StateConflict`.
    """
    before = row.state
    after = table.get((before, event))
    if after is None:
        raise StateConflict(str(before), event)
    model: Any = type(row)
    session().flush()
    result = session().execute(
        update(model)
        .where(model.id == row.id, model.state == before)
        .values(state=after, state_at=clock.now(), **also)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        session().refresh(row)
        raise StateConflict(str(row.state), event)
    session().refresh(row)
