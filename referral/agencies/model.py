"""Agencies, circles, the wraps of circle secrets, and the directory log."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.agencies.states import AgencyState
from referral.kernel.db import Model


class Agency(Model):
    """A service of the province. Its name and duties hold between two dates."""

    __tablename__ = "agency"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    unit_code: Mapped[str]
    unit_valid_from: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    phone: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=AgencyState.LISTED, index=True)
    state_at: Mapped[datetime]


class Circle(Model):
    """A group of members of one agency that shares a key. Its code name stands on screens."""

    __tablename__ = "circle"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    purpose: Mapped[str]
    name_vi: Mapped[str]
    name_en: Mapped[str]
    generation: Mapped[int]
    is_named: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]


class CircleArea(Model):
    """A unit that a shelter circle serves."""

    __tablename__ = "circle_area"
    __table_args__ = (UniqueConstraint("circle_id", "unit_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    unit_code: Mapped[str] = mapped_column(index=True)


class CircleWrapBody(Model):
    """A circle's secret of one generation, sealed to one member."""

    __tablename__ = "circle_wrap_body"
    __table_args__ = (UniqueConstraint("circle_id", "generation", "member_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"))
    generation: Mapped[int]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"), index=True)
    body: Mapped[bytes]


class CircleSuccession(Model):
    """That a generation of a circle was sealed to the circle that acts for it later."""

    __tablename__ = "circle_succession"
    __table_args__ = (UniqueConstraint("circle_id", "generation"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"))
    generation: Mapped[int]
    heir_agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    heir_circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"), index=True)
    heir_generation: Mapped[int]
    made_at: Mapped[datetime]


class CircleSuccessionBody(Model):
    """The circle's secret of that generation, sealed to the successor's circle."""

    __tablename__ = "circle_succession_body"

    succession_id: Mapped[UUID] = mapped_column(
        ForeignKey("circle_succession.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class DirectoryEntry(Model):
    """One signed entry of an agency's directory log."""

    __tablename__ = "directory_entry"
    __table_args__ = (UniqueConstraint("agency_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id"), index=True)
    seq: Mapped[int]
    raw: Mapped[bytes]
    signature: Mapped[bytes]
