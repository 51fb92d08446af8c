"""A problem that contradicts itself is refused, naming the cells."""

import pytest

from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Demand,
    Interval,
    MalformedProblemError,
    Problem,
    Sum,
    UnprotectableError,
)


@pytest.mark.parametrize(
    ("cells", "sums", "bounds", "named"),
    [
        ([Cell("a", 1), Cell("a", 2)], [], [], "duplicate cells: a"),
        ([Cell("a", -1)], [], [], "impossible values: a"),
        ([Cell("a", 2, contributors=3)], [], [], "impossible values: a"),
        ([Cell("a", 2, contributors=0)], [], [], "impossible values: a"),
        ([Cell("a", 1)], [Sum("t", ("a",))], [], "unknown cells: t"),
        ([Cell("a", 1), Cell("t", 2)], [Sum("t", ("a",))], [], "do not add up to t"),
        ([Cell("a", 2), Cell("t", 1)], [], [Bound(("a",), ("t",))], "a exceeds t"),
    ],
)
def test_contradictions_are_refused_by_name(
    cells: list[Cell], sums: list[Sum], bounds: list[Bound], named: str
) -> None:
    with pytest.raises(MalformedProblemError, match=named):
        Problem(cells, sums, bounds)


def test_an_open_interval_reaches_any_height() -> None:
    assert Interval(0, None).reaches(0, 10**9)
    assert not Interval(0, 4).reaches(0, 5)
    assert not Interval(1, 9).reaches(0, 5)


def test_a_demand_is_met_by_an_interval_that_is_just_wide_enough() -> None:
    asked = Demand("a", lower=1, upper=2, sliding=5)

    assert asked.met_by(Interval(4, 9), 5)
    assert asked.met_by(Interval(4, None), 5)
    assert not asked.met_by(Interval(4, 8), 5)
    assert not asked.met_by(Interval(5, 12), 5)
    assert not asked.met_by(Interval(0, 6), 5)


def test_all_sums_that_do_not_add_up_are_named() -> None:
    cells = [Cell("a", 1), Cell("t", 2), Cell("u", 3)]
    with pytest.raises(MalformedProblemError, match="do not add up to t, u"):
        Problem(cells, [Sum("t", ("a",)), Sum("u", ("a",))])


def test_the_order_in_which_cells_sums_and_bounds_are_given_does_not_matter() -> None:
    cells = [Cell("c", 1), Cell("a", 1), Cell("t", 2), Cell("b", 1)]
    sums = [Sum("t", ("c", "a")), Sum("t", ("a", "b"))]
    bounds = [Bound(("c",), ("t",)), Bound(("a",), ("t",)), Bound(("a",), ("b",))]

    problem = Problem(cells, sums, bounds)

    assert problem == Problem(cells[::-1], sums[::-1], bounds[::-1])
    assert [cell.id for cell in problem.cells] == ["a", "b", "c", "t"]


def test_what_cannot_be_protected_is_named_in_order() -> None:
    assert str(UnprotectableError({"b", "c", "a"})).endswith(": a, b, c")
