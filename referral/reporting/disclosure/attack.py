"""The attacker: what can be worked out about every number that was not published.

Written apart from `protection` and sharing only the words of `problem`, so that one can judge the
other. The attacker knows every published number, every sum and bound, that people are whole and
never fewer than none, and, if told, the numbers of an insider and the published rule.

Linear programs find the ends. One that ends in a table of whole numbers (checked exactly, in whole
numbers) has answered for whole numbers too; in two-way tables every one does, since the equations
are totally unimodular. Only where an end lies between whole numbers is it sought again as such.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

import highspy
import numpy as np

from referral.reporting.disclosure.problem import Interval, Problem

_CLOSE = 1e-6
_LOOKS = 20
_ENDLESS = (
    highspy.HighsModelStatus.kUnbounded,
    # The truth itself is feasible, so that "or infeasible" can only mean unbounded.
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
)
_SOLVED = highspy.HighsModelStatus.kOptimal


@dataclass(frozen=True, slots=True)
class _Row:
    """One thing known of hidden numbers: their signed sum lies between two ends."""

    signs: dict[int, int]
    low: float
    high: float

    def holds(self, world: Sequence[int]) -> bool:
        total = sum(sign * world[n] for n, sign in self.signs.items())
        return self.low <= total <= self.high


def attack(
    problem: Problem,
    pattern: Collection[str],
    *,
    known: Collection[str] = (),
    rule: Mapping[str, int] | None = None,
    only: Collection[str] | None = None,
) -> dict[str, Interval]:
    """Return the tightest interval of whole numbers for every suppressed cell not in ``known``.

    ``pattern`` are the suppressed ids. ``known`` are suppressed cells whose value the attacker
    happens to know (her own). With ``rule``, the threshold of each cell, the attacker also knows
    the rule by which cells are suppressed: among them at least one shows 1 to its threshold − 1.
    ``only`` asks for some cells alone.
    """
    hidden = sorted(set(pattern) - set(known))
    few = _few(problem, rule or {}) & set(pattern)
    rows = _equations(problem, hidden)
    truth = [problem.by_id[cell].value for cell in hidden]
    is_ruled = bool(rule and few and not few & set(known))
    everybody = sum(cell.value for cell in problem.cells)
    if rule and is_ruled:
        rows += _rule(problem, hidden, rule, 4 * everybody + max(rule.values()))
        truth += [0] * len(hidden)
    found: dict[str, Interval] = {}
    for columns in _apart(len(truth), rows):
        view = _View(columns, rows, truth, len(hidden))
        for n in columns:
            if n < len(hidden) and (only is None or hidden[n] in only):
                found[hidden[n]] = view.interval(n)
    # The rule is written below a ceiling, far above all numbers; who comes near it has no end, or
    # the end that she has without the rule.
    high = {cell: one.high for cell, one in found.items() if one.high is not None and is_ruled}
    wide = [cell for cell, end in high.items() if end > 2 * everybody]
    if wide:
        plain = attack(problem, pattern, known=known, only=wide)
        found |= {cell: Interval(found[cell].low, plain[cell].high) for cell in wide}
    return {cell: found[cell] for cell in hidden if cell in found}


def _equations(problem: Problem, hidden: list[str]) -> list[_Row]:
    """Write the published tables as equations over the hidden cells alone."""
    place = {cell: n for n, cell in enumerate(hidden)}
    ties: list[tuple[tuple[str, ...], tuple[str, ...], bool]]
    ties = [(tie.parts, (tie.total,), True) for tie in problem.sums]
    ties += [(bound.smaller, bound.larger, False) for bound in problem.bounds]
    rows = []
    for plus, minus, exact in ties:
        signs: dict[int, int] = {}
        shown = 0
        for ids, sign in ((plus, 1), (minus, -1)):
            for cell in ids:
                if cell in place:
                    signs[place[cell]] = signs.get(place[cell], 0) + sign
                else:
                    shown += sign * problem.by_id[cell].value
        if any(signs.values()):
            rows.append(_Row(signs, -shown if exact else -np.inf, -shown))
    return rows


def _few(problem: Problem, rule: Mapping[str, int]) -> set[str]:
    """Return the cells at which suppression may have begun."""
    return {c.id for c in problem.cells if 0 < c.persons < rule.get(c.id, 0)}


def _rule(problem: Problem, hidden: list[str], rule: Mapping[str, int], most: int) -> list[_Row]:
    """One switch a cell: switched on, it can be too few persons; some switch is on.

    A cell that counts other things than persons can be too few persons at any value. Switched off,
    it is ``most`` and a little more at most.
    """
    rows, count = [], len(hidden)
    for n, cell in enumerate(hidden):
        rows.append(_Row({n: 1, count + n: -1}, 0, np.inf))
        if cell not in rule:
            rows.append(_Row({count + n: 1}, 0, 0))
        elif problem.by_id[cell].contributors is None:
            rows.append(_Row({n: 1, count + n: most}, -np.inf, rule[cell] - 1 + most))
    return [*rows, _Row({count + n: 1 for n in range(count)}, 1, np.inf)]


def _apart(count: int, rows: Sequence[_Row]) -> list[list[int]]:
    """Group the columns that the rows tie together; between groups nothing can be learnt."""
    group = list(range(count))

    def root(n: int) -> int:
        while group[n] != n:
            group[n] = group[group[n]]
            n = group[n]
        return n

    for row in rows:
        first, *others = row.signs
        for n in others:
            group[root(n)] = root(first)
    groups: dict[int, list[int]] = {}
    for n in range(count):
        groups.setdefault(root(n), []).append(n)
    return list(groups.values())


class _View:
    """Some hidden numbers that hang together, and the extreme values met so far."""

    def __init__(
        self, columns: list[int], rows: Sequence[_Row], truth: list[int], switches_from: int
    ) -> None:
        self._place = {column: n for n, column in enumerate(columns)}
        self._rows = [
            _Row({self._place[n]: sign for n, sign in row.signs.items()}, row.low, row.high)
            for row in rows
            if next(iter(row.signs)) in self._place
        ]
        self._tops = [np.inf if column < switches_from else 1.0 for column in columns]
        self._low = [truth[column] for column in columns]
        self._high = list(self._low)
        self._chance = np.random.default_rng(len(columns))
        self._linear = self._model(whole=False)
        self._whole: highspy.Highs | None = None

    def interval(self, column: int) -> Interval:
        n = self._place[column]
        low = 0 if self._low[n] == 0 else self._end(n, 1)
        assert low is not None
        return Interval(low, self._end(n, -1))

    def _end(self, n: int, sign: int) -> int | None:
        """Return the least (``sign`` 1) or greatest (−1) value of a column, if there is one."""
        reached, end = self._ask(self._linear, n, sign)
        if end is None or reached:
            return end
        if self._is_reached(n, sign, end):
            return end
        for _ in range(_LOOKS):
            if self._look_at(n, end) and self._is_reached(n, sign, end):
                return end
        model = self._whole = self._whole or self._model(whole=True)
        # It lies between what halves allow and what a table has shown.
        model.changeColBounds(n, *sorted((end, (self._low if sign > 0 else self._high)[n])))
        reached, end = self._ask(model, n, sign)
        model.changeColBounds(n, 0.0, self._tops[n])
        # HiGHS has rounded its own answer to whole numbers, which then must hold exactly.
        assert reached
        return end

    def _is_reached(self, n: int, sign: int, end: int) -> bool:
        return bool((self._low if sign > 0 else self._high)[n] == end)

    def _look_at(self, n: int, end: int) -> bool:
        """Look for whole numbers at a corner, by chance, of the tables in which a column is so.

        Far quicker than to prove that there is none, and as a rule there is one.
        """
        found = np.array(self._linear.getSolution().col_value)
        places = np.flatnonzero(np.abs(found - np.round(found)) > _CLOSE).astype(np.int32)
        count = len(places)
        self._linear.changeColBounds(n, end, end)
        self._linear.changeColsCost(count, places, self._chance.uniform(-1, 1, count))
        self._linear.run()
        is_solved = self._linear.getModelStatus() == _SOLVED
        corner = self._linear.getSolution().col_value
        self._linear.changeColBounds(n, 0.0, self._tops[n])
        self._linear.changeColsCost(count, places, np.zeros(count))
        return is_solved and self._keep_whole(corner) is not None

    def _ask(self, model: highspy.Highs, n: int, sign: int) -> tuple[bool, int | None]:
        """Solve; tell whether the end was reached by a table of whole numbers, and the end."""
        model.changeColCost(n, float(sign))
        model.run()
        status, found = model.getModelStatus(), model.getSolution().col_value
        model.changeColCost(n, 0.0)
        if status in _ENDLESS:
            return False, None
        assert status == _SOLVED, status
        world = self._keep_whole(found)
        if world is not None:
            return True, world[n]
        return False, ceil(found[n] - _CLOSE) if sign > 0 else floor(found[n] + _CLOSE)

    def _keep_whole(self, found: list[float]) -> list[int] | None:
        """Return a solution in whole numbers if that is a table too, and note what it reaches.

        It reaches the end then: within half of the linear end, and not beyond.
        """
        world = [round(value) for value in found]
        if min(world) < 0 or not all(row.holds(world) for row in self._rows):
            return None
        self._low = [min(pair) for pair in zip(self._low, world, strict=True)]
        self._high = [max(pair) for pair in zip(self._high, world, strict=True)]
        return world

    def _model(self, *, whole: bool) -> highspy.Highs:
        model = highspy.Highs()  # type: ignore[no-untyped-call]  # its own signature is bare
        program = highspy.HighsLp()
        model.silent()
        count = len(self._tops)
        program.num_col_, program.num_row_ = count, len(self._rows)
        program.col_cost_, program.col_lower_ = np.zeros(count), np.zeros(count)
        program.col_upper_ = np.array(self._tops)
        program.row_lower_ = np.array([row.low for row in self._rows], dtype=np.float64)
        program.row_upper_ = np.array([row.high for row in self._rows], dtype=np.float64)
        lengths = [0, *(len(row.signs) for row in self._rows)]
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.cumsum(lengths)
        program.a_matrix_.index_ = np.array([n for row in self._rows for n in row.signs])
        signs = [sign for row in self._rows for sign in row.signs.values()]
        program.a_matrix_.value_ = np.array(signs, dtype=np.float64)
        if whole:
            program.integrality_ = [highspy.HighsVarType.kInteger] * count
            model.setOptionValue("mip_rel_gap", 0.0)
        else:
            model.setOptionValue("simplex_strategy", 4)  # primal: only the aim changes
        model.setOptionValue("threads", 1)
        model.passModel(program)
        return model
