"""The disclosure commands: JSON in, JSON out, and nothing of an installation."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from referral.cli.disclosure import application, stands_alone

ROOT = Path(__file__).resolve().parents[2]


def geurts(**more: Any) -> dict[str, Any]:
    """Handbook on Statistical Disclosure Control, chapter 4, example 3."""
    hidden = {"a": 5, "b": 2, "c": 1, "d": 2}
    shown = {"e": 3, "f": 3, "r1": 7, "r2": 3, "r3": 6, "c1": 9, "c2": 7, "t": 16}
    cells = [{"id": i, "value": v, "published": False} for i, v in hidden.items()]
    cells += [{"id": i, "value": v, "published": True} for i, v in shown.items()]
    sums = {"r1": "ab", "r2": "cd", "r3": "ef", "c1": "ace", "c2": "bdf"}
    document = {
        "cells": cells,
        "sums": [{"total": total, "parts": list(parts)} for total, parts in sums.items()],
    }
    document["sums"].append({"total": "t", "parts": ["r1", "r2", "r3"]})
    return document | more


def one_row(*values: int, **more: Any) -> dict[str, Any]:
    """Some numbers, and their sum, which is published."""
    cells = [{"id": f"x{n}", "value": value} for n, value in enumerate(values)]
    cells.append({"id": "t", "value": sum(values), "published": True})
    parts = [f"x{n}" for n in range(len(values))]
    return {"cells": cells, "sums": [{"total": "t", "parts": parts}], **more}


def asked(*words: str, given: Any = None) -> Any:
    text = given if given is None or isinstance(given, str | bytes) else json.dumps(given)
    return application().test_cli_runner().invoke(args=["disclosure", *words], input=text)


def answer(*words: str, given: Any = None) -> Any:
    found = asked(*words, given=given)
    assert found.exit_code == 0, found.stderr
    assert found.stderr == ""
    return json.loads(found.stdout)


def test_it_runs_in_an_empty_place_without_settings_and_leaves_nothing_there(
    tmp_path: Path,
) -> None:
    document, instance = tmp_path / "table.json", tmp_path / "instance"
    document.write_text(json.dumps(geurts(known=["d"])), encoding="utf-8")
    instance.mkdir()
    kept = ("PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"INSTANCE_PATH": str(instance), "DATABASE_URL": "no such database"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "disclosure", "audit"]

    ran = subprocess.run(
        [*command, str(document)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert json.loads(ran.stdout)["cells"] == [
        {"id": "a", "low": 5, "high": 5, "exact": True},
        {"id": "b", "low": 2, "high": 2, "exact": True},
        {"id": "c", "low": 1, "high": 1, "exact": True},
    ]
    assert sorted(tmp_path.iterdir()) == [instance, document]
    assert list(instance.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "alone"),
    [
        ("/bin/flask --app wsgi disclosure audit x", True),
        ("/bin/flask -A wsgi --debug disclosure audit x", True),
        ("/lib/flask/__main__.py --app=wsgi disclosure round x", True),
        ("/bin/flask --app wsgi audit verify", False),
        ("/bin/flask --app disclosure routes", False),
        ("/bin/gunicorn disclosure wsgi:app", False),
        ("/bin/flask", False),
    ],
)
def test_the_system_is_left_out_only_where_these_commands_are_asked_for(
    line: str, alone: bool
) -> None:
    assert stands_alone(line.split()) is alone


def test_an_audit_gives_the_handbooks_intervals_in_the_order_of_the_file() -> None:
    assert answer("audit", "-", given=geurts()) == {
        "cells": [
            {"id": "a", "low": 3, "high": 6, "exact": False},
            {"id": "b", "low": 1, "high": 4, "exact": False},
            {"id": "c", "low": 0, "high": 3, "exact": False},
            {"id": "d", "low": 0, "high": 3, "exact": False},
        ]
    }


def test_a_number_without_an_upper_end_has_null() -> None:
    cells = [{"id": "a", "value": 4, "published": False}]
    found = answer("audit", "-", given={"cells": cells})
    assert found["cells"] == [{"id": "a", "low": 0, "high": None, "exact": False}]


def test_a_milliard_is_the_largest_number_taken() -> None:
    found = answer("audit", "-", given=one_row(10**9, 0))
    assert found["cells"][0] == {"id": "x0", "low": 0, "high": 10**9, "exact": False}


def test_an_attacker_who_knows_the_rule_is_told_of_it_by_an_option() -> None:
    given = one_row(2, 3)
    assert answer("audit", "-", given=given)["cells"][0]["high"] == 5
    assert answer("audit", "-", "--rule", "2", given=one_row(1, 4))["cells"][0] == {
        "id": "x0", "low": 1, "high": 4, "exact": False
    }  # fmt: skip


def test_an_attacker_may_know_the_threshold_of_each_table() -> None:
    """Of 1 and 4 one is below its threshold: the first below 2, or the other below 3."""
    given = one_row(1, 4, tables=[{"cells": ["x0"], "k": 2}, {"cells": ["x1"], "k": 3}])

    found = answer("audit", "-", "--rules", given=given)["cells"]

    assert [(cell["low"], cell["high"]) for cell in found] == [(1, 4), (1, 4)]
    given["tables"][1]["k"] = 1  # so that it explains nothing
    found = answer("audit", "-", "--rules", given=given)["cells"]
    assert [(cell["low"], cell["high"]) for cell in found] == [(1, 1), (4, 4)]


@pytest.mark.parametrize(
    ("options", "given", "named"),
    [
        (["--rules"], one_row(1, 2), 'no "k" and no "tables"'),
        (["--rules", "--rule", "3"], one_row(1, 2, k=3), "either --rule or --rules"),
        (["--rule", "0"], one_row(1, 2), "--rule"),
    ],
)
def test_a_rule_that_cannot_be_known_is_refused(options: list[str], given: Any, named: str) -> None:
    found = asked("audit", "-", *options, given=given)
    assert (found.exit_code, found.stdout) == (2, "")
    assert named in found.stderr


def married(**more: Any) -> dict[str, Any]:
    """Handbook, group disclosure: all six married are full-time; the divorced are mixed."""
    values = {"m/full": 6, "m/part": 0, "d/full": 7, "d/part": 8}
    values |= {"m": 6, "d": 15, "full": 13, "part": 8, "all": 21}
    rows = {"m": ["m/full", "m/part"], "d": ["d/full", "d/part"]}
    columns = {"full": ["m/full", "d/full"], "part": ["m/part", "d/part"]}
    sums = [{"total": total, "parts": parts, "classes": True} for total, parts in rows.items()]
    sums += [{"total": total, "parts": parts} for total, parts in columns.items()]
    cells = [{"id": i, "value": v, "published": "/" not in i} for i, v in values.items()]
    return {"cells": cells, "sums": sums, **more}


def test_a_zero_that_tells_of_all_of_a_group_is_hidden_where_classes_are_marked() -> None:
    found = answer("protect", "-", "--internal", given=married(k=5))

    assert found["primary"] == ["m/part"]
    assert found["suppressed"] == ["m/full", "m/part", "d/full", "d/part"]
    unmarked = married(k=5)
    for one in unmarked["sums"]:
        one["classes"] = False
    assert answer("protect", "-", given=unmarked)["suppressed"] == []


def primary(*cells: dict[str, Any], **rule: Any) -> list[str]:
    """Which of some large numbers a rule makes primary."""
    given = one_row(*(cell["value"] for cell in cells), k=5, rule=rule)
    given["cells"] = [had | more for had, more in zip(given["cells"], [*cells, {}], strict=True)]
    found: list[str] = answer("protect", "-", "--internal", given=given)["primary"]
    return found


def test_few_perpetrators_or_services_behind_a_number_make_it_primary() -> None:
    cells = [
        {"value": 20, "perpetrators": 4},
        {"value": 20, "perpetrators": 5},
        {"value": 20, "services": 1},
        {"value": 20, "services": 2},
        {"value": 20, "persons": 4},
    ]

    assert primary(*cells) == ["x0", "x2", "x4"]
    assert primary(*cells, perpetrators=1) == ["x2", "x4"]
    assert primary(*cells, services=3) == ["x0", "x2", "x3", "x4"]
    assert primary(*cells, perpetrators=0, services=0) == ["x4"]


def test_who_makes_up_most_of_a_magnitude_makes_it_primary() -> None:
    cells = [
        {"value": 100, "largest": [90, 6]},
        {"value": 100, "largest": [50, 50]},
        {"value": 100, "largest": [30, 30, 30]},
        {"value": 100},
    ]

    assert primary(*cells, percent=0) == []
    assert primary(*cells, dominance={"n": 1, "percent": 80}) == ["x0"]
    assert primary(*cells, dominance={"n": 2, "percent": 80.5}) == ["x0", "x1"]
    assert primary(*cells, dominance={"n": 2, "percent": 100}) == []
    assert primary(*cells, dominance={"n": 3, "percent": 85}) == ["x0", "x1", "x2"]
    assert primary(*cells, percent=10) == ["x0", "x1"]
    barely = one_row(1, 2, k=3, rule={"dominance": {"n": 1, "percent": 0.5}})
    assert len(answer("audit", "-", given=barely)["cells"]) == 2


def test_who_knows_the_rule_is_kept_from_a_number_that_must_seem_far_greater_than_all() -> None:
    cells = [{"id": "a", "value": 1}, {"id": "b", "value": 3}]
    sensitive = [{"id": "b", "lower": 0, "upper": 1000}]
    given = {"cells": cells, "k": 5, "rule": {"open": True}, "sensitive": sensitive}

    assert answer("protect", "-", given=given)["suppressed"] == ["a", "b"]


def test_a_width_is_asked_wherever_it_lies() -> None:
    """Beside 3, of 23 in all, 20 is 0 to 23; beside 9 it is 0 to 29."""
    given = one_row(20, 3, 9, sensitive=[{"id": "x0", "lower": 1, "upper": 1, "sliding": 23}])
    given["cells"][2]["weight"] = 2

    assert answer("protect", "-", given=given)["suppressed"] == ["x0", "x1"]
    given["sensitive"][0]["sliding"] = 24
    assert answer("protect", "-", given=given)["suppressed"] == ["x0", "x2"]


def test_a_structural_zero_is_known_to_everybody_and_so_never_hidden_nor_hides_another() -> None:
    zero = married(k=5)
    zero["cells"][1]["impossible"] = True
    assert answer("protect", "-", given=zero)["suppressed"] == []

    row = one_row(3, 0, 9, k=5)
    assert answer("protect", "-", given=row)["suppressed"][0] == "x0"
    row["cells"][1] |= {"impossible": True, "weight": 0}
    assert answer("protect", "-", given=row)["suppressed"] == ["x0", "x2"]
    audited = answer("audit", "-", given=row)["cells"]
    assert [cell["id"] for cell in audited] == ["x0", "x2"]
    rounded = answer("round", "-", "--base", "5", given=row)["cells"]
    assert rounded[1] == {"id": "x1", "value": 0}


def test_each_table_has_its_own_threshold_and_a_shared_number_the_stricter() -> None:
    given = one_row(7, 7, 7, 7, tables=[{"cells": ["x0", "x1"], "k": 10}], k=5)
    inside = answer("protect", "-", "--internal", given=given)
    assert inside["primary"] == ["x0", "x1"]

    given["tables"].append({"cells": ["x1", "x2"], "k": 8, "rule": {"presence": True}})
    inside = answer("protect", "-", "--internal", given=given)
    assert inside["primary"] == ["x0", "x1", "x2"]

    given["tables"] = [{"cells": ["x0"], "k": 3}]
    given["k"] = 8
    inside = answer("protect", "-", "--internal", given=given)
    assert inside["primary"] == ["x1", "x2", "x3"], "a table may ask less than the rest"


def test_a_revision_is_judged_by_the_threshold_of_the_numbers_own_table(tmp_path: Path) -> None:
    """Seven more persons in a district of k 5, and seven more in a commune of k 10."""
    files = []
    for release, (district, commune) in enumerate([(30, 20), (37, 27)]):
        cells = [
            {"id": "district", "value": district, "published": True},
            {"id": "commune", "value": commune, "published": True},
        ]
        tables = [{"cells": ["commune"], "k": 10}]
        files.append(tmp_path / f"{release}.json")
        files[-1].write_text(json.dumps({"cells": cells, "k": 5, "tables": tables}), "utf-8")

    second = answer("ledger", *map(str, files))["releases"][1]

    assert [cell["id"] for cell in second["cells"]] == ["gained: commune to commune (2)"]


def _without(given: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}


def _cell(**changes: Any) -> dict[str, Any]:
    return {"cells": [{"id": "a", "value": 1, **changes}]}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", "not JSON"),
        ("[1, 2", "not JSON"),
        ("[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not UTF-8"),
        ("[]", "not an object"),
        ("{}", '"cells" is not a list'),
        ('{"cells": [], "cells": []}', "said twice in one place: cells"),
        ('{"cells": [{"id": "a", "value": NaN}]}', "NaN is not a number"),
        ({"cells": [[]]}, "a cell is not an object"),
        ({"cells": [{"value": 1}]}, '"id" is null'),
        ({"cells": [{"id": 7, "value": 1}]}, '"id" is 7'),
        ({"cells": [{"id": "", "value": 1}]}, '"id" is ""'),
        ({"cells": [{"id": "\ud800", "value": 1}]}, '"id" is "\\ud800"'),
        ({"cells": [], "release": "\ud800"}, '"release" is "\\ud800"'),
        (_cell(value=-1), '"value" of a is -1'),
        (_cell(value=1.5), '"value" of a is 1.5'),
        (_cell(value=True), '"value" of a is true'),
        (_cell(value="1"), '"value" of a is "1"'),
        (_cell(value=10**9 + 1), '"value" of a is 1000000001'),
        (_cell(published=1), '"published" of a is 1'),
        (_cell(weight=-1), '"weight" of a is -1'),
        (_cell(weight=True), '"weight" of a is true'),
        (_cell(publishd=True), "a cell (a) has unknown words: publishd"),
        (_cell(persons=2), "impossible values: a"),
        (_cell(perpetrators=-1), '"perpetrators" of a is -1'),
        (one_row(1, 2) | {"cells": [{"id": "x0", "value": 1}] * 2}, "duplicate cells: x0"),
        (one_row(1, 2) | {"sums": [{"total": "z", "parts": ["y", "x0"]}]}, "unknown cells: y, z"),
        (one_row(1, 2) | {"sums": [{"total": "t", "parts": ["x0"]}]}, "do not add up to t"),
        (one_row(1, 2) | {"sums": [{"total": "t", "parts": ["x0", "x0"]}]}, "names twice: x0"),
        (one_row(1, 0) | {"sums": [{"total": "t", "parts": ["t", "x1"]}]}, "a part of itself: t"),
        (one_row(1, 2) | {"sums": [{"total": "t"}]}, '"parts" is not a list'),
        (one_row(1, 2) | {"sums": [{"total": "t", "parts": [1]}]}, '"parts" holds what is no id'),
        (one_row(1, 2) | {"bounds": [{"smaller": ["t"], "larger": ["x0"]}]}, "t exceeds x0"),
        (one_row(1, 2, known=["q"]), 'unknown cells in "known": q'),
        (one_row(1, 2, known=["x0", "x0"]), '"known" names twice: x0'),
        (one_row(1, 2, knwon=["x0"]), "the document has unknown words: knwon"),
        (one_row(1, 2, k=0), '"k" is 0'),
        (_cell(value=9, largest=[3, 5]), '"largest" of a are not parts, largest first'),
        (_cell(value=9, largest=[6, 4]), '"largest" of a are not parts, largest first'),
        (_cell(value=9, largest=[-1]), '"largest" of a is -1'),
        (_cell(value=9, largest=3), '"largest" is not a list'),
        (_cell(services=-1), '"services" of a is -1'),
        (one_row(1, 2, k=3, rule={"services": "2"}), '"services" is "2"'),
        (one_row(1, 2, k=3, rule={"perpetrators": 0.5}), '"perpetrators" is 0.5'),
        (one_row(1, 2, k=3, rule={"percent": -1}), '"percent" is -1'),
        (one_row(1, 2, k=3, rule={"dominance": 3}), '"dominance" is not an object'),
        (one_row(1, 2, k=3, rule={"dominance": {"k": 1}}), '"dominance" has unknown words: k'),
        (one_row(1, 2, k=3, rule={"dominance": {"n": 0, "percent": 9}}), '"n" is 0'),
        (one_row(1, 2, k=3, rule={"dominance": {"n": 1, "percent": 0}}), "within 0 and 100"),
        (one_row(1, 2, k=3, rule={"dominance": {"n": 1, "percent": 100.5}}), "within 0 and 100"),
        (_cell(impossible=True), "impossible, and counted all the same: a"),
        (_cell(value=0, impossible=1), '"impossible" of a is 1'),
        (one_row(1, 2, k=3, tables=[{"cells": ["q"], "k": 3}]), 'unknown cells in "cells": q'),
        (one_row(1, 2, k=3, tables=[{"cells": ["t", "t"], "k": 3}]), '"cells" names twice: t'),
        (one_row(1, 2, tables=[{"cells": ["x0"], "k": 3}]), 'no "k" for the rest: x1'),
        (one_row(1, 2, tables=[{"cells": ["x0", "x1"]}]), '"k" is null'),
        (one_row(1, 2, tables=[{"cell": ["x0"], "k": 3}]), "a table has unknown words: cell"),
        (one_row(1, 2, tables=[{"k": 3}]), '"cells" is not a list'),
        (one_row(1, 2, tables={}), '"tables" is not a list'),
        (
            one_row(1, 2, sums=[{"total": "t", "parts": ["x0", "x1"], "classes": True}]),
            '"classes" is for a "k", and there is none',
        ),
        (
            one_row(1, 2, k=3, sums=[{"total": "t", "parts": ["x0", "x1"], "classes": "sex"}]),
            '"classes" is "sex"',
        ),
        (one_row(1, 2, rule={}), 'there is no "k"'),
        (one_row(1, 2, k=3, rule={"zeros": 1}), '"rule" has unknown words: zeros'),
        ({**_cell(value=9, persons=1, largest=[9]), "k": 3}, '"dominance" or "percent"'),
        (
            one_row(1, 2, sensitive=[{"id": "q", "lower": 0, "upper": 1}]),
            'unknown cells in "sensitive": q',
        ),
        (one_row(1, 2, sensitive=[{"id": "x0", "lower": 0}]), '"upper" of x0 is null'),
        (
            one_row(1, 2, sensitive=[{"id": "x0", "lower": 0, "upper": 1}] * 2),
            '"sensitive" names twice: x0',
        ),
    ],
)
@pytest.mark.parametrize("command", ["audit", "protect", "round", "ledger"])
def test_what_contradicts_itself_is_refused_by_name_and_nothing_is_printed(
    command: str, given: Any, named: str
) -> None:
    more = ["--base", "3"] if command == "round" else []
    found = asked(command, "-", *more, given=given)

    assert found.exit_code == 2
    assert found.stdout == ""
    assert named in found.stderr


def test_a_file_that_is_not_there_is_refused_in_the_same_way() -> None:
    found = asked("audit", "no such file")
    assert (found.exit_code, found.stdout) == (2, "")
