"""Sealed facts and frozen editions. A fact's row has a random key and nothing worth reading."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model
from referral.reporting.states import EditionState


class StagedFact(Model):
    """A fact that waits for nine others, so that the order of rows tells nothing."""

    __tablename__ = "staged_fact"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"))
    circle_generation: Mapped[int]


class StagedFactBody(Model):
    """The sealed fact."""

    __tablename__ = "staged_fact_body"

    fact_id: Mapped[UUID] = mapped_column(
        ForeignKey("staged_fact.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class FactRow(Model):
    """A fact among others: no time, no author, no case."""

    __tablename__ = "fact"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    circle_id: Mapped[UUID] = mapped_column(ForeignKey("circle.id"))
    circle_generation: Mapped[int]


class FactBody(Model):
    """The sealed fact."""

    __tablename__ = "fact_body"

    fact_id: Mapped[UUID] = mapped_column(
        ForeignKey("fact.id", ondelete="CASCADE"), primary_key=True
    )
    body: Mapped[bytes]


class Edition(Model):
    """One frozen set of tables: only numbers that were found safe together."""

    __tablename__ = "edition"
    __table_args__ = (UniqueConstraint("year", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    state: Mapped[str] = mapped_column(default=EditionState.DRAFT, index=True)
    state_at: Mapped[datetime]
    cut_off_on: Mapped[date]
    frozen: Mapped[dict[str, Any]]
    digest: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("member.id"))
    freeze_statement: Mapped[bytes | None]
    decision_statement: Mapped[bytes | None]
