"""Operations of following up: record what was done, tick a task off, remind of what is due."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.audit.operation import anyone, operation
from referral.cases.forms_in_force import checked
from referral.cases.late_entry import paper_of
from referral.cases.model import CaseFile
from referral.cases.opening import OPEN, open_case_view, open_sections
from referral.cases.policy import is_custodian
from referral.cases.service.sections import add_section
from referral.cases.states import CaseState
from referral.cases.strands import lock
from referral.followup import policy, tasks
from referral.followup.kinds import BY_HAND, TaskKind
from referral.followup.model import Task
from referral.followup.states import TASK, TaskState
from referral.kernel import clock, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import StateConflict
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.service import post
from referral.vault.keys import keyring_of

BATCH = 500


@operation(Permission.FOLLOW_UP_RECORD, is_custodian)
def record_follow_up(
    actor: Actor, case: CaseFile, *, answers: Mapping[str, Any], made_as: UUID | None = None
) -> Task:
    """Write down a follow-up and set the next one, due at 09:00 local of `next_on`.

    Gives the task of the next follow-up; the one that was due is done. `InvalidInput` when the
    next day lies in the past or the one recorded ahead, `StateConflict` unless the case is open.
    One that was written on paper before another one changes nothing of what is due. `made_as` is
    the id of its section, if a client has made it; `IdTaken` when another has it.
    """
    lock(case, keyring_of(actor))
    if case.state != CaseState.OPEN:
        raise StateConflict(case.state, "record_follow_up")
    taken = checked("follow_up", answers)
    next_on = date.fromisoformat(str(taken["next_on"]))
    due = tasks.open_tasks(case.id, TaskKind.FOLLOW_UP)
    is_overtaken = bool(due) and _is_overtaken(actor, case, taken)
    add_section(actor, case, "follow_up", answers, made_as=made_as)
    if is_overtaken:
        return due[0]
    tasks.complete(due)
    return tasks.open_task(
        TaskKind.FOLLOW_UP,
        case.id,
        case.custodian_circle_id,
        due_at=tasks.morning_of(next_on),
    )


def _is_overtaken(actor: Actor, case: CaseFile, taken: Mapping[str, Any]) -> bool:
    """Whether another follow-up was made after the paper that this one is typed in from."""
    paper = paper_of(taken)
    if paper is None:
        return False
    opening = open_case_view(actor, case)
    others = [s for s in open_sections(opening) if s.kind == "follow_up" and s.status == OPEN]
    made = (one.taken_at if (one := paper_of(s.answers)) else s.written_at for s in others)
    return any(at is not None and at > paper.taken_at for at in made)


@operation(Permission.FOLLOW_UP_RECORD, policy.is_responsible)
def complete_task(actor: Actor, task: Task) -> Task:
    """Tick a task off; `StateConflict` when it is over, or is done only by doing it elsewhere."""
    if task.kind not in BY_HAND:
        raise StateConflict(task.state, "complete_task")
    states.advance(task, "complete", TASK)
    return task


@operation(Permission.JOB_RUN, anyone)
def remind_due(actor: Actor, subject: None) -> int:
    """Tell the circles, or the members named, of tasks that have fallen due; how many.

    Each task reminds once: that it has reminded is written with the notice.
    """
    moment = clock.now()
    due = (
        select(Task)
        .where(
            Task.state == TaskState.OPEN,
            Task.reminded_at.is_(None),
            Task.due_at <= moment,
        )
        .order_by(Task.due_at, Task.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session().scalars(due).all()
    for row in rows:
        row.reminded_at = moment
        post(row.circle_id, NoticeKind.TASK_DUE, "case", row.case_id, row.member_id)
    session().flush()
    return len(rows)
