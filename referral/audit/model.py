"""Chains and their entries. All columns are clear: operation, actor, object, moment.

Only the detail, in a table of its own, is sealed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
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


class AuditEntryBody(Model):
    """The sealed detail of an entry, whose digest the entry names; it may be gone."""

    __tablename__ = "audit_entry_body"

    entry_id: Mapped[UUID] = mapped_column(
        ForeignKey("audit_entry.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class TombstoneShipment(Model):
    """One signed file of tombstones, as it leaves the host; `raw` is the file."""

    __tablename__ = "tombstone_shipment"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    at: Mapped[datetime]
    digest: Mapped[bytes]
    raw: Mapped[bytes]


class Tombstone(Model):
    """That something ended and must stay so after a restore: ids only, in the same transaction."""

    __tablename__ = "tombstone"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    case_id: Mapped[UUID | None]
    at: Mapped[datetime]
    shipment: Mapped[int | None] = mapped_column(
        ForeignKey("tombstone_shipment.number"), index=True
    )


class RestorePoint(Model):
    """What a restore put in place, signed by the server; deny-only, and missed when it is gone."""

    __tablename__ = "restore_point"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    raw: Mapped[bytes]
    signature: Mapped[bytes]
