"""Notices, and how they reach members outside. No column tells what happened to whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model
from referral.notices.states import LetterState


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


class Channel(Model):
    """Where a member wants to be told, by mail or by phone; sealed under a key of the installation.

    It counts once the member has typed the code that was sent there, in this epoch: what a restore
    puts back may have been given up since, and is confirmed anew.
    """

    __tablename__ = "notice_channel"
    __table_args__ = (UniqueConstraint("member_id", "medium"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    medium: Mapped[str]
    sealed: Mapped[bytes]
    asked_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    confirmed_epoch: Mapped[int | None]


class QuietHours(Model):
    """Between which local hours a member is told only of what cannot wait; equal ones: never."""

    __tablename__ = "quiet_hours"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    from_hour: Mapped[int]
    until_hour: Mapped[int]


class Letter(Model):
    """One notice on its way to one channel, or the code that confirms the channel (no notice).

    Its id is the mark by which mail servers and gateways know it again. `doubtful` counts the
    times after which nobody can tell whether it arrived; at the second it is not sent again.
    """

    __tablename__ = "letter"
    __table_args__ = (UniqueConstraint("notice_id", "channel_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    notice_id: Mapped[UUID | None] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey("notice_channel.id", ondelete="CASCADE"), index=True
    )
    medium: Mapped[str]
    is_urgent: Mapped[bool]
    state: Mapped[str] = mapped_column(default=LetterState.PENDING)
    state_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    doubtful: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None]
