"""What is counted is what is there, and what is shown can be shown."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count, product
from typing import Any
from uuid import UUID

import pytest

from referral.agencies.geography import successors, unit_at, units_on
from referral.cases.forms_in_force import shelf
from referral.kernel import clock
from referral.kernel.errors import InvalidInput, NotVerified
from referral.reporting import compose as composing
from referral.reporting.compose import _reporting_unit, threshold, units_on_system
from referral.reporting.disclosure.problem import Certificate, Protection
from referral.reporting.facts import OpenedFact, OpenedFacts
from referral.reporting.service import FrozenDraft
from referral.reporting.tables import SUPPRESSED, UNKNOWN
from tests.reporting.bureau import Bureau

YEAR = 2024
A_LUOI, HUE = "481", "474"
COMMUNE = {A_LUOI: "20050", HUE: "19750"}
FORMS = ("physical", "mental", "sexual", "economic")
numbers = count()


@pytest.fixture(autouse=True)
def three_persons() -> Iterator[None]:
    before = threshold.persons
    shelf.configure(None)
    threshold.configure(3)
    yield
    threshold.configure(before)


def compose(opened: Iterable[OpenedFact], live_units: list[str], *, year: int) -> FrozenDraft:
    return composing.compose(OpenedFacts(tuple(opened), 0, clock.now()), live_units, year=year)


def fact(kind: str, tag: str, month: str, unit: str, /, **codes: Any) -> OpenedFact:
    return OpenedFact(UUID(int=next(numbers)), kind, tag, month, unit, codes)


def person(
    month: int, district: str, forms: Iterable[str] = (), services: Iterable[str] = ()
) -> list[OpenedFact]:
    """One survivor: an incident, and what was done for her."""
    tag, when = f"{next(numbers):032x}", f"{YEAR}-{month:02d}"
    unit = COMMUNE.get(district, district)
    told = [fact("incident", tag, when, unit, forms=list(forms))]
    # A service is written by another agency, in whose unit she was not met.
    return told + [fact("service", tag, when, "46", kind=kind) for kind in services]


def table(frozen: dict[str, Any], code: str) -> dict[tuple[str, str], Any]:
    """(row, column) → what the edition shows."""
    found = next(t for t in frozen["tables"] if t["code"] == code)
    columns = [column["code"] for column in found["columns"]]
    return {
        (row["code"], column): value
        for row, values in zip(found["rows"], found["values"], strict=True)
        for column, value in zip(columns, values, strict=True)
    }


def plenty() -> list[OpenedFact]:
    """So many in every cell that nothing needs to be withheld."""
    found: list[OpenedFact] = []
    for month, district, form in product(range(1, 13), (A_LUOI, HUE), FORMS):
        for n in range(3 + (month + len(form)) % 3):
            services = ["health_care", "shelter"] if n % 2 else ["health_care", "legal_aid"]
            found += person(month, district, [form], services)
    return found


def one_alone() -> list[OpenedFact]:
    """So many in every cell, and one survivor in a place and month of her own."""
    return plenty() + person(5, "476", ["physical"], ["health_care"])


@pytest.mark.promise("figures-name-nobody")
def test_where_nothing_is_withheld_every_number_equals_an_independent_count() -> None:
    opened = plenty()
    draft = compose(opened, ["20050", "19750"], year=YEAR)
    shown = {code: table(draft.frozen, code) for code in codes(draft.frozen)}
    assert not [cell for cells in shown.values() for cell, v in cells.items() if v == SUPPRESSED]
    for code, cells in counted(opened).items():
        assert {cell: shown[code][cell] for cell in cells} == cells
    assert shown["incidents_by_month"] == shown["persons_by_month"]
    whole = len({f.case_tag for f in opened})
    assert {cells["*", "*"] for cells in shown.values()} == {whole}
    assert shown["persons_by_service"]["*", "transport"] == 0


def counted(opened: list[OpenedFact]) -> dict[str, dict[tuple[str, str], int]]:
    """Distinct persons by table and cell, counted as one would on paper."""
    where = {f.case_tag: A_LUOI if f.unit_code == "20050" else HUE for f in incidents(opened)}
    tags: dict[str, dict[tuple[str, str], set[str]]] = {
        code: defaultdict(set)
        for code in ("persons_by_month", "persons_by_form", "persons_by_service")
    }
    for told, place in ((f, p) for f in opened for p in (where[f.case_tag], "*")):
        if told.kind == "service":
            tags["persons_by_service"][place, told.codes["kind"]].add(told.case_tag)
            continue
        tags["persons_by_month"][place, told.month].add(told.case_tag)
        for form in told.codes["forms"]:
            tags["persons_by_form"][place, form].add(told.case_tag)
    return {code: {cell: len(who) for cell, who in cells.items()} for code, cells in tags.items()}


def incidents(opened: Iterable[OpenedFact]) -> list[OpenedFact]:
    return [one for one in opened if one.kind == "incident"]


def codes(frozen: dict[str, Any]) -> list[str]:
    return [t["code"] for t in frozen["tables"]]


@pytest.mark.promise("figures-name-nobody")
@pytest.mark.long
def test_a_single_survivor_in_a_cell_is_withheld_and_cannot_be_subtracted() -> None:
    draft = compose(one_alone(), ["20050", "19750"], year=YEAR)
    cells = table(draft.frozen, "persons_by_month")
    assert cells["476", f"{YEAR}-05"] == SUPPRESSED
    withheld = [place for place, v in cells.items() if place[1] == f"{YEAR}-05" and v == SUPPRESSED]
    assert len(withheld) >= 2
    assert draft.frozen["rule"] == {"threshold": 3, "symbol": SUPPRESSED}


def test_a_person_met_twice_is_one_person_and_two_incidents() -> None:
    opened = plenty()
    again = incidents(opened)[0]
    opened.append(
        fact("incident", again.case_tag, f"{YEAR}-12", again.unit_code, forms=["physical"])
    )
    draft = compose(opened, ["20050", "19750"], year=YEAR)
    whole = len({f.case_tag for f in opened})
    assert table(draft.frozen, "persons_by_month")["*", "*"] == whole
    assert table(draft.frozen, "incidents_by_month")["*", "*"] == whole + 1


def test_a_place_that_is_none_is_counted_as_unknown_and_nobody_is_lost() -> None:
    opened = plenty()
    for unit in ("99999", "46", ""):
        for _ in range(4):
            opened += person(3, unit, ["physical"])
    draft = compose(opened, ["20050", "19750"], year=YEAR)
    cells = table(draft.frozen, "persons_by_month")
    assert cells["unknown", "*"] == 12
    assert cells["*", "*"] == len({f.case_tag for f in opened})


def test_a_code_that_the_form_does_not_know_stops_no_edition() -> None:
    opened = plenty() + [p for _ in range(4) for p in person(3, A_LUOI, ["unheard_of"])]
    draft = compose(opened, ["20050"], year=YEAR)
    assert table(draft.frozen, "persons_by_form")[A_LUOI, "unknown"] == 4


def test_only_the_year_asked_for_is_counted_and_only_as_far_as_it_has_come() -> None:
    other = [
        fact("incident", f"{n:032x}", f"{year}-06", "20050", forms=["physical"])
        for n, year in enumerate((2023, 2025))
    ]
    draft = compose(plenty() + other, ["20050", "19750"], year=YEAR)
    assert draft.frozen == compose_plenty()
    assert draft.cut_off_on == date(YEAR, 12, 31)
    assert draft.frozen["period"] == {"first": "2024-01", "last": "2024-12"}


def compose_plenty() -> dict[str, Any]:
    return compose(plenty(), ["20050", "19750"], year=YEAR).frozen


def test_the_present_year_ends_today() -> None:
    shift = clock.clock.shift
    try:
        clock.clock.travel(clock.clock.unshifted().replace(year=2024, month=3, day=9))
        draft = compose(plenty(), ["20050", "19750"], year=2024)
        assert draft.cut_off_on == clock.today()
        assert draft.frozen["period"]["last"] == "2024-03"
    finally:
        clock.clock.shift = shift


def test_a_year_that_has_not_begun_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput) as refused:
        compose([], [], year=clock.today().year + 1)
    assert set(refused.value.fields) == {"year"}


def test_every_unit_on_the_system_has_its_row_even_without_a_fact() -> None:
    draft = compose(plenty(), ["20050", "19750", "479"], year=YEAR)
    cells = table(draft.frozen, "persons_by_month")
    assert cells["479", "*"] == 0
    assert draft.frozen["coverage"]["units_on_system"] == 3
    day = date(YEAR, 12, 31)
    assert draft.frozen["coverage"]["units_in_province"] == len(units_on(day, "district"))


@pytest.mark.promise("figures-name-nobody")
def test_nothing_is_frozen_when_the_independent_attacker_corners_a_small_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if the protection had a fault and withheld nothing of a year that is frozen above."""

    def careless(tables: Any, persons: int) -> Any:
        return Protection(frozenset(), Certificate({}, 0.0, 0.0, optimal=True))

    monkeypatch.setattr(composing, "protect_tables", careless)
    with pytest.raises(NotVerified):
        compose(one_alone(), ["20050", "19750"], year=YEAR)


def test_the_units_of_live_agencies_are_those_on_the_system(bureau: Bureau) -> None:
    assert units_on_system() == [bureau.police.agency.unit_code]


def test_a_place_of_early_2025_is_counted_in_the_commune_that_succeeded_it() -> None:
    """Code 19819 was three places in turn; the month says which one a fact means."""
    early = _reporting_unit("19819", date(2025, 3, 1), date(2025, 12, 31))
    late = _reporting_unit("19819", date(2025, 8, 1), date(2025, 12, 31))
    assert early == unit_at(early, date(2025, 12, 31)).code
    assert (early, late) == (successor_of("19819", date(2025, 3, 1)), "19819")
    assert _reporting_unit("19822", date(2025, 3, 1), date(2025, 12, 31)) == UNKNOWN


def successor_of(code: str, day: date) -> str:
    (heir,) = successors(*unit_at(code, day).key)
    return heir.code
