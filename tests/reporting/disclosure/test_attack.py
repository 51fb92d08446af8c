"""The attacker that judges every pattern is itself judged: by textbook tables and by counting."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.problem import Cell, Interval, Problem, Sum
from tests.reporting.disclosure.tables import enumerated, grid, persons_and_forms

small = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=3)


def test_the_handbooks_example_gives_the_handbooks_interval() -> None:
    """Geurts' table (Handbook on Statistical Disclosure Control, chapter 4, example 3)."""
    found = attack(grid([[5, 2], [1, 2], [3, 3]]), {"0.0", "0.1", "1.0", "1.1"})

    assert found == {
        "0.0": Interval(3, 6),
        "0.1": Interval(1, 4),
        "1.0": Interval(0, 3),
        "1.1": Interval(0, 3),
    }


def test_two_suppressed_cells_a_line_can_still_give_one_away() -> None:
    """The table of sdcTable's own test: every line has two gaps, and w·b is 47 exactly."""
    problem = grid([[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]])
    gaps = {"0.0", "0.1", "0.2", "1.0", "1.2", "2.1", "2.3", "3.1", "3.3"}

    found = attack(problem, gaps)

    assert found["0.1"] == Interval(47, 47)
    assert found["0.0"] == Interval(25, 94)
    assert found["3.1"] == Interval(906, 1091)
    freed = attack(problem, gaps | {"1.1"})
    assert freed["0.1"] == Interval(0, 141)
    assert freed["1.1"] == Interval(30, 171)


def test_a_number_tied_to_nothing_published_has_no_upper_end() -> None:
    problem = grid([[1, 2], [3, 4]], published=())

    found = attack(problem, [cell.id for cell in problem.cells])

    assert set(found.values()) == {Interval(0, None)}


def test_who_knows_her_own_number_may_learn_her_neighbours() -> None:
    problem = grid([[1, 3, 9], [8, 9, 9]])
    gaps = {"0.0", "0.1", "1.0", "1.1"}

    assert attack(problem, gaps)["0.1"] == Interval(0, 4)
    assert attack(problem, gaps, known=["0.0"])["0.1"].exact


@settings(max_examples=60, deadline=None)
@given(rows=small, draw=st.data())
def test_every_interval_equals_what_counting_all_tables_gives(
    rows: list[list[int]], draw: st.DataObject
) -> None:
    problem = grid(rows)
    gaps = draw.draw(st.sets(st.sampled_from(_inner(problem)), min_size=1, max_size=4))

    assert attack(problem, gaps) == enumerated(problem, gaps)


@settings(max_examples=40, deadline=None)
@given(rows=small, draw=st.data())
def test_the_intervals_of_one_who_knows_the_rule_or_her_own_cell_equal_counting(
    rows: list[list[int]], draw: st.DataObject
) -> None:
    problem = grid(rows)
    gaps = draw.draw(st.sets(st.sampled_from(_inner(problem)), min_size=2, max_size=4))
    known = min(gaps)

    assert attack(problem, gaps, known=[known]) == enumerated(problem, gaps, known=[known])
    if any(0 < problem.by_id[cell].value < 3 for cell in gaps):
        assert attack(problem, gaps, rule=dict.fromkeys(problem.by_id, 3)) == enumerated(
            problem, gaps, threshold=3
        )


@settings(max_examples=40, deadline=None)
@given(
    persons=st.lists(
        st.tuples(st.integers(0, 1), st.sets(st.sampled_from("ab"), min_size=1)), min_size=1
    ),
    draw=st.data(),
)
def test_counts_that_overlap_are_attacked_with_what_still_holds(
    persons: list[tuple[int, set[str]]], draw: st.DataObject
) -> None:
    persons = persons[:6]
    forms = [
        {f: sum(1 for at, held in persons if at == unit and f in held) for f in "ab"}
        for unit in (0, 1)
    ]
    totals = [sum(1 for at, _ in persons if at == unit) for unit in (0, 1)]
    problem = persons_and_forms(forms, totals, published=("T.T",))
    gaps = draw.draw(st.sets(st.sampled_from(_inner(problem)), min_size=1, max_size=4))

    assert attack(problem, gaps) == enumerated(problem, gaps)


def _inner(problem: Problem) -> list[str]:
    return [cell.id for cell in problem.cells if "T" not in cell.id]


def test_an_empty_cell_does_not_explain_why_anything_is_suppressed() -> None:
    """Of ten in two cells one is 1 or 2 by the rule, so neither is empty."""
    cells = [Cell("a", 1), Cell("b", 9), Cell("t", 10, published=True)]
    problem = Problem(cells, [Sum("t", ("a", "b"))])

    assert attack(problem, ["a", "b"])["a"] == Interval(0, 10)
    assert attack(problem, ["a", "b"], rule={"a": 3, "b": 3})["a"] == Interval(1, 9)


def row(**values: int) -> Problem:
    """Some numbers and their sum, which is published."""
    cells = [Cell(i, v) for i, v in values.items()]
    total = Cell("t", sum(values.values()), published=True)
    return Problem([*cells, total], [Sum("t", tuple(values))])


@pytest.mark.parametrize("first", [0, 3, 9])
def test_a_rule_that_nothing_explains_tells_nothing(first: int) -> None:
    problem = row(a=first, b=8)
    assert attack(problem, "ab", rule={"a": 3, "b": 3}) == attack(problem, "ab")


def test_who_explains_the_rule_by_her_own_number_learns_nothing_by_it_and_others_do() -> None:
    problem, rule = row(a=1, b=4, c=9), dict.fromkeys("abc", 3)

    assert attack(problem, "abc", known="c", rule=rule)["a"] == Interval(1, 4)
    assert attack(problem, "abc", known="a", rule=rule)["b"] == Interval(0, 13)


def test_a_number_without_an_upper_end_has_none_for_who_knows_the_rule_either() -> None:
    """Whichever of the two is below three, the other, and so their sum, may be anything."""
    problem = Problem([Cell("a", 1), Cell("b", 9), Cell("t", 10)], [Sum("t", ("a", "b"))])

    found = attack(problem, "abt", rule={"a": 3, "b": 3, "t": 1})

    assert found == {"a": Interval(0, None), "b": Interval(0, None), "t": Interval(1, None)}


def test_only_numbers_under_the_rule_explain_it() -> None:
    problem = row(a=1, b=4)

    assert attack(problem, "ab", rule={"a": 3}) == {"a": Interval(1, 2), "b": Interval(3, 4)}


def test_a_number_of_other_things_than_persons_explains_the_rule_at_any_value() -> None:
    """Six nights of one person: seven or one might be hers as well, but not none."""
    nights, more = Cell("a", 6, contributors=1), Cell("b", 9)
    problem = Problem([nights, more, Cell("t", 15, published=True)], [Sum("t", ("a", "b"))])

    found = attack(problem, "ab", rule={"a": 3, "b": 1})

    assert found == {"a": Interval(1, 15), "b": Interval(0, 14)}
