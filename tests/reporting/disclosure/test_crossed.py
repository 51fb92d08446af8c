"""Tables drawn as statisticians draw them become the right cells and sums."""

import pytest

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.crossed import Dimension, Layout, Record, linked
from referral.reporting.disclosure.primary import Backing, Rule, standard
from referral.reporting.disclosure.problem import Cell, Interval, MalformedProblemError, Problem

SEX = Dimension.flat("sex", ["f", "m"])
PLACE = Dimension("place", {"*": ["A", "B"], "A": ["A1", "A2"]})


def test_every_sum_of_a_hierarchy_crossed_with_a_dimension_is_there_and_no_other() -> None:
    problem = Layout([PLACE, SEX]).problem({("A1", "f"): 2, ("B", "m"): 3})

    sums = {(one.total, one.parts) for one in problem.sums}
    assert {("A/f", ("A1/f", "A2/f")), ("*/*", ("A/*", "B/*")), ("A1/*", ("A1/f", "A1/m"))} <= sums
    assert len(sums) == 3 * 2 + 5  # two places divided, for each sex and all; five places by sex
    assert {c.id: c.value for c in problem.cells if c.value} == {
        "A1/f": 2, "A1/*": 2, "A/f": 2, "A/*": 2, "B/m": 3, "B/*": 3, "*/f": 2, "*/m": 3, "*/*": 5,
    }  # fmt: skip


def test_four_dimensions_are_taken_and_five_are_not() -> None:
    four = [Dimension.flat(letter, ["0", "1"]) for letter in "abcd"]

    problem = Layout(four).problem({("0", "0", "0", "1"): 1})

    assert len(problem.cells) == 3**4
    assert len(problem.sums) == 4 * 3**3
    with pytest.raises(MalformedProblemError, match="1 to 4 dimensions"):
        Layout([*four, SEX])


def test_what_was_not_collected_has_no_cell_and_what_cannot_be_is_known_to_be_nothing() -> None:
    layout = Layout([PLACE, SEX], missing={("B", "m")}, impossible={("A1", "f")})

    problem = layout.problem({("A1", "m"): 1, ("A2", "m"): 2, ("A2", "f"): 9})

    assert "B/m" not in problem.by_id
    assert ("*/m", ("A/m",)) in {(one.total, one.parts) for one in problem.sums}
    assert problem.by_id["A1/f"].published
    # Its neighbour hides nothing behind a zero that everybody knows.
    assert attack(problem, ["A1/f", "A1/m"], known=["A1/f"])["A1/m"] == Interval(1, 1)
    with pytest.raises(MalformedProblemError, match="a count where there is none: B/m"):
        layout.problem({("B", "m"): 1})


def test_a_total_of_what_cannot_be_is_a_structural_zero_too() -> None:
    layout = Layout([PLACE, SEX], impossible={("A1", "f"), ("A1", "m")})
    assert layout.impossible_ids == {"A1/f", "A1/m", "A1/*"}


@pytest.mark.parametrize(
    ("tree", "named"),
    [
        ({"*": ["a", "b"], "+": ["a"]}, "in two places of d: a"),
        ({"*": ["a"], "+": ["b"]}, "not one total but 2"),
        ({"a": ["b"], "b": ["a"]}, "not one total but 0"),
    ],
)
def test_a_hierarchy_that_is_none_is_refused(tree: dict[str, list[str]], named: str) -> None:
    with pytest.raises(MalformedProblemError, match=named):
        _ = Dimension("d", tree).codes


def test_records_are_counted_with_the_distinct_people_behind_every_total() -> None:
    """Six incidents of one family in two places are one survivor in the total as well."""
    family = [Record((place, "f"), "her", "him", "police") for place in ("A1", "A1", "B")]
    other = [Record(("B", "f"), "another", "him", "health")]

    problem, backing = Layout([PLACE, SEX]).tabulate([*family, *other])

    assert problem.by_id["*/*"] == Cell("*/*", 4, contributors=2)
    assert problem.by_id["A/f"] == Cell("A/f", 2, contributors=1)
    assert backing["*/*"] == Backing(perpetrators=1, services=2)
    assert backing["A1/f"] == Backing(perpetrators=1, services=1)
    asked = standard(problem, Rule(2), backing=backing)
    assert {demand.cell for demand in asked.demands} >= {"*/*", "B/f"}  # two survivors, one man


def test_who_is_not_named_in_any_record_is_not_counted_as_none() -> None:
    of_services = [Record(("B", "f"), "her", service="police")]
    _, backing = Layout([PLACE, SEX]).tabulate(of_services)
    assert backing["B/f"] == Backing(perpetrators=None, services=1)

    of_men = [Record(("B", "f"), "her", "him")]
    _, backing = Layout([PLACE, SEX]).tabulate(of_men)
    assert backing["B/f"] == Backing(perpetrators=1, services=None)


def test_linked_tables_are_one_problem_and_must_agree() -> None:
    place = Layout([PLACE]).problem({("A1",): 3, ("B",): 4})
    other = Problem([Cell("*", 7, published=True, weight=5), Cell("men", 7)])

    both = linked(place, other)

    assert both.by_id["*"] == Cell("*", 7, weight=5, published=True)
    assert len(both.cells) == 6
    with pytest.raises(MalformedProblemError, match="disagree about"):
        linked(place, Problem([Cell("*", 8)]))
