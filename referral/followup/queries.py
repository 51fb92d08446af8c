"""Reading tasks: those of the actor's circles, as far as the actor may know of their cases."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.agencies.heirs import circles_in_line
from referral.cases.queries import lines_of
from referral.followup.kinds import TaskKind
from referral.followup.model import Task
from referral.followup.states import TaskState
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.referrals.policy import watches_agency
from referral.vault.keys import Keyring

SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as *Việc hôm nay* shows it; `member_id` is who has promised to do it, if anybody."""

    id: UUID
    case_id: UUID
    case_code: str
    kind: str
    due_at: datetime
    is_late: bool
    object_id: UUID | None
    member_id: UUID | None
    is_danger: bool = False
    """The report of its case says that there is danger right now."""

    def label(self, locale: str) -> str:
        """What is to be done, in one of the two languages."""
        kind = TaskKind(self.kind)
        return kind.label(locale)


def _visible(actor: Actor) -> Select[Task]:
    circles = actor.keys.circle_ids if isinstance(actor.keys, Keyring) else frozenset()
    return select(Task).where(Task.circle_id.in_(circles))


@dataclass(frozen=True, slots=True)
class DueCount:
    """How many tasks an agency must do by tomorrow, and has not done; nothing of any case."""

    waiting: int = 0
    late: int = 0


def count_due(actor: Actor) -> DueCount:
    """Tasks of the actor's agency due within a day, counted for who stands duty there."""
    if actor.agency_id is None or not watches_agency(actor, actor.agency_id):
        return DueCount()
    moment = clock.now()
    is_late = Task.due_at <= moment
    own = circles_in_line(actor.agency_id)
    query = select(func.count(Task.id), func.count(Task.id).filter(is_late)).where(
        Task.circle_id.in_(own),
        Task.state == TaskState.OPEN,
        Task.due_at <= moment + SOON,
        (Task.kind != TaskKind.AWAIT_ANSWER) | is_late,
    )
    return DueCount(*session().execute(query).one())


def visible_task(actor: Actor, task_id: UUID) -> Task:
    """One task of the actor's circles, in whatever state; `NotFound` otherwise."""
    row = session().scalars(_visible(actor).where(Task.id == task_id)).one_or_none()
    if row is None or row.case_id not in lines_of(actor, [row.case_id]):
        raise NotFound("no such task")
    return row


def visible_tasks(actor: Actor) -> list[TaskLine]:
    """Open tasks of the actor's circles, the first to fall due first.

    Waiting for an answer becomes a task only once the answer is late.
    """
    moment = clock.now()
    query = (
        _visible(actor)
        .where(
            Task.state == TaskState.OPEN,
            (Task.kind != TaskKind.AWAIT_ANSWER) | (Task.due_at <= moment),
        )
        .order_by(Task.due_at, Task.id)
    )
    rows = session().scalars(query).all()
    cases = lines_of(actor, [row.case_id for row in rows]) if rows else {}
    return [
        TaskLine(
            row.id,
            row.case_id,
            cases[row.case_id].code,
            row.kind,
            row.due_at,
            row.due_at <= moment,
            row.object_id,
            row.member_id,
            cases[row.case_id].is_danger,
        )
        for row in rows
        if row.case_id in cases
    ]
