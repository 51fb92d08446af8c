"""Every column is a body, or stands in the threat model with what it tells a thief."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from sqlalchemy import LargeBinary

import referral
from referral.kernel.db import db

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
HEADING = "## Clear columns"
# What no clear column may be called: what she told, or where a place is.
FORBIDDEN = {
    "address", "age", "answers", "birth_year", "content", "details", "email", "host_name", "note",
    "notes", "reason", "sex", "summary", "text", "title", "comment", "description",
}  # fmt: skip

for _room in walk_packages(referral.__path__, "referral."):
    if _room.name.endswith((".model", ".idempotency", ".deployment", ".lease", ".journal")):
        import_module(_room.name)


def listed(page: str) -> list[tuple[str, str, str]]:
    """(table, column, what it tells) of each row of the page's table; several columns may share."""
    section = page.split(HEADING, 1)[1].split("\n## ", 1)[0]
    found = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("| `") or len(cells) != 3:
            continue
        table, columns, tells = cells
        found += [(table.strip("`"), column, tells) for column in re.findall(r"`(\w+)`", columns)]
    return found


def clear_columns() -> set[tuple[str, str]]:
    """Every column that is not the ciphertext of a body table."""
    return {
        (table.name, column.name)
        for table in db.metadata.tables.values()
        for column in table.columns
        if not (table.name.endswith("_body") and isinstance(column.type, LargeBinary))
    }


def faults(page: str, columns: set[tuple[str, str]]) -> list[str]:
    """What is missing from the page, stands there twice, is gone, or is not explained."""
    rows = listed(page)
    named = [(table, column) for table, column, _ in rows]
    found = [f"missing: {table}.{column}" for table, column in sorted(columns - set(named))]
    found += [f"gone: {table}.{column}" for table, column in sorted(set(named) - columns)]
    found += [f"twice: {t}.{c}" for t, c in sorted(set(named)) if named.count((t, c)) > 1]
    found += [f"unexplained: {t}.{c}" for t, c, tells in rows if len(tells) < 8]
    return found


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_every_column_is_a_body_or_says_what_it_tells_a_thief():
    assert faults(PAGE.read_text(encoding="utf-8"), clear_columns()) == []


def test_a_column_that_is_missing_stale_or_unexplained_is_found():
    page = f"{HEADING}\n| `a` | `x`, `y` | a long story |\n| `a` | `z` | - |\n"
    assert faults(page, {("a", "x"), ("a", "w"), ("a", "z")}) == [
        "missing: a.w",
        "gone: a.y",
        "unexplained: a.z",
    ]
    assert faults(page + "| `a` | `x` | a long story |\n", {("a", "x")})[-2:] == [
        "twice: a.x",
        "unexplained: a.z",
    ]


def test_no_clear_column_is_named_for_what_she_told():
    named = {(t, c) for t, c in clear_columns() if c in FORBIDDEN}
    assert named == set()
    assert ("case_file", "code") in clear_columns()


def test_every_body_lies_in_a_table_of_its_own():
    bodies = {
        table.name
        for table in db.metadata.tables.values()
        for column in table.columns
        if column.name == "body"
    }
    assert bodies
    assert {name for name in bodies if not name.endswith("_body")} == set()


@pytest.mark.parametrize("threat", [f"T{number}" for number in range(1, 9)])
def test_each_threat_has_a_promise_a_test_and_a_limit(threat):
    page = PAGE.read_text(encoding="utf-8")
    section = page.split(f"### {threat} ", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    for part in ("**Promised.**", "**Shown by**", "**Not promised.**"):
        assert part in section, part


def test_the_tests_that_the_threat_model_names_are_there():
    links = re.findall(r"\]\(\.\./(tests/[\w/]+\.py)\)", PAGE.read_text(encoding="utf-8"))
    assert len(links) >= 8
    assert [link for link in links if not (ROOT / link).is_file()] == []
