"""Members, invitations and sessions; what is sealed stands in the `_body` tables."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from referral.accounts.states import MemberState
from referral.kernel.db import Model


class Member(Model):
    """A person of an agency who signs in. Public keys are empty until enrolment."""

    __tablename__ = "member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    username: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    role: Mapped[str]
    state: Mapped[str] = mapped_column(default=MemberState.INVITED, index=True)
    state_at: Mapped[datetime]
    exchange_public: Mapped[bytes]
    signing_public: Mapped[bytes]
    has_factor: Mapped[bool] = mapped_column(default=False)
    factor_step: Mapped[int] = mapped_column(default=0)


class MemberBody(Model):
    """A member's private keys under the passphrase, and the second factors under those keys."""

    __tablename__ = "member_body"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    record: Mapped[bytes]
    factor: Mapped[bytes | None]
    sheet: Mapped[bytes | None]


class ConfirmedHeadsBody(Model):
    """Where log and directory stood when the member confirmed them last, under the own key."""

    __tablename__ = "confirmed_heads_body"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    body: Mapped[bytes]


class RecoveryKit(Model):
    """That an administrator keeps a recovery code on paper; the log says whether it was tried."""

    __tablename__ = "recovery_kit"

    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), primary_key=True)
    made_at: Mapped[datetime]


class RecoveryKitBody(Model):
    """The member's private keys under the recovery code, which is kept nowhere."""

    __tablename__ = "recovery_kit_body"

    member_id: Mapped[UUID] = mapped_column(
        ForeignKey("recovery_kit.member_id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class Invitation(Model):
    """A one-time code by which somebody enrols; only its digest is kept."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    invited_by: Mapped[UUID | None]
    salt: Mapped[bytes]
    code_digest: Mapped[bytes]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MemberSession(Model):
    """A signed-in session; its id is derived from the cookie and does not lead back to it."""

    __tablename__ = "member_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]


class MemberSessionBody(Model):
    """The member's keys, sealed under the cookie."""

    __tablename__ = "member_session_body"

    session_id: Mapped[str] = mapped_column(
        ForeignKey("member_session.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class ParkedSession(Model):
    """A session that a PIN opens, from its choice on; locked as soon as no open one is named.

    The open one goes by itself when idle, whoever deletes its row: the PIN was needed to seal what
    stands here and is needed to open it, not to lock.
    """

    __tablename__ = "parked_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    session_id: Mapped[str | None] = mapped_column(
        ForeignKey("member_session.id", ondelete="SET NULL"), unique=True
    )
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    parked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)


class ParkedSessionBody(Model):
    """The member's keys under browser, PIN and server."""

    __tablename__ = "parked_session_body"

    parked_id: Mapped[str] = mapped_column(
        ForeignKey("parked_session.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class SignInAttempt(Model):
    """How often signing in was refused for one account at one address, or at one address."""

    __tablename__ = "sign_in_attempt"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    refusals: Mapped[int] = mapped_column(default=0)
    refused_at: Mapped[datetime | None] = mapped_column(index=True)
    opened_at: Mapped[datetime | None] = mapped_column(index=True)
