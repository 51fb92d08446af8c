"""A problem that contradicts itself is refused, naming the cells."""

import pytest

from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Interval,
    MalformedProblemError,
    Problem,
    Sum,
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
