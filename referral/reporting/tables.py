"""From opened facts to protected, frozen tables. Pure: no database, no clock, no keys.

Persons are distinct case tags. A person is counted once in the period, in the unit and month of her
first detection, so that units and months add up; forms of violence and services are several per
person and add up over units only. All tables are one disclosure problem.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NotRequired, TypedDict

from referral.reporting.disclosure.primary import standard, strict
from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Problem,
    Protection,
    Sum,
    UnprotectableError,
)
from referral.reporting.labels import TABLES, WORDS, Label, month_label

SUPPRESSED = "…"
UNKNOWN = "unknown"
_ALL = "*"
_LEAF, _UNIT_TOTAL, _PROVINCE_TOTAL, _GRAND_TOTAL = 1.0, 6.0, 12.0, 1000.0
_PERSONS, _INCIDENTS, _FORMS, _SERVICES = "person", "incident", "form", "service"


class Fact(TypedDict):
    """One opened fact. ``month`` is ``YYYY-MM``; ``forms`` and ``service`` are codes."""

    kind: Literal["detection", "incident", "service"]
    case_tag: str
    unit_code: str
    month: str
    forms: NotRequired[Sequence[str]]
    service: NotRequired[str]


class UnknownCodeError(ValueError):
    """A fact names a unit, form or service that the edition has no row or column for."""


@dataclass(frozen=True, slots=True)
class Category:
    """A row or column: its code and its label in both languages."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What an edition counts over.

    ``units`` are those on the system: the zeros of a unit that is not on it are known to anybody
    and would hide nothing, so it gets no row. ``months`` are those of the period up to the cut-off.
    """

    units: Sequence[Category]
    months: Sequence[str]
    forms: Sequence[Category]
    services: Sequence[Category]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an edition says of its own completeness.

    ``units_in_province`` counts the units that ought to report. ``agreed`` counts the detected
    persons who agreed to detailed statistics, if that is known; it is protected like any cell.
    ``not_verified`` counts the facts left out because they could not be relied on.
    """

    units_in_province: int
    agreed: int | None = None
    not_verified: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``cells`` holds, row by row, the ids of the cells of the common problem."""

    code: str
    rows: Sequence[Category]
    columns: Sequence[Category]
    cells: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Tables:
    """The linked tables of one edition before protection. Holds true counts: never shown."""

    frame: Frame
    coverage: Coverage
    tables: Sequence[Table]
    counts: Mapping[str, int]
    people: Mapping[str, int]

    def problem(self, threshold: int, *, show_grand_totals: bool) -> Problem:
        """Pose the disclosure problem; grand totals stay if asked and based on enough persons."""
        cells = [
            Cell(
                cell,
                count,
                contributors=self.people.get(cell),
                weight=_weight(cell),
                published=show_grand_totals
                and cell in {_id(_PERSONS, _ALL, _ALL), _id(_INCIDENTS, _ALL, _ALL)}
                and not 0 < self.people.get(cell, count) < threshold,
            )
            for cell, count in self.counts.items()
        ]
        return Problem(cells, list(self._sums()), list(self._bounds()))

    def _sums(self) -> Iterable[Sum]:
        units, months = [unit.code for unit in self.frame.units], list(self.frame.months)
        for kind in (_PERSONS, _INCIDENTS):
            for unit in (*units, _ALL):
                yield Sum(_id(kind, unit, _ALL), tuple(_id(kind, unit, m) for m in months))
            for month in (*months, _ALL):
                yield Sum(_id(kind, _ALL, month), tuple(_id(kind, u, month) for u in units))
        for kind, codes in ((_FORMS, _form_codes(self.frame)), (_SERVICES, _codes(self.frame))):
            for code in codes:
                yield Sum(_id(kind, _ALL, code), tuple(_id(kind, u, code) for u in units))
        if self.coverage.agreed is not None:
            yield Sum(_id(_PERSONS, _ALL, _ALL), ("agreed", "others"))

    def _bounds(self) -> Iterable[Bound]:
        """Say what anybody knows of counts that do not add up: parts overlap, but have a whole."""
        for unit in (*(unit.code for unit in self.frame.units), _ALL):
            whole = (_id(_PERSONS, unit, _ALL),)
            unknown = _id(_FORMS, unit, UNKNOWN)
            forms = [_id(_FORMS, unit, form.code) for form in self.frame.forms]
            yield Bound(whole, (*forms, unknown))
            for form in forms:
                yield Bound((form, unknown), whole)
            for code in _codes(self.frame):
                yield Bound((_id(_SERVICES, unit, code),), whole)


def build_tables(facts: Iterable[Fact], frame: Frame, coverage: Coverage) -> Tables:
    """Count the facts of the period; facts of other months are left out.

    Raises `UnknownCodeError` for a unit, form or service outside the frame, rather than dropping a
    person in silence.
    """
    held = [fact for fact in facts if fact["month"] in set(frame.months)]
    _check_codes(held, frame)
    tags: dict[str, set[str]] = defaultdict(set)
    places = _first_detections(held)
    for tag, (month, unit) in places.items():
        _count(tags, _PERSONS, (unit, _ALL), (month, _ALL), tag)
    for tag, codes in _several(held, places, _FORMS).items():
        for code in codes or {UNKNOWN}:
            _count(tags, _FORMS, (places[tag][1], _ALL), (code,), tag)
    for tag, codes in _several(held, places, _SERVICES).items():
        for code in codes:
            _count(tags, _SERVICES, (places[tag][1], _ALL), (code,), tag)
    incidents = _incidents(held, tags)
    return _assemble(frame, coverage, tags, incidents)


def protect_tables(tables: Tables, threshold: int = 5) -> Protection:
    """Choose what to suppress in all tables together; give up the grand totals only if need be.

    ``threshold`` is the least number of distinct persons that may stand behind a shown number.
    """
    from referral.reporting.disclosure.protection import protect  # noqa: PLC0415  # loads SciPy

    def protected(*, show_grand_totals: bool) -> Protection:
        problem = tables.problem(threshold, show_grand_totals=show_grand_totals)
        return protect(problem, standard(problem, strict(threshold)))

    try:
        return protected(show_grand_totals=True)
    except UnprotectableError:
        return protected(show_grand_totals=False)


def freeze(
    tables: Tables, protection: Protection, *, cut_off_on: date, threshold: int = 5
) -> dict[str, Any]:
    """Return the edition as it may be shown: published numbers, or the one symbol.

    Holds nothing of the certificate or of the numbers withheld. `canonical` writes it down.
    """

    def shown(cell: str) -> int | str:
        return SUPPRESSED if cell in protection.pattern else tables.counts[cell]

    agreed = None
    if tables.coverage.agreed is not None:
        agreed = {"agreed": shown("agreed"), "others": shown("others")}
    return {
        "version": 1,
        "period": {"first": tables.frame.months[0], "last": tables.frame.months[-1]},
        "cut_off_on": cut_off_on.isoformat(),
        "rule": {"threshold": threshold, "symbol": SUPPRESSED},
        "coverage": {
            "units_on_system": len(tables.frame.units),
            "units_in_province": tables.coverage.units_in_province,
            "persons": agreed,
            "not_verified": tables.coverage.not_verified,
        },
        "tables": [
            {
                "code": table.code,
                **TABLES[table.code],
                "rows": [_label(row) for row in table.rows],
                "columns": [_label(column) for column in table.columns],
                "values": [[shown(cell) for cell in row] for row in table.cells],
            }
            for table in tables.tables
        ],
    }


def canonical(frozen: Mapping[str, Any]) -> bytes:
    """Write a frozen edition so that equal editions are equal bytes (sorted keys, UTF-8)."""
    return json.dumps(
        frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(frozen: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical form, in hex: the edition's verification code."""
    return hashlib.sha256(canonical(frozen)).hexdigest()


def _id(kind: str, unit: str, column: str) -> str:
    return f"{kind}/{unit}/{column}"


def _codes(frame: Frame) -> list[str]:
    return [service.code for service in frame.services]


def _form_codes(frame: Frame) -> list[str]:
    return [*(form.code for form in frame.forms), UNKNOWN]


def _label(category: Category) -> Label:
    return {"code": category.code, "vi": category.vi, "en": category.en}


def _weight(cell: str) -> float:
    _, unit, column = cell.split("/") if "/" in cell else ("", _ALL, "")
    if unit == _ALL:
        return _GRAND_TOTAL if column == _ALL else _PROVINCE_TOTAL
    return _UNIT_TOTAL if column == _ALL else _LEAF


def _check_codes(facts: Iterable[Fact], frame: Frame) -> None:
    units = {unit.code for unit in frame.units}
    forms, services = {form.code for form in frame.forms}, set(_codes(frame))
    for fact in facts:
        wrong = ({fact["unit_code"]} - units) | (set(fact.get("forms", ())) - forms)
        if fact["kind"] == "service":
            wrong |= {fact["service"]} - services
        if wrong:
            raise UnknownCodeError(f"no row or column for {', '.join(sorted(wrong))}")


def _first_detections(facts: Iterable[Fact]) -> dict[str, tuple[str, str]]:
    """Return month and unit where each person was first detected; ties go to the lower code."""
    places: dict[str, tuple[str, str]] = {}
    for fact in facts:
        if fact["kind"] == "detection":
            place = fact["month"], fact["unit_code"]
            places[fact["case_tag"]] = min(place, places.get(fact["case_tag"], place))
    return places


def _several(facts: Iterable[Fact], people: Iterable[str], kind: str) -> dict[str, set[str]]:
    """Return the codes that are several per person: her forms of violence, or her services."""
    codes: dict[str, set[str]] = {tag: set() for tag in people}
    for fact in facts:
        if fact["case_tag"] not in codes:
            continue
        if kind == _FORMS:
            codes[fact["case_tag"]].update(fact.get("forms", ()))
        elif fact["kind"] == "service":
            codes[fact["case_tag"]].add(fact["service"])
    return codes


def _incidents(facts: Iterable[Fact], tags: dict[str, set[str]]) -> Counter[str]:
    """Count incidents, and note the persons behind them in ``tags``."""
    incidents: Counter[str] = Counter()
    for fact in facts:
        if fact["kind"] == "incident":
            units, months = (fact["unit_code"], _ALL), (fact["month"], _ALL)
            _count(tags, _INCIDENTS, units, months, fact["case_tag"])
            incidents.update(_id(_INCIDENTS, unit, month) for unit in units for month in months)
    return incidents


def _count(
    tags: dict[str, set[str]], kind: str, units: Iterable[str], columns: Iterable[str], tag: str
) -> None:
    columns = tuple(columns)
    for unit in units:
        for column in columns:
            tags[_id(kind, unit, column)].add(tag)


def _assemble(
    frame: Frame, coverage: Coverage, tags: Mapping[str, set[str]], incidents: Mapping[str, int]
) -> Tables:
    tables = _layouts(frame)
    ids = sorted({cell for table in tables for row in table.cells for cell in row})
    counts = {cell: incidents.get(cell, len(tags.get(cell, ()))) for cell in ids}
    people = {cell: len(tags.get(cell, ())) for cell in ids if cell.startswith(_INCIDENTS)}
    if coverage.agreed is not None:
        counts["agreed"] = coverage.agreed
        counts["others"] = counts[_id(_PERSONS, _ALL, _ALL)] - coverage.agreed
    return Tables(frame, coverage, tables, counts, people)


def _layouts(frame: Frame) -> list[Table]:
    """Lay the tables out; the column of all persons is the same cells in three of them."""
    months = [Category(month, month_label(month), month_label(month)) for month in frame.months]
    unknown, persons = Category(UNKNOWN, **WORDS["unknown"]), Category(_ALL, **WORDS["persons"])
    total = Category(_ALL, **WORDS["total"])
    rows = [*frame.units, Category(_ALL, **WORDS["province"])]
    plans = [
        ("persons_by_month", _PERSONS, months, total),
        ("persons_by_form", _FORMS, [*frame.forms, unknown], persons),
        ("persons_by_service", _SERVICES, list(frame.services), persons),
        ("incidents_by_month", _INCIDENTS, months, total),
    ]
    tables = []
    for code, kind, columns, last in plans:
        margin = _INCIDENTS if kind == _INCIDENTS else _PERSONS
        cells = [
            [*(_id(kind, row.code, column.code) for column in columns), _id(margin, row.code, _ALL)]
            for row in rows
        ]
        tables.append(Table(code, rows, [*columns, last], cells))
    return tables
