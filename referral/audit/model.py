"""Chains and their entries. All columns are clear: operation, actor, object, moment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model


class AuditChain(Model):
    """The head of one chain; its row is the lock under which entries are appended.

    `closes_at` is the number of its last entry, once its agency has ended.
    """

    __tablename__ = "audit_chain"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    digest: Mapped[bytes]
    closes_at: Mapped[int | None]


class AuditEntry(Model):
    """One entry; `raw` is what was signed, the other columns repeat it for reading."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    chain_id: Mapped[UUID] = mapped_column(index=True)
    seq: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
    operation: Mapped[str]
    actor_id: Mapped[UUID | None]
    object_kind: Mapped[str]
    object_id: Mapped[UUID | None] = mapped_column(index=True)
    outcome: Mapped[str]
    raw: Mapped[bytes]
    signature: Mapped[bytes]
