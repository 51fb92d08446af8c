"""Nobody can be worked out of what is published, and no more is withheld than that needs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.problem import (
    Cell,
    Demand,
    Interval,
    Problem,
    Standard,
    Sum,
    UnprotectableError,
)
from referral.reporting.disclosure.protection import protect
from tests.reporting.disclosure.tables import (
    as_editions_do,
    cheapest,
    grid,
    persons_and_forms,
    protected,
    small,
    withstands,
)


def lines(width: int, height: int, top: int) -> st.SearchStrategy[list[list[int]]]:
    line = st.lists(st.integers(0, top), min_size=width, max_size=width)
    return st.lists(line, min_size=2, max_size=height)


def protected_somehow(problem: Problem, threshold: int) -> frozenset[str] | None:
    try:
        return protected(problem, threshold).pattern
    except UnprotectableError:
        return None


def preferring(problem: Problem, cheap: set[str]) -> Problem:
    """The same tables, with these cells by far the cheapest to suppress."""
    cells = [replace(c, weight=0.01) if c.id in cheap else c for c in problem.cells]
    return Problem(cells, problem.sums)


def test_one_small_number_takes_three_others_with_it() -> None:
    problem = grid([[2, 20, 30], [20, 20, 30], [30, 30, 30]])

    found = protected(problem, 5)

    assert len(found.pattern) == 4
    assert "0.0" in found.pattern
    assert withstands(problem, found.pattern, 5)
    assert found.certificate.cost == found.certificate.bound == 4
    assert found.certificate.optimal


def test_a_table_of_large_numbers_loses_nothing() -> None:
    assert protected(grid([[9, 8], [7, 6]]), 5).pattern == frozenset()


def test_suppressing_the_small_numbers_alone_is_undone_by_subtraction() -> None:
    """The positive control: the attacker does find what the naive approach leaves open."""
    problem = grid([[2, 20], [20, 20]])

    assert attack(problem, small(problem, 5))["0.0"] == Interval(2, 2)
    assert not withstands(problem, small(problem, 5), 5)


@pytest.mark.promise("figures-name-nobody")
def test_three_linked_tables_protected_one_by_one_leak_and_together_do_not() -> None:
    """A unit's total is the margin of three tables: one hides it, the next gives it back."""
    values = {
        "A/jan": 3, "A/feb": 9, "B/jan": 9, "B/feb": 9,
        "A/under18": 6, "A/adult": 6, "B/under18": 9, "B/adult": 9,
        "A/city": 7, "A/rural": 5, "B/city": 8, "B/rural": 10,
        "A/*": 12, "B/*": 18, "*/*": 30,
        "*/jan": 12, "*/feb": 18, "*/under18": 15, "*/adult": 15, "*/city": 15, "*/rural": 15,
    }  # fmt: skip
    kinds = [("jan", "feb"), ("under18", "adult"), ("city", "rural")]

    def problem_of(chosen: list[tuple[str, str]]) -> Problem:
        sums = [Sum("*/*", ("A/*", "B/*"))]
        for pair in chosen:
            sums += [Sum(f"{unit}/*", tuple(f"{unit}/{c}" for c in pair)) for unit in "AB*"]
            sums += [Sum(f"*/{c}", (f"A/{c}", f"B/{c}")) for c in pair]
        used = {i for one in sums for i in (one.total, *one.parts)}
        # In this table alone the two unit totals are the cheapest complement.
        cells = [
            Cell(i, values[i], weight=1 if i in {"A/*", "B/*"} else 5, published=i[0] == "*")
            for i in used
        ]
        return Problem(cells, sums)

    together = problem_of(kinds)
    one_by_one: set[str] = set()
    for pair in kinds:
        alone = problem_of([pair])
        pattern = protected(alone, 5).pattern
        assert withstands(alone, pattern, 5)
        one_by_one |= pattern

    assert attack(together, one_by_one)["A/jan"].exact
    assert withstands(together, protected(together, 5).pattern, 5)


def test_six_incidents_of_one_person_are_hidden_like_one_person() -> None:
    cells = [Cell("a", 6, contributors=1), Cell("b", 20, contributors=15)]
    cells += [Cell("c", 20, contributors=9), Cell("t", 46, contributors=25, published=True)]
    problem = Problem(cells, [Sum("t", ("a", "b", "c"))])

    found = protected(problem, 5)

    assert "a" in found.pattern
    assert len(found.pattern) == 2
    assert attack(problem, found.pattern)["a"].reaches(0, 7)


@pytest.mark.promise("figures-name-nobody")
def test_one_person_who_knows_her_own_cell_cannot_subtract_herself() -> None:
    """1 and 4 in a row hide each other from everybody but the one."""
    naive = {"0.0", "0.1", "1.0", "1.1"}
    rows = [[1, 4, 20, 20], [6, 9, 20, 20], [20, 20, 3, 20], [20, 20, 20, 20]]
    problem = preferring(grid(rows), naive)

    pattern = protected(problem, 5).pattern

    assert attack(problem, naive)["0.1"] == Interval(0, 5)
    assert attack(problem, naive, known=["0.0"])["0.1"].exact
    assert not attack(problem, pattern, known=["0.0"])["0.1"].exact


def test_who_knows_the_rule_cannot_say_which_cell_made_it_apply() -> None:
    """If the 3 were 5, its neighbours would be 0, 8 and 7: nothing would have been suppressed."""
    naive = {"0.0", "0.1", "1.0", "1.1"}
    problem = preferring(grid([[2, 3, 20, 20], [6, 9, 20, 20]]), naive)
    rule = dict.fromkeys(problem.by_id, 5)

    pattern = protected(problem, 5).pattern

    assert attack(problem, naive)["0.1"].high == 5
    assert attack(problem, naive, rule=rule)["0.1"].high == 4
    assert attack(problem, pattern, rule=rule)["0.1"].reaches(3, 5)


def test_what_must_be_published_stays_or_the_impossible_is_named() -> None:
    problem = grid([[2, 20], [20, 20]], published=("T.T", "0.T", "0.1"))

    with pytest.raises(UnprotectableError) as refusal:
        protected(problem, 5)

    assert refusal.value.cells == ("0.0",)
    kept = grid([[2, 20], [20, 20], [20, 20]], published=("T.T", "0.T", "T.0"))
    assert protected(kept, 5).pattern.isdisjoint({"T.T", "0.T", "T.0"})


def test_the_same_tables_in_another_order_lose_the_same_cells() -> None:
    problem = grid([[2, 7, 9], [3, 8, 1], [9, 4, 6]])
    turned = Problem(problem.cells[::-1], problem.sums[::-1])

    assert protected(problem, 5) == protected(turned, 5)


def test_the_certificate_claims_only_what_the_attacker_confirms() -> None:
    problem = grid([[2, 7, 9], [3, 8, 1], [9, 4, 6]])

    found = protected(problem, 5)

    judged = attack(problem, found.pattern)
    assert set(found.certificate.reach) == set(small(problem, 5))
    for cell, claim in found.certificate.reach.items():
        assert claim.reaches(0, 5)
        assert claim.high is not None
        assert judged[cell].reaches(claim.low, claim.high)


def test_when_the_search_is_cut_short_the_pattern_is_safe_and_says_it_is_not_the_cheapest() -> None:
    problem = grid([[2, 20, 30], [20, 20, 30], [30, 30, 30]])

    found = protect(problem, as_editions_do(problem, 5), seconds=0)

    assert withstands(problem, found.pattern, 5)
    assert not found.certificate.optimal
    assert found.certificate.bound <= 4 <= found.certificate.cost


@settings(max_examples=10, deadline=None)
@given(table=lines(3, 3, 12), threshold=st.integers(2, 6))
def test_no_attacker_pins_any_small_number_of_any_small_table(
    table: list[list[int]], threshold: int
) -> None:
    holds_against_any_attacker(table, threshold)


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(table=lines(4, 4, 12), threshold=st.integers(2, 6))
def test_no_attacker_pins_any_small_number_of_any_table(
    table: list[list[int]], threshold: int
) -> None:
    holds_against_any_attacker(table, threshold)


def holds_against_any_attacker(table: list[list[int]], threshold: int) -> None:
    problem = grid(table)
    pattern = protected_somehow(problem, threshold)

    if pattern is None:
        everything = {cell.id for cell in problem.cells} - {"T.T"}
        assert not withstands(problem, everything, threshold)
    else:
        assert withstands(problem, pattern, threshold)


@settings(max_examples=6, deadline=None)
@given(table=lines(2, 2, 9), threshold=st.integers(2, 4))
def test_no_cheaper_pattern_would_do(table: list[list[int]], threshold: int) -> None:
    problem = grid(table)
    least = cheapest(problem, threshold)

    if least is None:
        with pytest.raises(UnprotectableError):
            protected(problem, threshold)
    else:
        assert protected(problem, threshold).certificate.cost == least


@settings(max_examples=12, deadline=None)
@given(
    persons=st.lists(
        st.tuples(st.integers(0, 1), st.sets(st.sampled_from("ab"), min_size=1)),
        min_size=5,
        max_size=25,
    )
)
def test_overlapping_counts_are_hidden_too(persons: list[tuple[int, set[str]]]) -> None:
    forms = [
        {f: sum(1 for at, held in persons if at == unit and f in held) for f in "ab"}
        for unit in range(2)
    ]
    totals = [sum(1 for at, _ in persons if at == unit) for unit in range(2)]
    problem = persons_and_forms(forms, totals, published=("T.T",))

    pattern = protected_somehow(problem, 3)

    assert pattern is None or withstands(problem, pattern, 3)


def test_a_small_difference_between_great_weights_still_decides() -> None:
    """A solver's usual tolerance, one in ten thousand, would take either."""
    names = [f"x{n}" for n in range(9)]
    cells = [Cell(i, 3 if i == "x0" else 20, weight=10**6 - n) for n, i in enumerate(names)]
    cells.append(Cell("t", 163, published=True))
    problem = Problem(cells, [Sum("t", tuple(names))])

    assert protected(problem, 5).pattern == {"x0", "x8"}


def test_what_is_only_to_vanish_may_vanish_alone() -> None:
    """Nothing is asked of what remains possible; a number may be withheld for other reasons."""
    problem = grid([[2, 20], [20, 20]])

    found = protect(problem, Standard((Demand("0.0", 0, 0),)))

    assert found.pattern == {"0.0"}
    assert found.certificate.optimal
