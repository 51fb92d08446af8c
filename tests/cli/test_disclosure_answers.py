"""The commands of disclosure control: what they protect, round and keep in a ledger."""

import json
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_disclosure import ROOT, answer, asked, one_row


def test_protection_names_no_primary_cell_unless_asked_inside() -> None:
    given = one_row(2, 9, 30, k=5)

    plain = answer("protect", "-", given=given)
    inside = answer("protect", "-", "--internal", given=given)

    assert plain == {
        "suppressed": ["x0", "x1"],
        "cost": 2,
        "optimal": True,
        "bound": 2,
        "attacker": "integer",
    } or plain["suppressed"] == ["x0", "x2"]
    assert inside == plain | {"primary": ["x0"]}


def test_weights_choose_and_published_cells_stay() -> None:
    given = one_row(2, 9, 30, 40, k=5)
    given["cells"][1]["weight"] = 2.5
    given["cells"][2]["published"] = True

    found = answer("protect", "-", given=given)

    assert found["suppressed"] == ["x0", "x3"]
    assert found["cost"] == 2
    given["cells"][3]["weight"] = 4
    assert answer("protect", "-", given=given)["suppressed"] == ["x0", "x1"]
    assert answer("protect", "-", given=given)["cost"] == 3.5


def test_what_is_only_to_vanish_vanishes_alone() -> None:
    given = one_row(20, 3, 9, sensitive=[{"id": "x0", "lower": 0, "upper": 0}])
    assert answer("protect", "-", given=given)["suppressed"] == ["x0"]


def test_demands_are_met_as_given() -> None:
    given = one_row(20, 3, 9, sensitive=[{"id": "x0", "lower": 5, "upper": 6}])

    assert answer("protect", "-", given=given)["suppressed"] == ["x0", "x2"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (one_row(2, k=5), "x0 must seem to be anything from 1 to 5"),
        (one_row(2, 9, sensitive=[{"id": "t", "lower": 0, "upper": 1}]), "t must be published"),
        (one_row(2, 9, sensitive=[{"id": "x0", "lower": 3, "upper": 1}]), "nothing is less than"),
        (one_row(2, 3, sensitive=[{"id": "x0", "lower": 0, "upper": 4}]), "known to be 0 to 5"),
    ],
)
def test_what_cannot_be_hidden_is_refused_with_the_reason(given: Any, why: str) -> None:
    found = asked("protect", "-", given=given)

    assert found.exit_code == 3
    assert found.stdout == ""
    assert why in found.stderr


@pytest.mark.parametrize(
    ("given", "named"), [(one_row(1, 2), 'neither "k" nor'), (one_row(1, k=2, known=["x0"]), "x0")]
)
def test_a_document_without_demands_or_with_an_auditors_words_is_refused(
    given: Any, named: str
) -> None:
    found = asked("protect", "-", given=given)
    assert (found.exit_code, found.stdout) == (2, "")
    assert named in found.stderr


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (one_row(1, 2), 'neither "k" nor'),
        (one_row(1, 1, k=2, rule={"insiders": True}), "insiders"),
        (one_row(1, 1, k=2, rule={"open": True}), "open"),
        (one_row(1, 1, k=2, known=["x0"]), "x0"),
    ],
)
def test_a_ledger_calls_nothing_safe_that_it_does_not_judge(given: Any, named: str) -> None:
    found = asked("ledger", "-", given=given)
    assert (found.exit_code, found.stdout) == (2, "")
    assert named in found.stderr


def test_a_ledger_refuses_an_id_that_it_gives_to_another_number(tmp_path: Path) -> None:
    files = []
    for number, cells in enumerate(({"x": 9, "x (2)": 3}, {"x": 20}), start=1):
        shown = [{"id": i, "value": value, "published": True} for i, value in cells.items()]
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(json.dumps({"cells": shown, "k": 3}), encoding="utf-8")
    found = asked("ledger", *map(str, files))
    assert (found.exit_code, found.stdout) == (2, "")
    assert "x (2)" in found.stderr


def test_a_search_without_time_gives_a_safe_pattern_and_says_it_may_be_dear() -> None:
    given = one_row(2, 9, 30, 40, k=5)

    found = answer("protect", "-", "--seconds", "0", given=given)

    assert found["optimal"] is False
    assert found["bound"] <= 2 <= found["cost"]
    shown = {cell["id"] for cell in given["cells"]} - set(found["suppressed"])
    for cell in given["cells"]:
        cell["published"] = cell["id"] in shown
    first = answer("audit", "-", given=given)["cells"][0]
    assert first["low"] <= 1
    assert first["high"] >= 5


def test_progress_goes_to_standard_error() -> None:
    found = asked("protect", "-", "--progress", given=one_row(2, 9, 30, k=5))

    assert json.loads(found.stdout)["optimal"]
    assert "cost at least" in found.stderr


def test_a_search_interrupted_from_the_keyboard_ends_at_once_and_prints_nothing() -> None:
    """A cube takes many rounds; it is interrupted in the first."""
    table = {
        "cells": [],
        "sums": [],
        "k": 5,
    }
    codes = ["*", "0", "1", "2", "3", "4"]
    values = {
        key: sum((a * 7 + b * 5 + c * 3) % 4 for a, b, c in product(*(_below(k) for k in key)))
        for key in product(codes, repeat=3)
    }
    for key, value in values.items():
        name = ".".join(key)
        table["cells"].append({"id": name, "value": value, "published": name == "*.*.*"})
        for n in range(3):
            if key[n] == "*":
                parts = [".".join((*key[:n], code, *key[n + 1 :])) for code in codes[1:]]
                table["sums"].append({"total": name, "parts": parts})
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "disclosure", "protect"]
    with subprocess.Popen(
        [*command, "--progress", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        assert running.stdout is not None
        running.stdin.write(json.dumps(table).encode())
        running.stdin.close()
        assert b"round 0" in running.stderr.readline()
        running.send_signal(signal.SIGINT)
        told = running.stderr.read()
        assert running.stdout.read() == b""

    assert running.returncode == 1
    assert told.endswith(b"Aborted!\n")


def _below(code: str) -> list[int]:
    return list(range(5)) if code == "*" else [int(code)]


def test_rounding_keeps_sums_and_multiples() -> None:
    found = answer("round", "-", "--base", "3", given=one_row(1, 2, 6))
    values = {cell["id"]: cell["value"] for cell in found["cells"]}

    assert values == {"x0": 0, "x1": 3, "x2": 6, "t": 9}
    assert found["distance"] == 2


def test_what_cannot_be_rounded_is_refused_with_the_reason() -> None:
    """Three numbers tied to be one, and their sum: of 0, 0, 0 or 2, 2, 2 it is not 2 or 4."""
    given = one_row(1, 1, 1)
    given["sums"] += [{"total": f"x{n}", "parts": [f"x{n + 1}"]} for n in (0, 1)]

    found = asked("round", "-", "--base", "2", given=given)

    assert (found.exit_code, found.stdout) == (3, "")
    assert "no multiples of 2" in found.stderr


def test_releases_each_safe_alone_are_told_to_be_unsafe_together(tmp_path: Path) -> None:
    """A group shown this month and the group less one class the next."""
    first = one_row(20, 9, 3, k=5)
    first["cells"][0]["published"] = True
    second = {
        "release": "by class",
        "cells": [{"id": "x1", "value": 9, "published": True}],
    }
    files = [tmp_path / "1.json", tmp_path / "2.json"]
    for file, given in zip(files, (first, second), strict=True):
        file.write_text(json.dumps(given), encoding="utf-8")

    found = answer("ledger", *map(str, files))

    assert [one["safe"] for one in found["releases"]] == [True, False]
    assert found["safe"] is False
    assert found["releases"][1]["cells"] == [
        {
            "id": "x2",
            "low": 3,
            "high": 3,
            "exact": True,
            "by": {
                "sums": [{"total": "t", "parts": ["x0", "x1", "x2"]}],
                "numbers": [
                    {"id": "t", "value": 32, "release": "1"},
                    {"id": "x0", "value": 20, "release": "1"},
                    {"id": "x1", "value": 9, "release": "by class"},
                ],
            },
        }
    ]
    assert answer("ledger", str(files[0]))["safe"] is True
    assert asked("ledger", *map(str, [files[0], files[1], files[1]])).exit_code == 2
