"""Advice on merging bands, by command line."""

from typing import Any

import pytest

from tests.cli.test_disclosure import answer, asked

AGES = ["<16", "16-17", "18-39", "40-59", "60+"]
ROWS = {
    "<16": (8, 7, 9), "16-17": (1, 2, 1), "18-39": (30, 25, 40), "40-59": (20, 22, 18),
    "60+": (6, 9, 7),
}  # fmt: skip


def drawn(**more: Any) -> dict[str, Any]:
    counts = [
        {"codes": [age, district], "value": value}
        for age, row in ROWS.items()
        for district, value in zip("ABC", row, strict=True)
    ]
    dimensions = [
        {"name": "age", "codes": AGES, "ordered": True},
        {"name": "district", "tree": {"all": ["A", "B", "C"]}},
    ]
    document = {"dimensions": dimensions, "counts": counts, "published": [["*", "all"]], "k": 5}
    return document | more


def test_the_best_design_comes_first_and_the_table_as_it_is_beside_it() -> None:
    designs = answer("redesign", "-", "--merges", "1", given=drawn())["designs"]

    best = designs[0]
    assert best | {"merges": []} == {
        "merges": [],
        "shown": 20,
        "suppressed": 0,
        "vanished": 4,
        "optimal": True,
    }
    (merge,) = best["merges"]
    assert merge["dimension"] == "age"
    assert merge["codes"] in (["<16", "16-17"], ["16-17", "18-39"])
    as_it_is = next(design for design in designs if not design["merges"])
    assert as_it_is["vanished"] > best["vanished"]


def test_no_more_is_merged_nor_tried_than_asked_for() -> None:
    assert len(answer("redesign", "-", "--merges", "0", given=drawn())["designs"]) == 1
    assert (
        len(answer("redesign", "-", "--merges", "1", "--tries", "1", given=drawn())["designs"]) == 2
    )


def test_without_time_for_a_proof_the_designs_say_so() -> None:
    designs = answer("redesign", "-", "--merges", "0", "--seconds", "0", given=drawn())["designs"]
    assert [design["optimal"] for design in designs] == [False]


def test_a_number_that_must_stay_still_must_when_it_is_merged() -> None:
    """Thin as it is, the row of 16 to 17 is a demand of the law: its merged row is one too."""
    stays = [["*", "all"], ["16-17", "all"], *([age, "A"] for age in AGES), ["*", "A"]]
    counts = drawn()["counts"]
    for count in counts:
        if count["codes"] == ["16-17", "B"]:
            count["value"] = 0
        if count["codes"] == ["<16", "B"]:
            count["value"] = 1

    found = answer("redesign", "-", "--merges", "1", given=drawn(published=stays, counts=counts))

    for design in found["designs"]:
        assert design["shown"] >= len(stays) - len(design["merges"])


def test_what_was_never_collected_or_cannot_be_is_not_a_number_that_vanishes() -> None:
    counts = [one for one in drawn()["counts"] if one["codes"] not in (["60+", "B"], ["60+", "C"])]
    given = drawn(counts=counts, missing=[["60+", "B"]], impossible=[["60+", "C"]])

    (design,) = answer("redesign", "-", "--merges", "0", given=given)["designs"]

    assert design["shown"] + design["suppressed"] == 6 * 4 - 1


def test_a_design_that_cannot_be_protected_is_refused_with_the_reason() -> None:
    everything = [[age, place] for age in ("*", *AGES) for place in ("all", "A", "B")]
    given = drawn(published=everything)

    found = asked("redesign", "-", "--merges", "0", given=given)

    assert (found.exit_code, found.stdout) == (3, "")
    assert "no design tried can be protected" in found.stderr


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("", "not JSON"),
        ("{}", '"dimensions" is not a list'),
        (drawn(counts=None), '"counts" is not a list'),
        (drawn(k=0), '"k" is 0'),
        ({key: value for key, value in drawn().items() if key != "k"}, '"k" is null'),
        (drawn(rule={"services": 2}), '"rule" has unknown words: services'),
        (drawn(kk=1), "the document has unknown words: kk"),
        (drawn(dimensions=[]), "1 to 4 dimensions"),
        (drawn(dimensions=[{"name": f"d{n}", "codes": ["0"]} for n in range(5)]), "1 to 4 dim"),
        (drawn(dimensions=[{"name": "d", "codes": ["0"]}] * 2), "two dimensions of one name: d"),
        (drawn(dimensions=[{"name": "d"}]), 'd needs either "codes" or a "tree"'),
        (drawn(dimensions=[{"name": "d", "codes": ["0"], "tree": {}}]), 'either "codes" or'),
        (drawn(dimensions=[{"name": "d", "tree": []}]), '"tree" of d is not an object'),
        (drawn(dimensions=[{"name": "d", "codes": []}]), "nothing below these codes of d: *"),
        (drawn(dimensions=[{"name": "d", "codes": ["0", "0"]}]), '"codes" names twice: 0'),
        (drawn(dimensions=[{"name": "d", "codes": [0]}]), '"codes" holds what is no id: [0]'),
        (drawn(dimensions=[{"name": "d", "codes": ["0"], "ordered": 1}]), '"ordered" is 1'),
        (
            drawn(dimensions=[{"name": "d", "tree": {"*": ["a"], "+": ["b"]}}]),
            "d has not one total but 2",
        ),
        (
            drawn(dimensions=[{"name": "d", "tree": {"*": ["a"], "x": ["y"], "y": ["x"]}}]),
            "in a circle of d: x, y",
        ),
        (drawn(counts=[{"codes": ["<16"], "value": 1}]), 'unknown in "counts": <16'),
        (drawn(counts=[{"codes": ["*", "A"], "value": 1}]), 'unknown in "counts": */A'),
        (drawn(counts=[{"codes": ["9", "A"], "value": 0}]), 'unknown in "counts": 9/A'),
        (drawn(counts=[{"codes": ["<16", 1], "value": 1}]), '"codes" holds what is no code'),
        (drawn(counts=[{"codes": ["<16", "A"]}]), '"value" of <16/A is null'),
        (drawn(counts=[{"codes": ["<16", "A"], "value": -1}]), '"value" of <16/A is -1'),
        (drawn(counts=[{"codes": ["<16", "A"], "value": 1}] * 2), '"counts" names twice: <16/A'),
        (drawn(counts=[{"codes": ["<16", "A"], "n": 1}]), "a count has unknown words: n"),
        (drawn(impossible=[["<16", "A"]]), "a count where there is none: <16/A"),
        (drawn(missing=[["<16", "all"]]), 'unknown in "missing": <16/all'),
        (drawn(published=[["<16", "D"]]), 'unknown in "published": <16/D'),
        (drawn(published=["<16"]), '"published" is not a list'),
    ],
)
def test_a_drawing_that_is_none_is_refused_by_name_and_nothing_is_printed(
    given: Any, named: str
) -> None:
    found = asked("redesign", "-", given=given)

    assert found.exit_code == 2
    assert found.stdout == ""
    assert named in found.stderr


def test_a_code_that_looks_like_a_merged_one_stays_apart() -> None:
    dimensions = [{"name": "d", "codes": ["a", "b", "a+b", "c"], "ordered": True}]
    values = {"a": 2, "b": 3, "a+b": 9, "c": 9}
    counts = [{"codes": [code], "value": value} for code, value in values.items()]
    given = {"dimensions": dimensions, "counts": counts, "published": [["*"]], "k": 5}

    designs = answer("redesign", "-", "--merges", "1", given=given)["designs"]

    best = designs[0]
    assert best["merges"] == [{"dimension": "d", "codes": ["a", "b"]}]
    assert (best["shown"], best["suppressed"], best["vanished"]) == (4, 0, 1)
