"""Three dimensions: where the attacker by linear programs is blind, and who is not."""

import numpy as np
import pytest

from referral.reporting.disclosure import attack as attack_module
from referral.reporting.disclosure.adversary import Linear, Tables
from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.crossed import Dimension, Layout
from referral.reporting.disclosure.primary import Rule, standard
from referral.reporting.disclosure.problem import Demand, Interval, Problem, Standard
from referral.reporting.disclosure.protection import protect

# Moves that keep every total of a 3 x 3 x 3 table: 2 or -1, and no smaller ones on these cells. So
# from a table of ones there in whole numbers nothing can move, and in halves nearly all can.
CIRCUIT = {
    "000": 2, "001": -1, "002": -1, "010": -1, "011": 1, "020": -1, "022": 1,
    "111": -1, "112": 1, "121": 1, "122": -1,
    "200": -2, "201": 1, "202": 1, "210": 1, "212": -1, "220": 1, "221": -1,
}  # fmt: skip
ONES = ["/".join(key) for key in CIRCUIT]
SURE = "0/0/0"


def cube() -> Problem:
    dimensions = [Dimension.flat(name, ["0", "1", "2"]) for name in "abc"]
    layout = Layout(dimensions, published=lambda key: key == ("*", "*", "*"))
    counts = {(a, b, c): 7 for a in "012" for b in "012" for c in "012"}
    return layout.problem(counts | dict.fromkeys((tuple(key) for key in CIRCUIT), 1))


def linear_reach(problem: Problem, pattern: list[str], cell: str) -> tuple[float, float]:
    tables = Tables(problem, Standard(()))
    linear = Linear(tables, 9)
    linear.face(np.array([float(c.id in pattern) for c in problem.cells]))
    place = tables.place[cell]
    return linear.push(place, -1, 9).reach, linear.push(place, 1, 9).reach


def test_the_linear_attacker_believes_in_halves_and_the_other_knows_the_person() -> None:
    problem = cube()

    assert linear_reach(problem, ONES, SURE) == (1, 1)
    assert set(attack(problem, ONES).values()) == {Interval(1, 1)}


def test_a_pattern_that_only_halves_protect_is_not_taken() -> None:
    """All else but the ones is dear: the pattern that satisfies the linear attacker is cheapest."""
    problem = cube()
    cells = [
        type(c)(c.id, c.value, weight=1 if c.id in ONES else 50, published=c.published)
        for c in problem.cells
    ]
    dear = Problem(cells, problem.sums)

    found = protect(dear, Standard((Demand(SURE, 1, 1),)))

    assert found.certificate.cost > 18
    assert found.certificate.optimal
    assert attack(dear, found.pattern, only=[SURE])[SURE].reaches(0, 2)
    assert not set(found.pattern) <= set(ONES)


def test_in_two_dimensions_nothing_is_ever_asked_in_whole_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Totally unimodular: every end of a linear program there is a table of whole numbers."""
    asked: list[bool] = []
    model = attack_module._View._model

    def noted(view: attack_module._View, *, whole: bool) -> object:
        asked.append(whole)
        return model(view, whole=whole)

    monkeypatch.setattr(attack_module._View, "_model", noted)
    places = Dimension("place", {"*": ["A", "B", "C"], "A": ["A1", "A2", "A3"], "B": ["B1", "B2"]})
    months = Dimension.flat("month", [f"{n:02}" for n in range(12)])
    chance = np.random.default_rng(8)
    layout = Layout([places, months], published=lambda key: key == ("*", "*"))
    for _ in range(5):
        counts = {leaf: int(chance.integers(0, 4)) for leaf in layout.leaves}
        problem = layout.problem(counts)
        pattern = [c.id for c in problem.cells if not c.published and chance.random() < 0.6]
        attack(problem, pattern)

    assert asked
    assert not any(asked)
    attack(cube(), ONES)
    assert any(asked)  # the positive control


@pytest.mark.parametrize("k", [3, 5])
def test_a_cube_is_safe_against_the_attacker_who_counts(k: int) -> None:
    dimensions = [Dimension.flat(name, ["0", "1", "2", "3"]) for name in "abc"]
    layout = Layout(dimensions, published=lambda key: key == ("*", "*", "*"))
    chance = np.random.default_rng(k)
    problem = layout.problem({leaf: int(chance.poisson(3)) for leaf in layout.leaves})
    asked = standard(problem, Rule(k))

    found = protect(problem, asked)

    reach = attack(problem, found.pattern)
    values = {c.id: c.value for c in problem.cells}
    assert all(demand.met_by(reach[demand.cell], values[demand.cell]) for demand in asked.demands)
    assert found.certificate.optimal
