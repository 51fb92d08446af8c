"""Notices. All columns are clear, and none of them tells what happened to whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model


class Notice(Model):
    """That a circle, or one member of it, should look at something.

    `member_id` is empty for the whole circle; such a notice is read once one of them has read it.
    `circle_id` is empty for what is no circle's, such as new keys of a colleague.
    """

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID | None] = mapped_column(ForeignKey("circle.id"), index=True)
    member_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"), index=True)
    kind: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[UUID] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]
