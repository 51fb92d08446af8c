"""Which numbers tell too much by themselves."""

import pytest

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.primary import Backing, Rule, standard, strict, together
from referral.reporting.disclosure.problem import Cell, Demand, Problem, Standard, Sum
from referral.reporting.disclosure.protection import protect


def demands(problem: Problem, rule: Rule, **behind: Backing) -> dict[str, tuple[int, int]]:
    asked = standard(problem, rule, backing=behind).demands
    return {demand.cell: (demand.lower, demand.upper) for demand in asked}


def test_few_persons_make_a_cell_primary_however_many_incidents_they_report() -> None:
    problem = Problem(
        [
            Cell("many", 9),
            Cell("few", 4),
            Cell("enough", 5),
            Cell("one family", 6, contributors=1),
            Cell("none", 0),
            Cell("shown", 2, published=True),
        ]
    )

    assert demands(problem, Rule(5)) == {"few": (1, 1), "one family": (1, 1)}
    assert demands(problem, strict(5)) == {"few": (4, 1), "one family": (6, 1)}


def test_a_number_needs_five_persons_unless_another_threshold_is_given() -> None:
    problem = Problem([Cell("four", 4), Cell("five", 5)])
    assert demands(problem, Rule()) == {"four": (1, 1)}


def test_few_perpetrators_or_one_service_make_a_cell_primary() -> None:
    problem = Problem([Cell(i, 20) for i in ("one man", "one service", "fine", "unknown")])
    behind = {
        "one man": Backing(perpetrators=1, services=3),
        "one service": Backing(perpetrators=20, services=1),
        "fine": Backing(perpetrators=5, services=2),
    }

    found = standard(problem, Rule(5), backing=behind).demands

    assert [demand.cell for demand in found] == ["one man", "one service"]
    fewer = standard(problem, Rule(5, perpetrators=1, services=1), backing=behind)
    assert fewer.demands == ()


def test_each_table_has_its_own_threshold_and_a_shared_cell_the_stricter() -> None:
    problem = Problem([Cell("district", 7), Cell("commune", 7), Cell("both", 4)])
    coarse = standard(problem, Rule(5), cells={"district", "both"})
    fine = standard(problem, Rule(10, open=True), cells={"commune", "both"})

    joined = together([coarse, fine])
    assert joined == together([fine, coarse])

    assert joined.demands == (Demand("both", 1, 6), Demand("commune", 1, 3))
    assert joined.rule == {"commune": 10, "both": 10}


def test_joined_standards_ask_the_most_of_each_and_know_the_insiders_of_both() -> None:
    one = Standard((Demand("a", 4, 1, 2), Demand("b", 1, 1)), insiders=("b",))
    other = Standard((Demand("a", 1, 3, 7),), insiders=("a",))

    joined = together([one, other])

    assert joined == together([other, one])
    assert joined.demands == (Demand("a", 4, 3, 7), Demand("b", 1, 1))
    assert joined.insiders == ("a", "b")


def test_zeros_are_primary_where_all_of_a_group_are_of_one_class() -> None:
    """Handbook: the married are 6 full-time and 0 part-time; whoever is married is full-time."""
    parts = {"full": 6, "part": 0}
    cells = [Cell(i, v) for i, v in parts.items()] + [Cell("married", 6)]
    row = Sum("married", ("full", "part"))
    problem = Problem(cells, [row])

    assert demands(problem, Rule(5)) == {}
    assert demands(problem, Rule(5, classes=(row,))) == {"part": (0, 1)}
    known = standard(problem, Rule(5, classes=(row,)), impossible={"part"})
    assert known.demands == ()


def test_zeros_are_primary_where_the_one_of_another_class_would_know_all_the_rest() -> None:
    """Handbook: of the divorced 5 are full-time and 1 is not; that one knows the five."""
    row = Sum("divorced", ("full", "part", "none"))
    values = {"full": 5, "part": 1, "none": 0, "divorced": 6}
    problem = Problem([Cell(i, v) for i, v in values.items()], [row])

    assert demands(problem, Rule(2, classes=(row,))) == {"none": (0, 1), "part": (1, 1)}


@pytest.mark.parametrize(
    ("group", "tells"),
    [((1, 0, 0), True), ((1, 1, 0), True), ((2, 1, 0), True), ((5, 2, 0), False)],
)
def test_a_group_tells_of_its_classes_if_all_but_one_at_most_are_of_one(
    group: tuple[int, ...], *, tells: bool
) -> None:
    row = Sum("t", ("a", "b", "c"))
    values = dict(zip("abc", group, strict=True)) | {"t": sum(group)}
    problem = Problem([Cell(i, v) for i, v in values.items()], [row])

    assert ("c" in demands(problem, Rule(1, classes=(row,)))) is tells


def test_an_empty_group_and_one_of_several_classes_tell_nothing() -> None:
    empty, mixed = Sum("t", ("a", "b")), Sum("u", ("c", "d", "e"))
    values = {"a": 0, "b": 0, "t": 0, "c": 5, "d": 6, "e": 0, "u": 11}
    problem = Problem([Cell(i, v) for i, v in values.items()], [empty, mixed])

    assert demands(problem, Rule(5, classes=(empty, mixed))) == {}


def test_who_makes_up_most_of_a_magnitude_is_hidden_by_dominance() -> None:
    """(n, k) rule: the upper level is 100/k times the n largest, less the total."""
    problem = Problem([Cell("money", 100)])

    assert demands(problem, Rule(dominance=(1, 80)), money=Backing(largest=(90, 6))) == {
        "money": (13, 13)
    }
    assert demands(problem, Rule(dominance=(1, 90)), money=Backing(largest=(90, 6))) == {}
    assert demands(problem, Rule(dominance=(2, 90)), money=Backing(largest=(50, 41, 9))) == {
        "money": (2, 2)
    }


def test_the_second_largest_cannot_come_within_a_percentage_of_the_largest() -> None:
    """p% rule: the upper level is p/100 of the largest, less all but the two largest."""
    problem = Problem([Cell("nights", 100)])

    assert demands(problem, Rule(percent=10), nights=Backing(largest=(70, 25))) == {
        "nights": (2, 2)
    }
    assert demands(problem, Rule(percent=10), nights=Backing(largest=(60, 34))) == {}
    # Heads do not matter for a magnitude: a hundred nights of two persons are not two.
    two = Problem([Cell("nights", 100, contributors=2)])
    assert demands(two, Rule(percent=10), nights=Backing(largest=(50, 30, 20))) == {}


def test_the_width_of_a_magnitude_is_a_percentage_of_the_largest_and_counts_have_none() -> None:
    problem = Problem([Cell("money", 9_400), Cell("heads", 20)])
    behind = {"money": Backing(largest=(9_000, 300))}

    found = demands(problem, Rule(percent=10, dominance=(1, 90)), **behind)

    assert found == {"money": (800, 800)}  # a tenth of 9,000, less the 100 of others


def test_each_single_person_is_an_insider_only_if_the_rule_asks() -> None:
    problem = Problem([Cell("one", 1), Cell("six of one", 6, contributors=1), Cell("two", 2)])

    assert standard(problem, Rule(5)).insiders == ()
    assert standard(problem, strict(5)).insiders == ("one", "six of one")


def test_the_rule_is_open_only_where_suppression_begins_with_it() -> None:
    """If only zeros are hidden, the threshold explains nothing."""
    row = Sum("t", ("a", "b", "c"))
    values = {"a": 30, "b": 0, "c": 0, "t": 30}
    problem = Problem([Cell(i, v) for i, v in values.items()], [row])

    asked = standard(problem, Rule(5, open=True, classes=(row,)))

    assert asked.rule is None
    assert protect(problem, asked).certificate.optimal


@pytest.mark.parametrize(("persons", "is_open"), [(1, True), (4, True), (5, False)])
def test_who_knows_the_rule_reckons_with_it_only_if_some_number_is_below_the_threshold(
    persons: int, *, is_open: bool
) -> None:
    problem = Problem([Cell("a", 9, contributors=persons), Cell("b", 9)])
    one_man = {"a": Backing(perpetrators=1)}

    asked = standard(problem, Rule(5, open=True), backing=one_man)

    assert [demand.cell for demand in asked.demands] == ["a"]
    assert (asked.rule is not None) is is_open


@pytest.mark.parametrize("k", [2, 5])
def test_the_plain_rule_makes_every_small_number_seem_to_reach_the_threshold(k: int) -> None:
    values = {"a": 1, "b": 7, "c": 9, "t": 17}
    problem = Problem(
        [Cell(i, v, published=i == "t") for i, v in values.items()], [Sum("t", ("a", "b", "c"))]
    )

    found = protect(problem, standard(problem, Rule(k)))

    assert attack(problem, found.pattern)["a"].reaches(0, k)


def test_standards_of_nothing_join_to_nothing() -> None:
    assert together([]) == Standard(())
