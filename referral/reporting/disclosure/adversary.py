"""The adversaries that a pattern has to withstand, and what each failure teaches the search.

Every adversary moves from the true table: a cell may move only if it is suppressed. What the
linear one cannot reach yields a cut, an inequality that every safe pattern satisfies (Fischetti
and Salazar, 2000). The whole-number one decides in the end, because people are integers.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, eye_array, hstack, vstack

from referral.reporting.disclosure.problem import Problem, Standard
from referral.reporting.disclosure.solver import Rows, Vector, program, rows_of, solve

TOLERANCE = 1e-6
_SNAP = 64


@dataclass(frozen=True, slots=True)
class Cut:
    """A lesson: ``coefficients`` · (suppressed or not) must be at least ``least``."""

    coefficients: Vector
    least: float = 1.0

    def broken_by(self, share: Vector) -> bool:
        """Tell whether a (possibly fractional) pattern has not learnt it."""
        return bool(self.coefficients @ share < self.least - TOLERANCE)


@dataclass(frozen=True, slots=True)
class Push:
    """How far a cell can be moved one way, the table that shows it, and the price by its duals.

    ``prices`` bound the reach: of a pattern x it is at most prices · x + slack. An infinite price
    means that suppressing the cell lifts the bound.
    """

    reach: float
    world: Vector
    prices: Vector
    slack: float


def cut(need: float, *pushes: Push) -> Cut | None:
    """Turn reaches that fall short of ``need`` together into the inequality that was broken."""
    least = need - sum(push.slack for push in pushes)
    if least < TOLERANCE:
        return None
    prices = np.minimum(sum((push.prices for push in pushes), np.zeros(1)), least)
    return Cut(np.asarray(prices / least))


class Tables:
    """The problem as arrays. Positions are those of ``problem.cells``."""

    def __init__(self, problem: Problem, standard: Standard) -> None:
        self.place = {cell.id: n for n, cell in enumerate(problem.cells)}
        self.count = len(self.place)
        self.truth = np.array([cell.value for cell in problem.cells], dtype=np.float64)
        self.published = np.array([cell.published for cell in problem.cells], dtype=bool)
        self.weights = np.array([cell.weight for cell in problem.cells], dtype=np.float64)
        self.rule: Vector | None = None
        if standard.rule is not None:
            # What other things are counted than persons may show too few of these at any value.
            few = [
                np.inf
                if cell.contributors is not None and cell.id in standard.rule
                else standard.rule.get(cell.id, 0)
                for cell in problem.cells
            ]
            self.rule = np.array(few, dtype=np.float64)
        self.farthest = max((demand.upper for demand in standard.demands), default=0)
        self.equal = self._rows([((tie.total,), tie.parts) for tie in problem.sums])
        self.less = self._rows([(bound.smaller, bound.larger) for bound in problem.bounds])
        self.spare: Vector = np.asarray(-(self.less @ self.truth), dtype=np.float64)
        self.rows: Rows = csr_array(vstack((self.equal, self.less), format="csr"))
        nothing = np.zeros(self.equal.shape[0])
        self.ends = (
            np.concatenate((nothing, np.full(len(self.spare), -np.inf))),
            np.concatenate((nothing, self.spare)),
        )

    def _rows(self, ties: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> Rows:
        spots: list[tuple[int, int, float]] = []
        for n, (plus, minus) in enumerate(ties):
            spots += [(n, self.place[cell], 1.0) for cell in plus]
            spots += [(n, self.place[cell], -1.0) for cell in minus]
        return rows_of(spots, len(ties), self.count)

    def holds(self, world: Vector) -> bool:
        """Tell whether moves of whole numbers break no sum and no bound, exactly."""
        low, high = self.ends
        moved = np.asarray(self.rows @ world)
        return bool(
            np.all(moved >= low) and np.all(moved <= high) and np.all(self.truth + world >= 0)
        )

    def explains(self, share: Vector, world: Vector) -> bool:
        """Tell whether a table explains the suppression to whoever knows the rule.

        It does if a suppressed cell shows too few persons.
        """
        if self.rule is None:
            return True
        values = self.truth + world
        few = (values > 0.5) & (values < self.rule - 0.5)
        return bool(np.any(few & (share > 0.5)))


class Linear:
    """The attacker by linear programs; one solver, warm from one question to the next."""

    def __init__(self, tables: Tables, room: float) -> None:
        self._tables = tables
        self._room = room
        nothing = np.zeros(tables.count)
        self._span: tuple[Vector, Vector] = (nothing, nothing)
        self._model = program(nothing, self._span, tables.rows, tables.ends)
        self._places = np.arange(tables.count, dtype=np.int32)

    def face(self, share: Vector, fixed: int | None = None) -> None:
        """Take a pattern to attack; ``fixed`` is the cell that an insider knows.

        Under a fractional pattern, which only guides the search, no cell moves further than
        anybody needs: that makes the guidance sharp. A whole one is judged without such a limit.
        """
        truth = self._tables.truth
        if np.all((share == 0) | (share == 1)):
            lower, upper = -truth * share, np.where(share > 0, np.inf, 0.0)
        else:
            lower, upper = -np.minimum(truth, self._room) * share, self._room * share
        if fixed is not None:
            lower[fixed] = upper[fixed] = 0
        self._span = lower, upper
        self._model.changeColsBounds(len(truth), self._places, lower, upper)

    def push(self, target: int, sign: int, need: float) -> Push:
        """Move ``target`` as far as it goes, but no further than ``need``."""
        model, (lower, upper) = self._model, self._span
        ends = float(max(lower[target], -need)), float(min(upper[target], need))
        model.changeColBounds(target, *ends)
        model.changeColCost(target, float(-sign))
        world = solve(model)
        # The true table is always within reach, so there is always a solution.
        assert world is not None
        duals = np.array(model.getSolution().row_dual)
        model.changeColCost(target, 0.0)
        model.changeColBounds(target, float(lower[target]), float(upper[target]))
        return self._priced(target, sign, world, duals)

    def _priced(self, target: int, sign: int, world: Vector, duals: Vector) -> Push:
        """Any duals give a true inequality once the prices are computed from them.

        Rounding in the solver can so make a cut weak but hardly wrong; duals that are simple
        fractions, as nearly all are, are made exact first.
        """
        tables = self._tables
        simple = np.round(duals * _SNAP) / _SNAP
        duals = np.where(np.abs(duals - simple) < TOLERANCE, simple, duals)
        height = tables.equal.shape[0]
        equal, less = -duals[:height], np.maximum(-duals[height:], 0)
        rest = -(tables.equal.T @ equal) - tables.less.T @ less
        rest[target] += sign
        prices = np.where(rest > TOLERANCE, np.inf, np.maximum(-rest, 0) * tables.truth)
        prices[np.abs(rest) < TOLERANCE] = 0
        return Push(sign * world[target], world, prices, float(less @ tables.spare))


class Whole:
    """The attacker by whole numbers, over the suppressed cells of one pattern alone."""

    def __init__(self, tables: Tables, share: Vector, fixed: int | None = None) -> None:
        self._tables = tables
        free = share > 0.5
        if fixed is not None:
            free[fixed] = False
        self._hidden = np.flatnonzero(free)
        self._at = {int(cell): n for n, cell in enumerate(self._hidden)}
        self._lower = -tables.truth[self._hidden]
        self._plain: highspy.Highs | None = None
        self._ruled: highspy.Highs | None = None

    def world(self, aim: dict[int, int], need: float) -> Vector:
        """Return the moves of a whole-number table that is best for ``aim``.

        ``aim`` says which cells are to go up (1) or down (−1), each by ``need`` at most.
        """
        model = self._plain = self._plain or self._loaded()
        wanted = {self._at[cell]: sign for cell, sign in aim.items() if cell in self._at}
        for n, sign in wanted.items():
            model.changeColCost(n, float(-sign))
            low, high = (-np.inf, need) if sign > 0 else (-need, np.inf)
            model.changeColBounds(n, max(low, self._lower[n]), high)
        world = self._solved(model)
        for n in wanted:
            model.changeColCost(n, 0.0)
            model.changeColBounds(n, float(self._lower[n]), np.inf)
        # The true table is always within reach, so there is always a solution.
        assert world is not None
        return world

    def world_by_rule(self, cell: int, need: float) -> Vector | None:
        """Return a table that explains the suppression and moves a cell up by ``need`` or more."""
        if cell not in self._at:
            return None
        model = self._ruled = self._ruled or self._loaded_with_rule()
        n = self._at[cell]
        model.changeColBounds(n, need, np.inf)
        world = self._solved(model)
        model.changeColBounds(n, float(self._lower[n]), np.inf)
        return world

    def _solved(self, model: highspy.Highs) -> Vector | None:
        found = solve(model)
        if found is None:
            return None
        world = np.zeros(self._tables.count)
        world[self._hidden] = np.round(found[: len(self._hidden)])
        assert self._tables.holds(world)
        return world

    def _loaded(self) -> highspy.Highs:
        count = len(self._hidden)
        span = self._lower, np.full(count, np.inf)
        rows = csr_array(self._tables.rows[:, self._hidden])
        return program(np.zeros(count), span, rows, self._tables.ends, whole=True)

    def _loaded_with_rule(self) -> highspy.Highs:
        """One switch a suppressed cell: switched on, the cell shows too few persons; one is on."""
        tables, hidden, rule = self._tables, self._hidden, self._tables.rule
        assert rule is not None
        count = len(hidden)
        truth, on = tables.truth[hidden], eye_array(count, format="csr")
        highest = rule[np.isfinite(rule)].max(initial=0)
        farthest = tables.truth.max(initial=0) + highest + tables.farthest
        most = np.full(count, 2.0 * farthest)
        anything = np.full(count, np.inf)
        ceiling = rule[hidden] - 1 - truth + most
        some = csr_array(np.concatenate((np.zeros(count), np.ones(count)))[None, :])
        plain = hstack(
            (tables.rows[:, hidden], csr_array((tables.rows.shape[0], count))), format="csr"
        )
        rows = vstack((plain, hstack((on, -on)), hstack((on, on * most)), some), format="csr")
        low, high = tables.ends
        return program(
            np.zeros(2 * count),
            (
                np.concatenate((self._lower, np.zeros(count))),
                np.concatenate((anything, np.ones(count))),
            ),
            csr_array(rows),
            (
                np.concatenate((low, -truth, -anything, [1.0])),
                np.concatenate((high, anything, ceiling, [np.inf])),
            ),
            whole=True,
        )
