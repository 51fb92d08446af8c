"""The same list the usual way: the fields of a card in encrypted columns under one server key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy_utils import StringEncryptedType
from sqlalchemy_utils.types.encrypted.encrypted_type import AesGcmEngine

from referral.cases.queries import CaseLine
from referral.kernel import db
from referral.kernel.db import Base as Ours
from referral.vault.primitives import random_key

NAMES = ("age_band", "sex", "spoken_name", "paper_name", "id_number", "phone", "needs", "children")
KEY = random_key().hex()
_AT_ONCE = 500


def _sealed() -> Any:
    return mapped_column(StringEncryptedType(key=KEY, engine=AesGcmEngine, length=255))


class Base(DeclarativeBase):
    """Apart from the product's own tables, with the same types."""

    type_annotation_map = Ours.registry.type_annotation_map


class Line(Base):
    """A case as a list shows it."""

    __tablename__ = "bench_line"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(index=True)
    age_band: Mapped[str] = _sealed()
    sex: Mapped[str] = _sealed()
    spoken_name: Mapped[str] = _sealed()
    paper_name: Mapped[str] = _sealed()
    id_number: Mapped[str] = _sealed()
    phone: Mapped[str] = _sealed()
    needs: Mapped[str] = _sealed()
    children: Mapped[str] = _sealed()


def copy(lines: list[CaseLine]) -> None:
    """The same rows in a table of their own."""
    Base.metadata.create_all(db.db.engine)
    rows = [
        {
            "id": line.id,
            "code": line.code,
            "state": line.state,
            "opened_at": line.opened_at,
            "needs": " ".join(line.card.get("needs", ())),
            "children": str(line.card.get("children_count", "")),
            **{name: line.card.get(name, "") for name in NAMES[:6]},
        }
        for line in lines
    ]
    with db.unit_of_work():
        db.begin_write()
        for start in range(0, len(rows), _AT_ONCE):
            db.session().execute(insert(Line), rows[start : start + _AT_ONCE])


def newest(size: int) -> list[dict[str, str]]:
    """One page of them, every field read."""
    query = select(Line).order_by(Line.opened_at.desc(), Line.id.desc()).limit(size)
    lines = [{name: getattr(line, name) for name in NAMES} for line in db.session().scalars(query)]
    db.rollback()
    return lines
