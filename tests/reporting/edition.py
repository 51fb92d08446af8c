"""A small edition with a month that is not published, and the facts under it."""

from datetime import date
from typing import Any

from referral.reporting.tables import (
    Category,
    Coverage,
    Fact,
    Frame,
    Tables,
    build_tables,
    freeze,
    protect_tables,
)

FRAME = Frame(
    units=[Category("474", "Thành phố Huế", "Hue City"), Category("481", "A Lưới", "A Luoi")],
    months=["2024-01", "2024-02", "2024-03"],
    forms=[
        Category("physical", "Bạo lực thể chất", "Physical violence"),
        Category("mental", "Bạo lực tinh thần", "Mental violence"),
    ],
    services=[Category("health", "Chăm sóc sức khỏe", "Health care")],
)
SEEN = {"474": (1407, 2, 8), "481": (6, 7, 9)}
"""Persons detected, by unit, in the three months."""


def facts() -> list[Fact]:
    """One detection, incident and service a person; every second one also suffered mentally."""
    found: list[Fact] = []
    for unit, months in SEEN.items():
        for month, persons in zip(FRAME.months, months, strict=True):
            for n in range(persons):
                tag = f"{unit}{month}{n}".encode().hex()
                forms = ["physical", "mental"] if n % 2 else ["physical"]
                found += [
                    detection(tag, unit, month, forms),
                    incident(tag, unit, month),
                    service(tag, unit, month),
                ]
    return found


def detection(tag: str, unit: str, month: str, forms: list[str] | None = None) -> Fact:
    """The fact that a person was met."""
    return Fact(kind="detection", case_tag=tag, unit_code=unit, month=month, forms=forms or [])


def incident(tag: str, unit: str, month: str) -> Fact:
    """The fact that violence happened to a person."""
    return Fact(kind="incident", case_tag=tag, unit_code=unit, month=month)


def service(tag: str, unit: str, month: str, code: str = "health") -> Fact:
    """The fact that a service was delivered."""
    return Fact(kind="service", case_tag=tag, unit_code=unit, month=month, service=code)


def built(held: list[Fact] | None = None, agreed: int | None = 1430) -> Tables:
    """The tables before protection."""
    return build_tables(facts() if held is None else held, FRAME, Coverage(9, agreed=agreed))


def frozen() -> dict[str, Any]:
    """The edition as it may be shown."""
    tables = built()
    return freeze(tables, protect_tables(tables, 5), cut_off_on=date(2024, 3, 31))


def table_of(edition: dict[str, Any], code: str) -> dict[str, Any]:
    """One table of an edition."""
    found: dict[str, Any] = next(t for t in edition["tables"] if t["code"] == code)
    return found
