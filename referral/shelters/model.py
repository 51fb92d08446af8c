"""Headers and, apart from them, bodies. No header says who stays, nor where the place is.

A header tells its thief that a place under a code name has beds, and on which nights they are
claimed; which referral and which case a stay is for stands only in its sealed body.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from referral.kernel.db import Model
from referral.shelters.constraints import refuse_overlaps
from referral.shelters.states import SiteState, StayState


class Site(Model):
    """A place under a code name, worked by the members of one circle."""

    __tablename__ = "site"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    site_class: Mapped[str]
    kind: Mapped[str]
    code_name: Mapped[str]
    state: Mapped[str] = mapped_column(default=SiteState.OPEN)
    state_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    circle_generation: Mapped[int]


class SiteBody(Model):
    """Host, address, phone, decision, whom it takes, what rooms and beds are called."""

    __tablename__ = "site_body"

    site_id: Mapped[UUID] = mapped_column(
        ForeignKey("site.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class SiteUnit(Model):
    """A unit that a site serves; where the site stands is not to be read from it."""

    __tablename__ = "site_unit"

    site_id: Mapped[UUID] = mapped_column(
        ForeignKey("site.id", ondelete="CASCADE"), primary_key=True
    )
    unit_code: Mapped[str] = mapped_column(primary_key=True, index=True)


class Room(Model):
    """A room, which one household has to itself unless `is_shared`."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("site_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    code: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)


class Bed(Model):
    """A place to sleep; a cot is one for a small child."""

    __tablename__ = "bed"
    __table_args__ = (UniqueConstraint("room_id", "code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    room_id: Mapped[UUID] = mapped_column(ForeignKey("room.id"), index=True)
    code: Mapped[str]
    is_cot: Mapped[bool] = mapped_column(default=False)


class Stay(Model):
    """One household at one site from a day until the day of leaving (exclusive)."""

    __tablename__ = "stay"
    __table_args__ = (CheckConstraint("from_on <= to_on", name="not_before_it_began"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID] = mapped_column(ForeignKey("site.id"), index=True)
    state: Mapped[str] = mapped_column(default=StayState.HELD, index=True)
    state_at: Mapped[datetime]
    from_on: Mapped[date]
    to_on: Mapped[date]
    circle_generation: Mapped[int]

    site: Mapped[Site] = relationship(viewonly=True)


class StayBody(Model):
    """Referral, case, party, arrival, leaving and destination of a stay."""

    __tablename__ = "stay_body"

    stay_id: Mapped[UUID] = mapped_column(
        ForeignKey("stay.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class StayNote(Model):
    """That a line was added to the house log. Lines are added, never changed."""

    __tablename__ = "stay_note"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stay_id: Mapped[UUID] = mapped_column(ForeignKey("stay.id"), index=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    written_at: Mapped[datetime]
    form_version: Mapped[int]
    circle_generation: Mapped[int]


class StayNoteBody(Model):
    """What the line says."""

    __tablename__ = "stay_note_body"

    note_id: Mapped[UUID] = mapped_column(
        ForeignKey("stay_note.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class Claim(Model):
    """A bed is not free from a night until the day after the last (exclusive).

    A claim counts until it is released; a hold also ends at `expires_at`, whether or not somebody
    has marked it released. Two claims that count never overlap on a bed (see `constraints`).
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint("from_on < to_on", name="at_least_a_night"),
        CheckConstraint("(kind = 'hold') = (expires_at IS NOT NULL)", name="only_holds_expire"),
        CheckConstraint("(kind = 'block') = (stay_id IS NULL)", name="only_blocks_have_no_stay"),
        Index("ix_claim_bed_id_to_on", "bed_id", "to_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    bed_id: Mapped[UUID] = mapped_column(ForeignKey("bed.id"))
    kind: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    released_at: Mapped[datetime | None]
    stay_id: Mapped[UUID | None] = mapped_column(ForeignKey("stay.id"), index=True)


assert isinstance(Claim.__table__, Table)
refuse_overlaps(Claim.__table__)
