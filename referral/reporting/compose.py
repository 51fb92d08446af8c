"""From facts to a frozen draft. Seconds of computing, outside any transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from referral.agencies.geography import (
    Unit,
    UnknownUnit,
    district_of,
    successors,
    unit_at,
    units_on,
)
from referral.agencies.model import Agency
from referral.agencies.states import AgencyState
from referral.cases.forms_in_force import shelf
from referral.kernel import clock
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotVerified
from referral.reporting.disclosure.primary import standard, strict
from referral.reporting.disclosure.problem import UnprotectableError
from referral.reporting.facts import OpenedFact, OpenedFacts
from referral.reporting.service import FrozenDraft
from referral.reporting.tables import (
    UNKNOWN,
    Category,
    Coverage,
    Fact,
    Frame,
    Tables,
    build_tables,
    freeze,
    protect_tables,
)

TOO_FEW = "So few people are counted yet that no table can be shown safely."


class Threshold:
    """Fewest persons behind a number that may be shown; set by the composition root."""

    def __init__(self) -> None:
        self.persons = 5

    def configure(self, persons: int) -> None:
        """Take the installation's rule."""
        self.persons = persons


threshold = Threshold()


def units_on_system() -> list[str]:
    """Codes of the units in which a live agency works; read before composing."""
    query = select(Agency.unit_code).where(Agency.state == AgencyState.LIVE).distinct()
    return list(session().scalars(query))


def compose(opened: OpenedFacts, live_units: Sequence[str], *, year: int) -> FrozenDraft:
    """Count, protect all tables together, and check the result with an independent attacker.

    `InvalidInput` for a year without a month behind it, and where so few are counted that even
    hiding everything would tell the one who is; `NotVerified` if the attacker wins, which
    would be a fault of ours: then nothing is frozen.
    """
    cut_off = min(clock.today(), date(year, 12, 31))
    if cut_off.year < year:
        raise InvalidInput({"year": ["This year has not begun yet."]})
    rows = _facts(opened.facts, cut_off)
    frame = _frame(rows, live_units, cut_off)
    coverage = Coverage(len(_reporting_units(cut_off)), not_verified=opened.not_verified)
    tables = build_tables(rows, frame, coverage)
    try:
        protection = protect_tables(tables, threshold.persons)
    except UnprotectableError as error:
        raise InvalidInput({"year": [TOO_FEW]}) from error
    _audit(tables, protection.pattern)
    frozen = freeze(tables, protection, cut_off_on=cut_off, threshold=threshold.persons)
    return FrozenDraft(year, cut_off, frozen, opened.opened_at)


def _audit(tables: Tables, pattern: frozenset[str]) -> None:
    """The attacker, which shares no code with the protection, must not corner a small cell."""
    from referral.reporting.disclosure.attack import attack  # noqa: PLC0415  # loads SciPy

    problem = tables.problem(threshold.persons, show_grand_totals=False)
    intervals = attack(problem, pattern)
    for demand in standard(problem, strict(threshold.persons)).demands:
        reach = intervals.get(demand.cell)
        wide = reach is not None and (reach.high is None or reach.high - reach.low >= 2)
        if not wide:
            raise NotVerified("a small number could be worked out")


def _reporting_units(day: date) -> Sequence[Unit]:
    """The districts of the day, or the communes where districts are no more."""
    return units_on(day, "district") or units_on(day, "commune")


def _reporting_unit(code: str, when: date, day: date) -> str:
    """The unit of the report's epoch in which a place of `when` lies; codes are used again.

    Unknown for a code that was none then, for the province, and where a unit was divided.
    """
    try:
        unit = unit_at(code, when)
    except UnknownUnit:
        return UNKNOWN
    while not unit.is_valid_on(day):
        heirs = successors(*unit.key)
        if len(heirs) != 1:
            return UNKNOWN
        unit = heirs[0]
    if unit.level == "province":
        return UNKNOWN
    above = district_of(unit, day)
    return above.code if above is not None else unit.code


def _first_of(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _facts(opened: Sequence[OpenedFact], day: date) -> list[Fact]:
    """Facts as the tables take them; a service stands in the unit where she was met."""
    places: dict[str, str] = defaultdict(lambda: UNKNOWN)
    for fact in opened:
        if fact.kind == "incident":
            places.setdefault(
                fact.case_tag, _reporting_unit(fact.unit_code, _first_of(fact.month), day)
            )
    rows: list[Fact] = []
    for fact in opened:
        unit = places[fact.case_tag]
        if fact.kind == "incident":
            forms = list(fact.codes.get("forms") or ())
            common = Fact(
                kind="detection", case_tag=fact.case_tag, unit_code=unit, month=fact.month
            )
            rows.append({**common, "forms": [f for f in forms if f in _codes("incident", "forms")]})
            rows.append({**common, "kind": "incident"})
        else:
            rows.append(
                Fact(
                    kind="service",
                    case_tag=fact.case_tag,
                    unit_code=unit,
                    month=fact.month,
                    service=str(fact.codes["kind"]),
                )
            )
    return rows


def _codes(kind: str, field: str) -> frozenset[str]:
    return frozenset(option.id for option in shelf.form(kind).field(field).options)


def _options(kind: str, field: str) -> list[Category]:
    options = shelf.form(kind).field(field).options
    return [Category(o.id, o.label("vi"), o.label("en")) for o in options]


def _frame(rows: Sequence[Fact], live_units: Sequence[str], day: date) -> Frame:
    """Rows for units on the system or in the facts; columns for the months up to the cut-off."""
    present = {_reporting_unit(code, day, day) for code in live_units} | {
        row["unit_code"] for row in rows
    }
    units = [
        Category(unit.code, unit.name("vi"), unit.name("en"))
        for unit in _reporting_units(day)
        if unit.code in present
    ]
    if any(row["unit_code"] == UNKNOWN for row in rows):
        units.append(Category(UNKNOWN, "Chưa rõ nơi xảy ra", "Place not known"))
    months = [f"{day.year}-{month:02d}" for month in range(1, day.month + 1)]
    return Frame(units, months, _options("incident", "forms"), _options("service", "kind"))
