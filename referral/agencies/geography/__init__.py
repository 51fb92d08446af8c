"""The administrative units of the province, each with the days on which it existed.

Codes of the General Statistics Office are used again for other units (474 was the city of Huế and
then one of its two urban districts), names repeat, and the districts ended on 2025-06-30. A unit is
therefore known by its code *and* the first day of its row, and every question takes a day. A unit
without a last day still exists. Days are local dates.

Sources: Resolution 1264/NQ-UBTVQH14 (from 2021-07-01), Resolutions 175/2024/QH15 and
1314/NQ-UBTVQH15 (from 2025-01-01), the two-tier government of 2025-07-01. The two lists beside this
module are made by `tools/make_geography.py`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

Level = Literal["province", "district", "commune"]
Key = tuple[str, date]

PROVINCE_CODE = "46"
"""The province in every epoch: Tỉnh Thừa Thiên Huế until 2024, Thành phố Huế since 2025."""


class UnknownUnit(LookupError):
    """No unit had that code on that day, or no row of it began on that day."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A province, district or commune for as long as its name, kind and parent stayed the same."""

    code: str
    valid_from: date
    valid_to: date | None
    level: Level
    kind: str
    name_vi: str
    name_en: str
    parent_code: str | None
    parent_valid_from: date | None

    @property
    def key(self) -> Key:
        """What identifies the row: the code alone does not, codes are used again."""
        return (self.code, self.valid_from)

    @property
    def bare_name(self) -> str:
        """The name without its kind: "Hồng Hạ" of "Xã Hồng Hạ". Not unique in the province."""
        return self.name_vi[len(self.kind) + 1 :]

    def name(self, locale: str) -> str:
        """The full name in the locale: Vietnamese for `vi…`, else English."""
        return self.name_vi if locale.startswith("vi") else self.name_en

    def is_valid_on(self, day: date) -> bool:
        """Whether the unit existed, in this form, on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__name__).joinpath(name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _level(value: str) -> Level:
    match value:
        case "province" | "district" | "commune":
            return value
        case _:
            raise ValueError(f"units.csv: unknown level {value!r}")


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


@lru_cache(maxsize=1)
def load_units() -> tuple[Unit, ...]:
    """Every unit of every epoch, by code and then by first day."""
    return tuple(
        Unit(
            code=row["code"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=_day(row["valid_to"]),
            level=_level(row["level"]),
            kind=row["kind"],
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            parent_code=row["parent_code"] or None,
            parent_valid_from=_day(row["parent_valid_from"]),
        )
        for row in _rows("units.csv")
    )


@lru_cache(maxsize=1)
def _by_code() -> dict[str, tuple[Unit, ...]]:
    grouped: dict[str, list[Unit]] = {}
    for unit in load_units():
        grouped.setdefault(unit.code, []).append(unit)
    return {code: tuple(units) for code, units in grouped.items()}


@lru_cache(maxsize=1)
def _heirs() -> dict[Key, tuple[Key, ...]]:
    grouped: dict[Key, list[Key]] = {}
    for row in _rows("successions.csv"):
        origin = (row["from_code"], date.fromisoformat(row["from_valid_from"]))
        heir = (row["to_code"], date.fromisoformat(row["to_valid_from"]))
        grouped.setdefault(origin, []).append(heir)
    return {origin: tuple(heirs) for origin, heirs in grouped.items()}


def units_on(day: date, level: Level | None = None) -> tuple[Unit, ...]:
    """The units that existed on the day, all or those of one level; empty before 2021-07-01."""
    return tuple(
        unit
        for unit in load_units()
        if unit.is_valid_on(day) and (level is None or unit.level == level)
    )


def unit_at(code: str, day: date) -> Unit:
    """The unit that had the code on the day. Raises UnknownUnit when none had."""
    for unit in _by_code().get(code, ()):
        if unit.is_valid_on(day):
            return unit
    raise UnknownUnit(f"no unit {code} on {day.isoformat()}")


def last_known(code: str, day: date) -> tuple[Unit, date]:
    """The unit of that code as it stood on the day, or last before it, with the day it stood so.

    An answer given about a commune names it still when the commune has ended. Raises UnknownUnit
    when no unit had the code so far.
    """
    begun = [unit for unit in _by_code().get(code, ()) if unit.valid_from <= day]
    if not begun:
        raise UnknownUnit(f"no unit {code} until {day.isoformat()}")
    newest = max(begun, key=lambda unit: unit.valid_from)
    return newest, min(day, newest.valid_to or day)


def unit_from(code: str, valid_from: date) -> Unit:
    """The row with exactly this key, whatever the day is now. Raises UnknownUnit."""
    for unit in _by_code().get(code, ()):
        if unit.valid_from == valid_from:
            return unit
    raise UnknownUnit(f"no row of unit {code} begins on {valid_from.isoformat()}")


def successors(code: str, valid_from: date) -> tuple[Unit, ...]:
    """The units that took this row's place when it ended; empty while it is valid.

    A commune always has exactly one: none was ever divided in this province. The city of Huế had
    two in 2025; the districts that ended on 2025-06-30 have none. Raises UnknownUnit.
    """
    origin = unit_from(code, valid_from)
    return tuple(unit_from(*heir) for heir in _heirs().get(origin.key, ()))


def children(unit: Unit, day: date) -> tuple[Unit, ...]:
    """The units directly below this one on the day; empty when it did not exist on that day."""
    if not unit.is_valid_on(day):
        return ()
    return tuple(child for child in units_on(day) if child.parent_code == unit.code)


@lru_cache(maxsize=64)
def codes_within(code: str, day: date) -> frozenset[str]:
    """The code itself and those of all units that lay within it on the day.

    Only the code itself for a commune, and for a code that no unit had then.
    """
    found, below = {code}, {code}
    while below:
        below = {unit.code for unit in units_on(day) if unit.parent_code in below} - found
        found |= below
    return frozenset(found)


def district_of(unit: Unit, day: date) -> Unit | None:
    """The district that the unit was, or belonged to, on the day.

    None for the province, and for every commune since 2025-07-01, when districts had ended.
    Raises UnknownUnit when the unit did not exist, in this form, on the day.
    """
    if not unit.is_valid_on(day):
        raise UnknownUnit(f"{unit.name_vi} ({unit.code}) did not exist on {day.isoformat()}")
    if unit.level == "district":
        return unit
    if unit.parent_code is None:
        return None
    parent = unit_at(unit.parent_code, day)
    return parent if parent.level == "district" else None
