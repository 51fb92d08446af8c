"""Referrals: who promised what to whom, by when. What for stands in the sealed bodies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model
from referral.referrals.states import ReferralState


class Referral(Model):
    """One referral between two circles. A shelter referral names the circle, never a place."""

    __tablename__ = "referral"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[str]
    from_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    from_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    to_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    to_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    to_circle_generation: Mapped[int]
    urgency: Mapped[str]
    state: Mapped[str] = mapped_column(default=ReferralState.SENT, index=True)
    state_at: Mapped[datetime]
    sent_at: Mapped[datetime] = mapped_column(index=True)
    sent_by_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    decide_by: Mapped[datetime] = mapped_column(index=True)
    decline_reason: Mapped[str | None]
    worker_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    first_contact_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("case_grant.id"), index=True)


class ReferralSummary(Model):
    """That a summary can be read; deleting it deletes the body (a job may)."""

    __tablename__ = "referral_summary"

    referral_id: Mapped[UUID] = mapped_column(
        ForeignKey("referral.id", ondelete="CASCADE"), primary_key=True
    )


class ReferralSummaryBody(Model):
    """The summary, sealed to the receiving circle: all it sees before it accepts."""

    __tablename__ = "referral_summary_body"

    referral_id: Mapped[UUID] = mapped_column(
        ForeignKey("referral_summary.referral_id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class ReferralPayload(Model):
    """That a bundle waits for acceptance; deleting it deletes the body (a job may)."""

    __tablename__ = "referral_payload"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    referral_id: Mapped[UUID] = mapped_column(
        ForeignKey("referral.id", ondelete="CASCADE"), index=True
    )
    circle_generation: Mapped[int]
    made_at: Mapped[datetime]


class ReferralPayloadBody(Model):
    """The grant's bundle, wrapped once more under a release key that lies outside the database."""

    __tablename__ = "referral_payload_body"

    payload_id: Mapped[UUID] = mapped_column(
        ForeignKey("referral_payload.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]
