"""Headers and, apart from them, bodies: what a stolen header tells stands in the threat model."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.cases.states import CaseState
from referral.kernel.db import Model


class CaseFile(Model):
    """A case, or the report that may become one. The code is random."""

    __tablename__ = "case_file"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default=CaseState.REPORTED, index=True)
    state_at: Mapped[datetime]
    custodian_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    custodian_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


class Section(Model):
    """A part of a case, held by one circle. `is_stale`: the next edit makes a new key."""

    __tablename__ = "section"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[str]
    holder_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    holder_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    revision: Mapped[int]
    generation: Mapped[int]
    is_stale: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class SectionRevision(Model):
    """Header of one revision; the number is unique within its section."""

    __tablename__ = "section_revision"
    __table_args__ = (UniqueConstraint("section_id", "revision"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    section_id: Mapped[UUID] = mapped_column(ForeignKey("section.id"), index=True)
    revision: Mapped[int]
    generation: Mapped[int]
    form_version: Mapped[int]
    author_id: Mapped[UUID]
    written_at: Mapped[datetime]


class SectionRevisionBody(Model):
    """The ciphertext of one revision."""

    __tablename__ = "section_revision_body"

    revision_id: Mapped[UUID] = mapped_column(
        ForeignKey("section_revision.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class StrandRow(Model):
    """One signed entry of one agency's strand in a case."""

    __tablename__ = "strand_entry"
    __table_args__ = (UniqueConstraint("case_id", "agency_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    seq: Mapped[int]
    raw: Mapped[bytes]
    signature: Mapped[bytes]


class SharingBasis(Model):
    """A consent or legal basis as workflow sees it: for whom, until when. Strands decide."""

    __tablename__ = "sharing_basis"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    form: Mapped[str]
    recorded_by_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    recorded_by_id: Mapped[UUID]
    recipient_agency_id: Mapped[UUID | None] = mapped_column(ForeignKey("agency.id"))
    recipient_circle_id: Mapped[UUID | None] = mapped_column(ForeignKey("circle.id"))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    purpose: Mapped[str]
    receipt_section_id: Mapped[UUID | None] = mapped_column(ForeignKey("section.id"))
    recorded_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    cosign_by: Mapped[datetime | None] = mapped_column(index=True)
    cosigned_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Grant(Model):
    """That a circle was given keys of a case; which ones, only its bundle tells."""

    __tablename__ = "case_grant"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    giver_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"))
    receiver_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"))
    receiver_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    form: Mapped[str]
    is_pending: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class GrantBasis(Model):
    """Which bases a grant rests on."""

    __tablename__ = "grant_basis"

    grant_id: Mapped[UUID] = mapped_column(ForeignKey("case_grant.id"), primary_key=True)
    basis_id: Mapped[UUID] = mapped_column(ForeignKey("sharing_basis.id"), primary_key=True)


class GrantBundle(Model):
    """Header of a sealed bundle of section keys; deleting it deletes the body (a job may)."""

    __tablename__ = "grant_bundle"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    grant_id: Mapped[UUID] = mapped_column(ForeignKey("case_grant.id"), index=True)
    circle_generation: Mapped[int]
    made_at: Mapped[datetime]


class GrantBundleBody(Model):
    """Section keys, sealed to the receiving circle."""

    __tablename__ = "grant_bundle_body"

    bundle_id: Mapped[UUID] = mapped_column(
        ForeignKey("grant_bundle.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class Card(Model):
    """That a circle keeps a card of a case."""

    __tablename__ = "card"
    __table_args__ = (UniqueConstraint("case_id", "circle_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), index=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    circle_generation: Mapped[int]
    drawer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("card_drawer.id", ondelete="SET NULL"), index=True
    )
    """Where a search reads what this card says; none since it was written, until it is filed."""


class CardBody(Model):
    """What a list shows of a case, under the circle's card key."""

    __tablename__ = "card_body"

    card_id: Mapped[UUID] = mapped_column(
        ForeignKey("card.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class CardDrawer(Model):
    """That a circle keeps many cards in one envelope as well, for its searches."""

    __tablename__ = "card_drawer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    circle_generation: Mapped[int]


class CardDrawerBody(Model):
    """What the cards of a drawer said when they were filed, under the circle's card key."""

    __tablename__ = "card_drawer_body"

    drawer_id: Mapped[UUID] = mapped_column(
        ForeignKey("card_drawer.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class Draft(Model):
    """That a member is in the middle of a form."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("member_id", "place"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    place: Mapped[str]
    saved_at: Mapped[datetime]


class DraftBody(Model):
    """What has been typed so far, under the member's own key."""

    __tablename__ = "draft_body"

    draft_id: Mapped[UUID] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class CaseRestorePoint(Model):
    """Where the strands of a case stood when a backup was put in place, signed by the server.

    Deny-only: without it a case of before the restore is not verified.
    """

    __tablename__ = "case_restore_point"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    raw: Mapped[bytes]
    signature: Mapped[bytes]
