"""Releases that are each safe alone may tell on one another; the ledger says by what."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from referral.reporting.disclosure.ledger import Ledger, Number, Release, Verdict
from referral.reporting.disclosure.primary import Rule, standard
from referral.reporting.disclosure.problem import (
    Cell,
    Demand,
    Interval,
    MalformedProblemError,
    Problem,
    Sum,
)

K = 5


def release(
    name: str,
    values: Mapping[str, int],
    sums: Mapping[str, str] = {},  # never changed
    hidden: str = "",
    *,
    k: int | None = K,
) -> Release:
    """A release of cells named by letters; sums as {"t": "a b"}."""
    cells = [Cell(i, v, published=i not in hidden.split()) for i, v in values.items()]
    ties = [Sum(total, tuple(parts.split())) for total, parts in sums.items()]
    problem = Problem(cells, ties)
    demands = standard(problem, Rule(k)).demands if k else ()
    return Release(name, problem, demands, dict.fromkeys(values, k) if k else {})


def verdicts(*releases: Release) -> list[Verdict]:
    ledger = Ledger()
    return [ledger.add(one) for one in releases]


def test_releases_that_share_nothing_are_safe_together() -> None:
    one = release("1", {"t": 20, "a": 3, "b": 17}, {"t": "a b"}, "a b")
    two = release("2", {"u": 9, "c": 2, "d": 7}, {"u": "c d"}, "c d")

    assert [verdict.is_safe for verdict in verdicts(one, two)] == [True, True]


def test_an_unsafe_release_is_unsafe_the_first_time() -> None:
    (verdict,) = verdicts(release("1", {"t": 20, "a": 3, "b": 17}, {"t": "a b"}, "a"))

    assert not verdict.is_safe
    assert verdict.openings[0].interval == Interval(3, 3)


def test_differencing_by_geography_names_the_combination() -> None:
    """Old districts in one release, new units in another: one commune is left between them."""
    old = release("old", {"D1": 30, "A": 28, "B": 2}, {"D1": "A B"}, "A B")
    new = release("new", {"N1": 40, "A": 28, "C": 12}, {"N1": "A C"}, "A")

    first, second = verdicts(old, new)

    assert first.is_safe
    (opening,) = second.openings
    assert (opening.cell, opening.interval) == ("B", Interval(2, 2))
    assert {one.total for one in opening.sums} == {"D1", "N1"}
    assert opening.numbers == (
        Number("C", 12, "new"),
        Number("D1", 30, "old"),
        Number("N1", 40, "new"),
    )


def test_differencing_by_sub_population_is_found() -> None:
    """Handbook: men who work under 20 hours are 6, under 25 hours 7: one works 20 to 24."""
    first = release("under 20", {"m20": 6})
    second = release("under 25", {"m25": 7, "m20": 6, "m20-24": 1}, {"m25": "m20 m20-24"}, "m20-24")

    assert [verdict.is_safe for verdict in verdicts(first, second)] == [True, False]


def test_linked_tables_of_two_releases_reveal_the_one_woman() -> None:
    """Handbook: 22 live and work there, 21 of them are men."""
    one = release("workers", {"all": 22})
    two = release("men", {"all": 22, "men": 21, "women": 1}, {"all": "men women"}, "women")

    last = verdicts(one, two)[-1]
    assert [opening.cell for opening in last.openings] == ["women"]
    assert {number.release for number in last.openings[0].numbers} == {"workers", "men"}


def test_a_cumulative_figure_beside_monthly_ones_is_found() -> None:
    """January is hidden in the quarter; "to the end of March" beside February and March tells."""
    months = release(
        "months", {"y": 60, "q1": 23, "rest": 37, "jan": 3, "feb": 12, "mar": 8},
        {"y": "q1 rest", "q1": "jan feb mar"}, "q1 rest jan",
    )  # fmt: skip
    running = release("running", {"q1": 23})

    assert [verdict.is_safe for verdict in verdicts(months, running)] == [True, False]


def test_an_edition_corrected_by_one_late_case_tells_of_one_person() -> None:
    """[[6, 7], [5, 9]] and then [[6, 8], [5, 9]]: each safe at five, the difference is one."""
    sums = {"r0": "a b", "r1": "c d", "c0": "a c", "c1": "b d", "t": "r0 r1"}
    before = {"a": 6, "b": 7, "c": 5, "d": 9, "r0": 13, "r1": 14, "c0": 11, "c1": 16, "t": 27}
    after = before | {"b": 8, "r0": 14, "c1": 17, "t": 28}

    first, second = verdicts(release("draft", before, sums), release("final", after, sums))

    assert first.is_safe
    opened = {opening.cell: opening for opening in second.openings}
    one = opened["gained: b to b (final)"]
    assert one.interval == Interval(1, 1)
    assert {number.id for number in one.numbers} == {"b", "b (final)"}
    assert {number.release for number in one.numbers} == {"draft", "final"}
    assert "gained: a to a (final)" not in opened


def test_a_correction_downwards_is_a_loss() -> None:
    second = verdicts(release("1", {"a": 9}), release("2", {"a": 7}))[-1]

    assert [opening.cell for opening in second.openings] == ["lost: a to a (2)"]


def test_a_correction_by_many_persons_is_safe() -> None:
    assert verdicts(release("1", {"a": 9}), release("2", {"a": 20}))[-1].is_safe


def test_a_correction_by_just_as_many_as_the_threshold_is_safe() -> None:
    assert verdicts(release("1", {"a": 9}), release("2", {"a": 14}))[-1].is_safe
    assert not verdicts(release("1", {"a": 9}), release("2", {"a": 13}))[-1].is_safe


def test_a_correction_is_hidden_where_it_may_be_nothing_and_may_be_as_many_as_the_threshold() -> (
    None
):
    """One more here and four there: whoever knows of five in all can tell neither."""
    before, after = {"t": 20, "a": 10, "b": 10}, {"t": 25, "a": 11, "b": 14}
    sums = {"t": "a b"}

    second = verdicts(release("1", before, sums, "a b"), release("2", after, sums, "a b"))[-1]

    assert second.is_safe


def test_nothing_is_named_that_the_opening_does_not_need() -> None:
    values = {"t": 20, "a": 3, "b": 17, "u": 9, "c": 4, "d": 5}
    sums = {"t": "a b", "u": "c d"}

    (verdict,) = verdicts(release("1", values, sums, "a"))

    (opening,) = verdict.openings
    assert opening.sums == (Sum("t", ("a", "b")),)
    assert [number.id for number in opening.numbers] == ["b", "t"]


def test_a_third_edition_is_compared_with_the_second() -> None:
    three = [release(str(n), {"a": value}) for n, value in enumerate((9, 20, 21))]

    last = verdicts(*three)[-1]

    assert [opening.cell for opening in last.openings] == ["gained: a (1) to a (2)"]


def test_what_is_shown_once_is_known_for_good_and_told_once() -> None:
    hidden = release("1", {"t": 30, "a": 3, "b": 27}, {"t": "a b"}, "a b")
    shown = release("2", {"a": 3}, k=None)
    again = release("3", {"a": 3}, hidden="a")

    first, second, third = verdicts(hidden, shown, again)

    assert first.is_safe
    (opening,) = second.openings
    assert opening.sums == ()
    assert opening.numbers == (Number("a", 3, "2"),)
    assert third.is_safe  # nothing new is opened by it


def test_a_later_release_that_asks_less_does_not_lessen_what_an_earlier_one_asked() -> None:
    sums = {"t": "a b"}
    first = release("1", {"t": 5, "a": 2, "b": 3}, sums, "a b", k=None)
    asked = replace(first, demands=(Demand("a", 2, 3),))
    later = release("2", {"b": 3, "a": 2}, {}, "a", k=None)
    less = replace(later, demands=(Demand("a", 0, 0),))

    for last in (later, less):
        (opening,) = verdicts(asked, last)[-1].openings
        assert (opening.cell, opening.interval) == ("a", Interval(2, 2))


@pytest.mark.parametrize("name", ["x (2)", "gained: x to x (2)"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_cell_is_not_taken_for_the_second_number_of_a_revision(name: str, place: int) -> None:
    first, second, third = {"x": 9, "a": 12}, {"x": 20}, {"b": 30}
    (first, second, third)[place][name] = 13
    releases = [release(str(n), of) for n, of in enumerate((first, second, third), start=1)]

    with pytest.raises(MalformedProblemError, match="another number"):
        verdicts(*releases)
