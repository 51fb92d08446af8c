"""Who is told of a notice outside the system, what cannot wait, and when it is too late for that.

A letter says only that something is new. It goes out while somebody has to look at something: who
was asked, and is not asked any more, finds that in the system and gets no letter.
"""

from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy import exists, or_, select

from referral.accounts.addressees import addressees
from referral.cases.queries import case_is_known, draft_ends
from referral.cases.states import CaseState
from referral.cases.strands import case_row
from referral.followup.kinds import TaskKind
from referral.followup.model import Task
from referral.followup.states import TaskState
from referral.kernel import clock
from referral.kernel.db import session
from referral.notices import outbox
from referral.notices.carriers import post_office
from referral.notices.channels import any_confirmed, confirmed_of
from referral.notices.events import NoticePosted
from referral.notices.kinds import NoticeKind, Outcome
from referral.notices.model import Notice
from referral.referrals.model import Referral
from referral.referrals.states import OPEN_STATES, UNDER_WAY, ReferralState, Urgency

CANNOT_WAIT = (Urgency.P0, Urgency.P1)
K = NoticeKind


def write_letters(event: NoticePosted) -> None:
    """One letter for each confirmed channel of each member whom the notice is for."""
    if not post_office.media or not any_confirmed():
        return
    whom = addressees(_circle(event.object_kind, event.circle_id), event.member_id)
    outbox.write(event.notice_id, confirmed_of(whom), is_urgent=is_urgent(event))


def _circle(object_kind: str, circle_id: UUID | None) -> UUID | None:
    """Who is told of a log need not be in the circle that the notice is filed under."""
    return None if object_kind == "log" else circle_id


def is_urgent(event: NoticePosted) -> bool:
    """Whether quiet hours give way: an emergency, an urgent referral, or a danger to life.

    A co-signature is asked for where life is in danger or the law wants a report, and ends the
    access if it does not come in time.
    """
    if event.kind == K.COSIGN_WANTED:
        return True
    if event.object_kind == "referral":
        row = session().get(Referral, event.object_id)
        return row is not None and row.urgency in CANNOT_WAIT
    return event.kind == K.TASK_DUE and _is_due(event.object_id, event.circle_id, urgent=True)


def why_no_more(notice: Notice, member_id: UUID) -> Outcome | None:
    """Why no letter of a notice goes to a member any more; None while one should."""
    circle_id = _circle(notice.object_kind, notice.circle_id)
    if member_id not in addressees(circle_id, notice.member_id):
        return Outcome.NOT_THEIRS
    holds = _HOLDS.get(NoticeKind(notice.kind))
    return None if holds is None or holds(notice) else Outcome.OVER


def _is_due(case_id: UUID, circle_id: UUID | None, *, urgent: bool = False) -> bool:
    """Whether a task of the case that has fallen due waits for this circle."""
    query = select(Task.id).where(
        Task.case_id == case_id,
        Task.circle_id == circle_id,
        Task.state == TaskState.OPEN,
        Task.due_at <= clock.now(),
    )
    if urgent:
        hurried = exists().where(Referral.id == Task.object_id, Referral.urgency.in_(CANNOT_WAIT))
        query = query.where(or_(Task.kind == TaskKind.COSIGN, hurried))
    return session().scalars(query.limit(1)).first() is not None


def _has_task(*kinds: TaskKind) -> Callable[[Notice], bool]:
    """Whether a task of these kinds waits for the circle: of the case, or about the referral."""

    def holds(notice: Notice) -> bool:
        about = Task.case_id if notice.object_kind == "case" else Task.object_id
        query = select(Task.id).where(
            about == notice.object_id,
            Task.circle_id == notice.circle_id,
            Task.state == TaskState.OPEN,
            Task.kind.in_(kinds),
        )
        return session().scalars(query.limit(1)).first() is not None

    return holds


def _is_in(*states: ReferralState) -> Callable[[Notice], bool]:
    """Whether the referral is in one of these states still."""

    def holds(notice: Notice) -> bool:
        row = session().get(Referral, notice.object_id)
        return row is not None and row.state in states

    return holds


def _is_custodian(notice: Notice) -> bool:
    return case_row(notice.object_id).custodian_circle_id == notice.circle_id


def _is_theirs(notice: Notice) -> bool:
    """The case, or a referral that waits or is under way, is with the circle still."""
    if notice.object_kind == "referral":
        return _is_in(*OPEN_STATES)(notice)
    assert notice.circle_id is not None
    return case_is_known(notice.object_id, notice.circle_id)


def _is_open(notice: Notice) -> bool:
    return case_row(notice.object_id).state == CaseState.OPEN


def _is_their_work(notice: Notice) -> bool:
    row = session().get(Referral, notice.object_id)
    return row is not None and row.state in UNDER_WAY and row.worker_id == notice.member_id


def _wants_somebody(notice: Notice) -> bool:
    """A referral without a worker; or a task in the case that nobody is named for."""
    if notice.object_kind == "referral":
        return _has_task(TaskKind.REASSIGN)(notice)
    query = select(Task.id).where(
        Task.case_id == notice.object_id,
        Task.circle_id == notice.circle_id,
        Task.state == TaskState.OPEN,
        Task.member_id.is_(None),
    )
    return session().scalars(query.limit(1)).first() is not None


def _move_waits(notice: Notice) -> bool:
    if notice.object_kind == "referral":
        return _is_in(*OPEN_STATES)(notice)
    return _has_task(TaskKind.MOVE_AGAIN)(notice)


_HOLDS: Mapping[NoticeKind, Callable[[Notice], bool]] = {
    K.REFERRAL_RECEIVED: _is_in(ReferralState.SENT),
    K.REFERRAL_ACCEPTED: _is_in(*UNDER_WAY),
    K.REFERRAL_DECLINED: _has_task(TaskKind.FIND_ANOTHER),
    K.REFERRAL_COMPLETED: _is_in(ReferralState.COMPLETED),
    K.REFERRAL_ENDED: _has_task(TaskKind.FIND_ANOTHER, TaskKind.SEND_AGAIN),
    K.COSIGN_WANTED: _has_task(TaskKind.COSIGN),
    K.SHARING_LAPSED: _is_open,
    K.CASE_RECEIVED: _is_custodian,
    K.CASE_MOVED: _is_theirs,
    K.REASSIGN_WANTED: _wants_somebody,
    K.TASK_GIVEN: _is_their_work,
    K.ACCESS_WAITS: _has_task(TaskKind.CONFIRM_ACCESS),
    K.MOVE_WAITS: _move_waits,
    K.DRAFT_ENDS: lambda notice: draft_ends(notice.object_id, notice.created_at),
    K.TASK_DUE: lambda notice: _is_due(notice.object_id, notice.circle_id),
}
"""What must still be so; a kind that is not here says what has happened, and stays true."""
