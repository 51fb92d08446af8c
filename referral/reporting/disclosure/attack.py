"""The attacker: what can be worked out about every number that was not published.

Written apart from `protection` and sharing only the words of `problem`, so that one can judge the
other. The attacker knows every published number, every sum and bound, that people are whole and
never fewer than none, and, if told, the numbers of an insider and the published rule.
"""

from collections.abc import Collection, Iterable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from referral.reporting.disclosure.problem import Interval, Problem

_UNBOUNDED = 3
_UNBOUNDED_OR_INFEASIBLE = 4


def attack(
    problem: Problem,
    pattern: Collection[str],
    *,
    known: Iterable[str] = (),
    threshold: int | None = None,
) -> dict[str, Interval]:
    """Return the tightest interval of whole numbers for every suppressed cell not in ``known``.

    ``pattern`` are the suppressed ids. ``known`` are suppressed cells whose value the attacker
    happens to know (her own). With ``threshold`` the attacker also knows the rule by which cells
    are suppressed: among them at least one shows 1 to ``threshold`` − 1.
    """
    hidden = sorted(set(pattern) - set(known))
    rule_open = threshold is not None and not any(
        0 < problem.by_id[i].persons < threshold for i in set(pattern) & set(known)
    )
    view = _View(problem, hidden, threshold if rule_open else None)
    return {cell: view.interval(position) for position, cell in enumerate(hidden)}


class _View:
    """The published tables as equations over the hidden cells alone."""

    def __init__(self, problem: Problem, hidden: list[str], threshold: int | None) -> None:
        self._count = len(hidden)
        self._place = {cell: n for n, cell in enumerate(hidden)}
        self._problem = problem
        self._width = self._count * (2 if threshold else 1)
        self._rows: list[tuple[np.ndarray, float, float]] = []
        for tie in problem.sums:
            self._add(tie.parts, (tie.total,), exact=True)
        for bound in problem.bounds:
            self._add(bound.smaller, bound.larger, exact=False)
        if threshold:
            self._add_rule(threshold)

    def _add(self, plus: Iterable[str], minus: Iterable[str], *, exact: bool) -> None:
        row, shown = np.zeros(self._width), 0
        for ids, sign in ((plus, 1), (minus, -1)):
            for cell in ids:
                if cell in self._place:
                    row[self._place[cell]] += sign
                else:
                    shown += sign * self._problem.by_id[cell].value
        if row.any():
            self._rows.append((row, -shown if exact else -np.inf, -shown))

    def _add_rule(self, threshold: int) -> None:
        """One switch a cell: switched on, it can be too few persons; some switch is on.

        A cell that counts other things than persons can be too few persons at any value.
        """
        most = sum(cell.value for cell in self._problem.cells) + threshold
        for cell, n in self._place.items():
            above, below = np.zeros(self._width), np.zeros(self._width)
            above[n], above[self._count + n] = 1, -1
            self._rows.append((above, 0, np.inf))
            if self._problem.by_id[cell].contributors is None:
                below[n], below[self._count + n] = 1, most
                self._rows.append((below, -np.inf, threshold - 1 + most))
        switches = np.zeros(self._width)
        switches[self._count :] = 1
        self._rows.append((switches, 1, np.inf))

    def interval(self, position: int) -> Interval:
        low, high = self._end(position, 1), self._end(position, -1)
        assert low is not None
        return Interval(low, high)

    def _end(self, position: int, sign: int) -> int | None:
        aim = np.zeros(self._width)
        aim[position] = sign
        top = np.full(self._width, np.inf)
        top[self._count :] = 1
        ties = [
            LinearConstraint(
                np.array([row for row, _, _ in self._rows]),
                np.array([low for _, low, _ in self._rows]),
                np.array([high for _, _, high in self._rows]),
            )
        ]
        found = milp(
            aim,
            integrality=np.ones(self._width, dtype=np.int64),
            bounds=Bounds(np.zeros(self._width), top),
            constraints=ties if self._rows else (),
        )
        if found.status in (_UNBOUNDED, _UNBOUNDED_OR_INFEASIBLE):
            # The truth itself is feasible, so that "or infeasible" can only mean unbounded.
            return None
        assert found.fun is not None, found.message
        return sign * round(found.fun)
