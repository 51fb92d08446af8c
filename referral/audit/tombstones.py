"""Tombstones: what ended, written in the transaction that ended it, so that it survives a restore.

A tombstone names kinds and random ids, never a word of anybody's. It can only take away: whoever
forged one could end a grant, not make one.
"""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from referral.audit.model import Tombstone
from referral.kernel import clock
from referral.kernel.db import session
from referral.kernel.ids import new_id


class Ended(StrEnum):
    """What ended: `circles` are all those that a member was in, `key` that of a circle.

    `left_out`: a member's part in a case, when it moved to a circle without them. `paper`: the
    recovery code or the sheet of codes that a member had, when there is another. `second`: what an
    agency had named of a second one that helps when a passphrase is lost.
    """

    GRANT = "grant"
    BASIS = "basis"
    MEMBER = "member"
    ROLE = "role"
    CIRCLES = "circles"
    KEY = "key"
    LEFT_OUT = "left_out"
    PAPER = "paper"
    SECOND = "second"
    PASSPHRASE = "passphrase"  # nosec B105 # noqa: S105 - the word, not one
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


OF_REFERRALS = frozenset({Ended.DECLINED, Ended.WITHDRAWN, Ended.CANCELLED, Ended.EXPIRED})
"""A referral ended so, and its release key was destroyed."""


def bury(kind: Ended, subject_id: UUID, *, case_id: UUID | None = None) -> None:
    """Note that something ended; it leaves the host once this transaction has committed."""
    session().add(
        Tombstone(id=new_id(), kind=kind, subject_id=subject_id, case_id=case_id, at=clock.now())
    )
    session().flush()


def unshipped(most: int) -> Sequence[Tombstone]:
    """Tombstones that no file carries yet, held until the transaction ends."""
    query = (
        select(Tombstone)
        .where(Tombstone.shipment.is_(None))
        .order_by(Tombstone.at, Tombstone.id)
        .limit(most)
        .with_for_update()
    )
    return session().scalars(query).all()


def count_unshipped() -> int:
    """How many tombstones have not left the database."""
    query = select(func.count(Tombstone.id)).where(Tombstone.shipment.is_(None))
    return session().scalar(query) or 0
