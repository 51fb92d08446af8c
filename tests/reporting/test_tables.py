"""The tables count persons truthfully, and what is frozen gives nobody away."""

import hashlib
import json
from datetime import date

import pytest

from referral.reporting.disclosure.attack import attack
from referral.reporting.tables import (
    SUPPRESSED,
    Fact,
    UnknownCodeError,
    canonical,
    digest,
    freeze,
    protect_tables,
)
from tests.reporting.disclosure.tables import small
from tests.reporting.edition import (
    SEEN,
    built,
    detection,
    facts,
    frozen,
    incident,
    service,
    table_of,
)


def test_a_person_met_twice_is_counted_once_where_and_when_she_was_met_first() -> None:
    held = [
        detection("a1", "481", "2024-02"),
        detection("a1", "474", "2024-01"),
        detection("a1", "481", "2024-01"),
    ]

    counts = built(held, agreed=None).counts

    assert counts["person/474/2024-01"] == counts["person/*/*"] == 1
    assert counts["person/481/2024-01"] == counts["person/481/*"] == 0


def test_a_person_of_two_forms_counts_in_both_columns_and_once_in_the_total() -> None:
    held = [detection("a1", "474", "2024-01", ["physical"]), detection("b2", "474", "2024-02")]
    held.append(
        Fact(kind="incident", case_tag="a1", unit_code="474", month="2024-03", forms=["mental"])
    )

    counts = built(held, agreed=None).counts

    assert counts["form/474/physical"] == counts["form/474/mental"] == 1
    assert counts["form/474/unknown"] == counts["form/*/unknown"] == 1
    assert counts["person/474/*"] == 2


def test_incidents_are_counted_apart_from_the_persons_behind_them() -> None:
    held = [detection("a1", "474", "2024-01"), *[incident("a1", "474", "2024-01")] * 6]

    tables = built(held, agreed=None)

    assert tables.counts["incident/474/2024-01"] == 6
    assert tables.people["incident/474/2024-01"] == 1
    assert "incident/474/2024-01" in protect_tables(tables, 5).pattern


def test_a_service_counts_for_who_was_detected_in_the_period_in_the_unit_of_detection() -> None:
    held = [detection("a1", "481", "2024-01"), *[service("a1", "474", "2024-02")] * 2]
    held.append(service("met last year", "474", "2024-02"))

    counts = built(held, agreed=None).counts

    assert counts["service/481/health"] == counts["service/*/health"] == 1
    assert counts["service/474/health"] == 0


def test_what_happened_outside_the_period_is_left_out() -> None:
    counts = built([detection("a1", "474", "2023-12")], agreed=None).counts

    assert set(counts.values()) == {0}


@pytest.mark.parametrize(
    "fact",
    [
        detection("a1", "nowhere", "2024-01"),
        detection("a1", "474", "2024-01", ["strange"]),
        service("a1", "474", "2024-01", "strange"),
    ],
)
def test_a_code_without_a_row_or_column_is_refused_not_dropped(fact: Fact) -> None:
    with pytest.raises(UnknownCodeError, match=r"nowhere|strange"):
        built([fact], agreed=None)


def test_rows_and_columns_that_are_shown_add_up_and_are_the_true_numbers() -> None:
    table = table_of(frozen(), "persons_by_month")

    assert table["values"][0][0] in (SEEN["474"][0], SUPPRESSED)
    assert table["values"][-1][-1] == sum(sum(months) for months in SEEN.values())


def test_the_months_of_two_persons_cannot_be_worked_out_from_all_tables_together() -> None:
    tables = built()
    problem = tables.problem(5, show_grand_totals=True)
    pattern = protect_tables(tables, 5).pattern

    found = attack(problem, pattern)

    assert "person/474/2024-02" in small(problem, 5)
    assert all(found[cell].reaches(0, 5) for cell in small(problem, 5))


def test_a_frozen_edition_holds_one_symbol_and_no_other_trace_of_what_is_withheld() -> None:
    tables = built()
    protection = protect_tables(tables, 5)
    edition = freeze(tables, protection, cut_off_on=date(2024, 3, 31))

    for table, layout in zip(edition["tables"], tables.tables, strict=True):
        for values, cells in zip(table["values"], layout.cells, strict=True):
            for value, cell in zip(values, cells, strict=True):
                hidden = cell in protection.pattern
                assert value == (SUPPRESSED if hidden else tables.counts[cell])
    assert set(edition) == {"version", "period", "cut_off_on", "rule", "coverage", "tables"}


def test_few_who_did_not_agree_are_not_told_by_the_coverage() -> None:
    total = sum(sum(months) for months in SEEN.values())
    tables = built(agreed=total - 1)

    cover = freeze(tables, protect_tables(tables, 5), cut_off_on=date(2024, 3, 31))["coverage"]

    assert cover["persons"] == {"agreed": SUPPRESSED, "others": SUPPRESSED}
    assert frozen()["coverage"]["persons"] == {"agreed": 1430, "others": total - 1430}


def test_a_handful_of_persons_in_all_gives_an_edition_without_numbers() -> None:
    tables = built([detection("a1", "474", "2024-01"), detection("b2", "481", "2024-02")], None)

    pattern = protect_tables(tables, 5).pattern

    assert "person/*/*" in pattern
    assert attack(tables.problem(5, show_grand_totals=False), pattern)["person/*/*"].reaches(0, 5)


def test_the_same_facts_in_any_order_freeze_to_the_same_bytes() -> None:
    tables = built(facts()[::-1])
    other = freeze(tables, protect_tables(tables, 5), cut_off_on=date(2024, 3, 31))

    assert canonical(other) == canonical(frozen())
    assert json.loads(canonical(other)) == other
    assert digest(other) == hashlib.sha256(canonical(frozen())).hexdigest()


def test_every_label_of_an_edition_is_in_both_languages() -> None:
    for table in frozen()["tables"]:
        named = [table[word] for word in ("title", "short", "counts", "note")]
        for label in (*named, *table["rows"], *table["columns"]):
            assert label["vi"]
            assert label["en"]
