"""The workbook says exactly what was frozen, and names nobody."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from referral.reporting.spreadsheet import HEADER_ROW, workbook
from referral.reporting.tables import SUPPRESSED, digest
from tests.reporting.edition import frozen, table_of


def opened(edition: dict[str, Any], locale: str, **options: str) -> Workbook:
    return load_workbook(BytesIO(workbook(edition, locale, **options)))


def lines_of(book: Workbook) -> str:
    return "\n".join(str(row[0]) for row in book.worksheets[-1].values if row[0])


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_every_sheet_read_back_equals_what_was_frozen(locale: str) -> None:
    edition = frozen()
    book = opened(edition, locale)

    for table, sheet in zip(edition["tables"], book.worksheets[:-1], strict=True):
        rows = [list(row) for row in sheet.values][HEADER_ROW:]
        assert sheet.title == table["short"][locale]
        assert rows[0][1:] == [column[locale] for column in table["columns"]]
        assert [row[0] for row in rows[1:]] == [row[locale] for row in table["rows"]]
        assert [row[1:] for row in rows[1:]] == table["values"]
        assert sheet["A1"].value == table["title"][locale]


def test_what_is_not_published_is_the_symbol_as_text() -> None:
    book = opened(frozen(), "vi")

    texts = {cell for sheet in book.worksheets[:-1] for row in sheet.values for cell in row[1:]}

    assert SUPPRESSED in texts


def test_the_notes_tell_cut_off_rule_coverage_code_and_whose_copy_it_is() -> None:
    edition = frozen()
    notes = lines_of(opened(edition, "vi", watermark="Bản số 3 & chỉ dùng nội bộ"))

    assert "31/03/2024" in notes
    assert "từ 1 đến 4 người" in notes
    assert "2/9 địa bàn" in notes
    assert digest(edition) in notes
    assert "Bản số 3 & chỉ dùng nội bộ" in notes


def test_the_chart_is_native_and_leaves_a_gap_where_nothing_is_published() -> None:
    edition = frozen()
    row = table_of(edition, "persons_by_month")["values"][-1]
    row[1] = SUPPRESSED

    content = workbook(edition, "vi")
    notes = load_workbook(BytesIO(content)).worksheets[-1]

    drawn = [line[:2] for line in notes.values if line[0]][-3:]
    assert "xl/charts/chart1.xml" in ZipFile(BytesIO(content)).namelist()
    assert drawn == [("01/2024", row[0]), ("02/2024 …", None), ("03/2024", row[2])]


def test_the_file_names_no_person_and_no_moment_of_writing() -> None:
    edition = frozen()
    content = workbook(edition, "vi")

    core = ZipFile(BytesIO(content)).read("docProps/core.xml").decode()

    assert "2024-03-31T00:00:00Z" in core
    assert "<dc:creator></dc:creator>" in core
    assert "<cp:lastModifiedBy></cp:lastModifiedBy>" in core
    assert content == workbook(edition, "vi")
