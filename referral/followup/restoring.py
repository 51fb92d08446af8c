"""What a restore leaves to be done: access is confirmed or ended, a case moves again."""

from uuid import UUID

from referral.cases.queries import case_is_known
from referral.followup import tasks
from referral.followup.kinds import TaskKind
from referral.kernel import clock
from referral.notices.kinds import NoticeKind
from referral.notices.service import post


def ask_to_confirm(case_id: UUID, circle_id: UUID) -> None:
    """Give the custodian's circle the task, due now, and tell it."""
    tasks.open_task(TaskKind.CONFIRM_ACCESS, case_id, circle_id, due_at=clock.now())
    post(circle_id, NoticeKind.ACCESS_WAITS, "case", case_id)


def ask_to_move(case_id: UUID, circle_id: UUID) -> None:
    """A case had left this circle: it moves again, before anybody there opens it."""
    if case_is_known(case_id, circle_id):
        tasks.open_task(TaskKind.MOVE_AGAIN, case_id, circle_id, due_at=clock.now())
        post(circle_id, NoticeKind.MOVE_WAITS, "case", case_id)


def ask_to_pass_on(referral_id: UUID, circle_id: UUID) -> None:
    """The same of a case that the circle was only asked about."""
    post(circle_id, NoticeKind.MOVE_WAITS, "referral", referral_id)
