"""The adversaries that a pattern has to withstand, and what each failure teaches the search.

Every adversary moves from the true table: a cell may move only as far as it is suppressed. What
the linear one cannot reach yields a cut, an inequality that every safe pattern satisfies (Fischetti
and Salazar, 2000). The whole-number one decides in the end, because people are integers.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, eye_array, hstack

from referral.reporting.disclosure.problem import Problem

Vector = npt.NDArray[np.float64]
Rows: TypeAlias = "csr_array[np.float64, tuple[int, int]]"
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Cut:
    """A lesson: ``coefficients`` · (suppressed or not) must be at least ``least``."""

    coefficients: Vector
    least: float


@dataclass(frozen=True, slots=True)
class Push:
    """How far a cell can be moved one way, the table that shows it, and the price by its duals."""

    reach: float
    world: Vector
    prices: Vector
    slack: float

    def cut(self, need: float) -> Cut:
        """Turn a reach short of ``need`` into the inequality that this pattern broke."""
        least = need - self.slack
        return Cut(np.minimum(self.prices, least), least)


class Tables:
    """The problem as arrays. Positions are those of ``problem.cells``."""

    def __init__(self, problem: Problem, threshold: int) -> None:
        self.threshold = threshold
        self.place = {cell.id: n for n, cell in enumerate(problem.cells)}
        self.truth = np.array([cell.value for cell in problem.cells], dtype=np.float64)
        self.persons = np.array([cell.persons for cell in problem.cells])
        self.heads = np.array([cell.contributors is None for cell in problem.cells])
        self.published = np.array([cell.published for cell in problem.cells], dtype=bool)
        self.weights = np.array([cell.weight for cell in problem.cells], dtype=np.float64)
        # Room upwards: more than any move needed to hide one cell, so that no pattern is refused
        # for lack of it.
        self.room = np.full(len(self.truth), self.truth.max(initial=0) + threshold)
        self.equal = self._rows([((tie.total,), tie.parts) for tie in problem.sums])
        self.less = self._rows([(bound.smaller, bound.larger) for bound in problem.bounds])
        self.spare: Vector = np.asarray(-(self.less @ self.truth), dtype=np.float64)

    def _rows(self, ties: list[tuple[tuple[str, ...], tuple[str, ...]]]) -> Rows:
        spots: list[tuple[int, int, float]] = []
        for n, (plus, minus) in enumerate(ties):
            spots += [(n, self.place[cell], 1.0) for cell in plus]
            spots += [(n, self.place[cell], -1.0) for cell in minus]
        rows, columns, signs = zip(*spots, strict=True) if spots else ((), (), ())
        return csr_array((signs, (rows, columns)), shape=(len(ties), len(self.truth)))

    def span(self, share: Vector, fixed: int | None) -> tuple[Vector, Vector]:
        """Return how far each cell may move down and up under a (possibly fractional) pattern."""
        lower, upper = -self.truth * share, self.room * share
        if fixed is not None:
            lower[fixed] = upper[fixed] = 0
        return lower, upper

    def push(self, share: Vector, target: int, sign: int, fixed: int | None = None) -> Push:
        """Move ``target`` as far as it goes; ``fixed`` is the cell that an insider knows."""
        lower, upper = self.span(share, fixed)
        aim = np.zeros(len(self.truth))
        aim[target] = -sign
        found = linprog(  # type: ignore[call-overload]  # its stubs lack sparse rows
            aim,
            A_ub=self.less,
            b_ub=self.spare,
            A_eq=self.equal,
            b_eq=np.zeros(self.equal.shape[0]),
            bounds=list(zip(lower.tolist(), upper.tolist(), strict=True)),
            method="highs",
        )
        # The true table is always within reach, so there is always a solution.
        assert found.x is not None
        assert found.fun is not None
        # Any duals give a true inequality once the prices are computed from them, so rounding in
        # the solver can make a cut weak but never wrong.
        equal, less = -found.eqlin.marginals, np.maximum(-found.ineqlin.marginals, 0)
        rest = -aim - self.equal.T @ equal - self.less.T @ less
        prices = np.where(rest > 0, rest * self.room, -rest * self.truth)
        prices[np.abs(rest) < TOLERANCE] = 0
        if fixed is not None:
            prices[fixed] = 0
        return Push(-found.fun, np.asarray(found.x), prices, float(less @ self.spare))

    def whole(self, share: Vector, aim: Vector, fixed: int | None = None) -> Vector | None:
        """Return the moves of the whole-number table that maximises ``aim``, if there is any."""
        return _solve(
            aim,
            self.span(share, fixed),
            [
                LinearConstraint(self.equal, 0.0, 0.0),
                LinearConstraint(self.less, -np.inf, self.spare),
            ],
        )

    def explains(self, share: Vector, world: Vector) -> bool:
        """Tell whether a table explains the suppression to whoever knows the threshold.

        It does if a suppressed cell shows too few persons; one that counts other things than
        persons may do so at any value.
        """
        values = self.truth + world
        few = (values > 0.5) & (~self.heads | (values < self.threshold - 0.5))
        return bool(np.any(few & (share > 0.5)))

    def whole_by_rule(self, share: Vector, aim: Vector) -> Vector | None:
        """Return the table that maximises ``aim`` among those that explain the suppression.

        One switch a suppressed cell: switched on, the cell shows too few persons; one is on.
        """
        hidden = np.flatnonzero(share > 0.5)
        count, switches = len(self.truth), len(hidden)
        on = eye_array(switches, format="csr")
        select = eye_array(count, format="csr")[hidden]
        truth = self.truth[hidden]
        most = truth + self.room[hidden] + self.threshold
        ceiling = np.where(self.heads[hidden], self.threshold - 1, most)
        lower, upper = self.span(share, None)
        some = np.concatenate((np.zeros(count), np.ones(switches)))
        found = _solve(
            np.concatenate((aim, np.zeros(switches))),
            (
                np.concatenate((lower, np.zeros(switches))),
                np.concatenate((upper, np.ones(switches))),
            ),
            [
                LinearConstraint(_widen(self.equal, switches), 0.0, 0.0),
                LinearConstraint(_widen(self.less, switches), -np.inf, self.spare),
                LinearConstraint(hstack((select, -on), format="csr"), -truth, np.inf),
                LinearConstraint(
                    hstack((select, on * most), format="csr"), -np.inf, ceiling - truth + most
                ),
                LinearConstraint(some[None, :], 1.0, np.inf),
            ],
        )
        return None if found is None else found[:count]


def _widen(rows: Rows, columns: int) -> Rows:
    return hstack((rows, csr_array((rows.shape[0], columns))), format="csr")


def _solve(aim: Vector, span: tuple[Vector, Vector], ties: list[LinearConstraint]) -> Vector | None:
    found = milp(
        -aim,
        integrality=np.ones(len(aim), dtype=np.int64),
        bounds=Bounds(*span),
        constraints=ties,
    )
    return None if found.x is None else np.round(found.x)
