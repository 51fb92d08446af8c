"""Creating once although asked twice: what a retried request made the first time.

A client marks a request by a key, which is good for 24 hours, or by the id that it has made for
what it creates, which is good for as long as that stands: work that was done offline may be sent
again after days. No body and no key of the client is kept, only digests that nobody but the member
can compute, so that a stolen table confirms no guess about what was sent.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Select, UniqueConstraint, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel import clock
from referral.kernel.db import Model, begin_write, session
from referral.kernel.errors import IdTaken, ReferralError
from referral.kernel.ids import new_id
from referral.vault.keys import Keyring

LIFE = timedelta(hours=24)


class IdempotencyKey(Model):
    """That a member has created an object under a key of the client's choice."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("member_id", "route", "key_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    route: Mapped[str]
    key_digest: Mapped[bytes]
    request_digest: Mapped[bytes]
    status: Mapped[int | None]
    object_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    is_lasting: Mapped[bool] = mapped_column(default=False)


class KeyReused(ReferralError):
    """The same key came with another request."""


class TakenMeanwhile(ReferralError):
    """Another request with this key has committed while this one waited: look again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request to create, as its digests tell it."""

    member_id: UUID
    route: str
    key_digest: bytes
    request_digest: bytes
    is_lasting: bool = False


def attempt(keyring: Keyring, *, route: str, key: str | UUID, request: bytes) -> Attempt:
    """The digests of a request under the member's own secret (HMAC-SHA256).

    `key` is a key, or the id that the client has made, which lasts.
    """
    is_id = isinstance(key, UUID)
    return Attempt(
        keyring.member_id,
        route,
        _digest(keyring, "id" if is_id else "key", str(key).encode()),
        _digest(keyring, "request", request),
        is_id,
    )


def _digest(keyring: Keyring, label: str, message: bytes) -> bytes:
    # An Ed25519 signature is deterministic (RFC 8032, 5.1.6) and this one is never published,
    # so that its digest is a secret which only this member's session has.
    secret = hashlib.sha256(keyring.sign_as("idempotency", label.encode())).digest()
    return hmac.new(secret, message, hashlib.sha256).digest()


def made_before(asked: Attempt) -> UUID | None:
    """The object an earlier request made; None when there was none.

    `KeyReused` when that request was another one, `IdTaken` where it brought an id.
    """
    row = session().scalars(_rows(asked)).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.request_digest, asked.request_digest):
        raise IdTaken if asked.is_lasting else KeyReused
    return row.object_id


def _rows(asked: Attempt) -> Select[IdempotencyKey]:
    return select(IdempotencyKey).where(
        IdempotencyKey.member_id == asked.member_id,
        IdempotencyKey.route == asked.route,
        IdempotencyKey.key_digest == asked.key_digest,
        ~_is_over(),
    )


def _is_over() -> ColumnElement[bool]:
    return ~IdempotencyKey.is_lasting & (IdempotencyKey.created_at <= clock.now() - LIFE)


def claim(asked: Attempt) -> IdempotencyKey:
    """Take the key for this transaction; `TakenMeanwhile` when another has committed it.

    Begins the write; rows past their life are deleted on the way.
    """
    begin_write()
    session().execute(delete(IdempotencyKey).where(_is_over()))
    row = IdempotencyKey(
        id=new_id(),
        member_id=asked.member_id,
        route=asked.route,
        key_digest=asked.key_digest,
        request_digest=asked.request_digest,
        status=None,
        object_id=None,
        created_at=clock.now(),
        is_lasting=asked.is_lasting,
    )
    session().add(row)
    try:
        session().flush()
    except IntegrityError as error:
        raise TakenMeanwhile from error
    return row


def complete(row: IdempotencyKey, *, object_id: UUID, status: int) -> None:
    """Note what came of it, in the same transaction."""
    row.object_id, row.status = object_id, status
    session().flush()
