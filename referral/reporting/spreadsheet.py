"""A frozen edition as a workbook: one sheet a table, a native chart, and the notes that belong.

The same edition gives the same bytes. The file names no person: no author, and the clock of the
document is the cut-off date.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from referral.reporting.labels import WORDS, month_label
from referral.reporting.tables import digest

HEADER_ROW = 3
"""Zero-based row of a table's header; its values start in the row below."""

_CHARTED = "persons_by_month"


def workbook(frozen: Mapping[str, Any], locale: str, *, watermark: str = "") -> bytes:
    """Write the edition in ``locale`` (``vi`` or ``en``).

    ``watermark`` names the copy (its recipient, for an internal edition); it stands in the notes
    and in every printed footer. A number that is not published is the symbol, as text.
    """
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        cut_off = date.fromisoformat(frozen["cut_off_on"])
        book.set_properties(
            {
                "author": "",
                "created": datetime(cut_off.year, cut_off.month, cut_off.day, tzinfo=UTC),
            }
        )
        formats = _formats(book)
        for table in frozen["tables"]:
            sheet = book.add_worksheet(table["short"][locale])
            _write_table(sheet, table, locale, formats)
            _set_page(sheet, watermark)
        _write_notes(book, frozen, locale, watermark)
    return target.getvalue()


def _formats(book: xlsxwriter.Workbook) -> dict[str, Format]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"italic": True, "font_color": "#4A5451"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "align": "right"}),
        "name": book.add_format({"bold": True, "bottom": 1}),
        "row": book.add_format({}),
        "count": book.add_format({"num_format": "#,##0", "align": "right"}),
        "total": book.add_format({"num_format": "#,##0", "align": "right", "bold": True}),
    }


def _write_table(
    sheet: Worksheet, table: Mapping[str, Any], locale: str, formats: Mapping[str, Format]
) -> None:
    sheet.write_string(0, 0, table["title"][locale], formats["title"])
    sheet.write_string(1, 0, f"{table['counts'][locale]}. {table['note'][locale]}", formats["note"])
    sheet.write_string(HEADER_ROW, 0, WORDS["unit"][locale], formats["name"])
    for n, column in enumerate(table["columns"], start=1):
        sheet.write_string(HEADER_ROW, n, column[locale], formats["head"])
    last_row, last_column = len(table["rows"]) - 1, len(table["columns"]) - 1
    for r, (row, values) in enumerate(zip(table["rows"], table["values"], strict=True)):
        line = HEADER_ROW + 1 + r
        sheet.write_string(line, 0, row[locale], formats["row"])
        for c, value in enumerate(values):
            style = formats["total" if r == last_row or c == last_column else "count"]
            if isinstance(value, int):
                sheet.write_number(line, c + 1, value, style)
            else:
                sheet.write_string(line, c + 1, value, style)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(table["columns"]), 12)
    sheet.freeze_panes(HEADER_ROW + 1, 1)
    sheet.repeat_rows(HEADER_ROW)


def _set_page(sheet: Worksheet, watermark: str) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{watermark.replace('&', '&&')}&R&P/&N")


def _write_notes(
    book: xlsxwriter.Workbook, frozen: Mapping[str, Any], locale: str, watermark: str
) -> None:
    sheet = book.add_worksheet(WORDS["notes"][locale])
    lines = notes(frozen, locale) + ([watermark] if watermark else [])
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for n, line in enumerate(lines):
        sheet.write_string(n, 0, line, wrap)
    sheet.set_column(0, 0, 90)
    _set_page(sheet, watermark)
    _write_chart(book, sheet, frozen, locale, len(lines) + 1)


def notes(frozen: Mapping[str, Any], locale: str) -> list[str]:
    """Return what every copy of an edition has to say: period, rule, coverage, and its code."""
    ends = {name: month_label(month) for name, month in frozen["period"].items()}
    cover, persons = frozen["coverage"], frozen["coverage"]["persons"]
    day = date.fromisoformat(frozen["cut_off_on"]).strftime("%d/%m/%Y")
    lines = [
        WORDS["period"][locale].format(**ends),
        WORDS["cut_off"][locale].format(day=day),
        WORDS["rule"][locale].format(most=frozen["rule"]["threshold"] - 1),
        WORDS["units_covered"][locale].format(
            live=cover["units_on_system"], all=cover["units_in_province"]
        ),
        WORDS["twice"][locale],
        WORDS["digest"][locale].format(digest=digest(frozen)),
    ]
    if cover.get("not_verified"):
        lines.insert(4, WORDS["not_verified"][locale].format(count=cover["not_verified"]))
    if persons is not None:
        lines.insert(4, WORDS["agreed"][locale].format(**persons))
    return lines


def _write_chart(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    frozen: Mapping[str, Any],
    locale: str,
    first: int,
) -> None:
    """Chart the province by month from cells of its own, under the notes.

    A spreadsheet draws text as zero; so a month that is not published is an empty cell here, which
    leaves a gap, and carries the symbol in its label.
    """
    table = next(t for t in frozen["tables"] if t["code"] == _CHARTED)
    months = list(zip(table["columns"][:-1], table["values"][-1][:-1], strict=True))
    sheet.set_column(1, 1, 12)
    for n, (column, value) in enumerate(months, start=first):
        if isinstance(value, int):
            sheet.write_string(n, 0, column[locale])
            sheet.write_number(n, 1, value)
        else:
            sheet.write_string(n, 0, f"{column[locale]} {value}")
    last = first + len(months) - 1
    name = WORDS["notes"][locale]
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": table["counts"][locale],
            "categories": [name, first, 0, last, 0],
            "values": [name, first, 1, last, 1],
            "fill": {"color": "#0B5B60"},
            "data_labels": {"value": True},
        }
    )
    chart.show_blanks_as("gap")
    chart.set_title({"name": WORDS["chart_title"][locale], "name_font": {"size": 12}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"min": 0, "num_format": "#,##0"})
    sheet.insert_chart(0, 3, chart, {"description": WORDS["chart_title"][locale], "x_scale": 1.4})
