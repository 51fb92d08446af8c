"""What a restore leaves to be done: the custodian confirms what was given, or ends it."""

from uuid import UUID

from referral.followup import tasks
from referral.followup.kinds import TaskKind
from referral.kernel import clock
from referral.notices.kinds import NoticeKind
from referral.notices.service import post


def ask_to_confirm(case_id: UUID, circle_id: UUID) -> None:
    """Give the custodian's circle the task, due now, and tell it."""
    tasks.open_task(TaskKind.CONFIRM_ACCESS, case_id, circle_id, due_at=clock.now())
    post(circle_id, NoticeKind.ACCESS_WAITS, "case", case_id)
