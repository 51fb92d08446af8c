"""Opening and settling tasks, for operations and handlers that hold the transaction already."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import select

from referral.followup.kinds import TaskKind
from referral.followup.model import Task
from referral.followup.states import TASK, TaskState
from referral.kernel import clock, states
from referral.kernel.db import session
from referral.kernel.ids import new_id

MORNING = time(9)


def morning_of(day: date) -> datetime:
    """09:00 of a local day, in UTC."""
    return datetime.combine(day, MORNING, tzinfo=clock.clock.zone).astimezone(UTC)


def open_task(
    kind: TaskKind,
    case_id: UUID,
    circle_id: UUID,
    *,
    due_at: datetime,
    object_id: UUID | None = None,
    member_id: UUID | None = None,
) -> Task:
    """Give a circle a next step; the one it has already when it is open still."""
    for row in open_tasks(case_id, kind, circle_id=circle_id, object_id=object_id):
        return row
    row = Task(
        id=new_id(),
        case_id=case_id,
        circle_id=circle_id,
        member_id=member_id,
        kind=kind,
        object_id=object_id,
        due_at=due_at,
        state=TaskState.OPEN,
        state_at=clock.now(),
    )
    session().add(row)
    session().flush()
    return row


def open_tasks(
    case_id: UUID,
    *kinds: TaskKind,
    circle_id: UUID | None = None,
    object_id: UUID | None = None,
) -> Sequence[Task]:
    """Open tasks of a case: of some kinds (all when none is named), a circle, an object."""
    query = select(Task).where(Task.case_id == case_id, Task.state == TaskState.OPEN)
    if kinds:
        query = query.where(Task.kind.in_(kinds))
    if circle_id is not None:
        query = query.where(Task.circle_id == circle_id)
    if object_id is not None:
        query = query.where(Task.object_id == object_id)
    return session().scalars(query.order_by(Task.due_at, Task.id)).all()


def hand_over(
    case_id: UUID, from_circle: UUID, to_circle: UUID, member_ids: frozenset[UUID]
) -> None:
    """A circle's tasks in a case are another circle's; who is not in it has promised none."""
    rows = session().scalars(
        select(Task).where(Task.case_id == case_id, Task.circle_id == from_circle)
    )
    for row in rows:
        row.circle_id = to_circle
        if row.member_id is not None and row.member_id not in member_ids:
            row.member_id = None
    session().flush()


def open_tasks_of(member_id: UUID) -> Sequence[Task]:
    """Open tasks that somebody has been named for."""
    query = select(Task).where(Task.member_id == member_id, Task.state == TaskState.OPEN)
    return session().scalars(query.order_by(Task.due_at, Task.id)).all()


def complete(rows: Iterable[Task]) -> None:
    """They have been done."""
    for row in rows:
        states.advance(row, "complete", TASK)


def drop(rows: Iterable[Task]) -> None:
    """They no longer make sense."""
    for row in rows:
        states.advance(row, "drop", TASK)
