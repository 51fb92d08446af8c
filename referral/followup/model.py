"""Tasks. All columns are clear: what has to be done by when, never why or for whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from referral.followup.states import TaskState
from referral.kernel.db import Model


class Task(Model):
    """One next step of one circle in a case; `object_id` is the referral or basis it is about.

    `reminded_at` is when its circle was told that it is due; a task reminds once.
    """

    __tablename__ = "task"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str]
    object_id: Mapped[UUID | None] = mapped_column(index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(default=TaskState.OPEN, index=True)
    state_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
