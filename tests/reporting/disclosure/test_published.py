"""Examples that others published: the same tables, and at least as good an answer."""

import pytest

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.crossed import Dimension, Layout
from referral.reporting.disclosure.problem import Cell, Demand, Interval, Problem, Standard, Sum
from referral.reporting.disclosure.protection import protect


def test_the_handbooks_sum_with_one_part_withheld_is_a_subtraction() -> None:
    """Handbook on Statistical Disclosure Control, 56,600 less 47,600 less 8,002."""
    values = {"all": 56_600, "large": 47_600, "middle": 8_002, "small": 998}
    problem = Problem(
        [Cell(i, v) for i, v in values.items()], [Sum("all", ("large", "middle", "small"))]
    )

    assert attack(problem, ["small"])["small"] == Interval(998, 998)
    assert attack(problem, ["small", "middle"])["small"] == Interval(0, 9_000)


@pytest.fixture
def example1() -> Problem:
    """The first example of GaussSuppression (vignette "Small count frequency table suppression").

    R package of Statistics Norway; data `SSBtoolsData("example1")`, year 2014. Weights are values.
    """
    layout = Layout(
        [Dimension.flat("age", ["young", "old"]), Dimension.flat("geo", ["Sp", "Ic", "Po"])],
        published=lambda key: "*" in key,
    )
    rows = {"young": {"Sp": 5, "Ic": 2, "Po": 0}, "old": {"Sp": 6, "Ic": 3, "Po": 4}}
    counts = {(age, geo): n for age, row in rows.items() for geo, n in row.items()}
    plain = layout.problem(counts)
    cells = [Cell(c.id, c.value, weight=c.value, published=c.published) for c in plain.cells]
    return Problem(cells, plain.sums)


def test_gausssuppressions_first_example_loses_the_same_cells(example1: Problem) -> None:
    """With maxN = 1 the zero is primary; its answer withholds Iceland and Portugal, both ages."""
    found = protect(example1, Standard((Demand("young/Po", 0, 1),)))

    assert found.pattern == {"young/Po", "young/Ic", "old/Po", "old/Ic"}
    assert found.certificate.optimal
    assert attack(example1, found.pattern)["young/Po"] == Interval(0, 2)


def test_a_small_number_is_hidden_by_the_same_cells_and_not_by_its_own_row_alone(
    example1: Problem,
) -> None:
    asked = Standard((Demand("young/Ic", 1, 1),))

    assert attack(example1, ["young/Ic", "young/Po"])["young/Ic"].exact
    assert protect(example1, asked).pattern >= {"young/Ic", "old/Ic"}
