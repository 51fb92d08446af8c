"""The judge of the judges: everything counted out, nothing solved.

Shares no code with the package. A table is a list of base cells and of sums of them; the possible
tables are written down one by one, and the cheapest safe pattern is found among all that matter.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ends = tuple[int, int | None]


@dataclass(frozen=True)
class Counted:
    """Numbers as sums of base cells. ``members`` lists, for each id, the base cells it adds up."""

    base: tuple[int, ...]
    members: Mapping[str, frozenset[int]]

    @property
    def values(self) -> dict[str, int]:
        return {i: sum(self.base[n] for n in held) for i, held in self.members.items()}

    def possible(self, told: Iterable[str]) -> npt.NDArray[np.int64]:
        """Every table of base cells that gives the numbers told; one that none covers is 0."""
        values = self.values
        facts = [(self.members[i], values[i]) for i in told]
        tables = np.zeros((1, 0), dtype=np.int64)
        for n in range(len(self.base)):
            top = min((value for held, value in facts if n in held), default=0)
            tables = np.vstack(
                [np.hstack([tables, np.full((len(tables), 1), v)]) for v in range(top + 1)]
            )
            for held, value in facts:
                part = tables[:, [m for m in held if m <= n]].sum(axis=1)
                tables = tables[part == value if max(held) <= n else part <= value]
        return tables

    def intervals(self, told: Iterable[str]) -> dict[str, Ends]:
        """Between what ends each number lies for whoever was told some."""
        told = set(told)
        tables = self.possible(told)
        covered = frozenset().union(*(self.members[i] for i in told))
        found: dict[str, Ends] = {}
        for i, held in self.members.items():
            sums = tables[:, list(held)].sum(axis=1)
            found[i] = int(sums.min()), int(sums.max()) if held <= covered else None
        return found

    def cheapest(
        self,
        weights: Mapping[str, float],
        must_stay: Iterable[str],
        demands: Mapping[str, tuple[int, int, int]],
    ) -> float | None:
        """The least cost of a pattern that meets the demands (lower, upper, sliding), if any does.

        A pattern allows a table if it suppresses every number in which that differs from the
        truth. So a pattern is safe if it holds, for each demand, all that some table needs (two
        tables, for a width). Every union of such needs is formed; of two of which one holds the
        other, the larger is never cheaper.
        """
        ids = list(self.members)
        values = self.values
        tables = self.possible(must_stay)
        shown = np.stack([tables[:, list(self.members[i])].sum(axis=1) for i in ids], axis=1)
        truth = np.array([values[i] for i in ids])
        differs = (shown != truth) @ (1 << np.arange(len(ids)))
        place = {i: n for n, i in enumerate(ids)}
        unions = {sum(1 << place[i] for i in demands)}
        if any(i in set(must_stay) for i in demands):
            return None
        for i, (lower, upper, sliding) in demands.items():
            column, value = shown[:, place[i]], values[i]
            ways = [
                _least(differs[column <= value - lower]),
                _least(differs[column >= value + upper]),
            ]
            if sliding > lower + upper:
                ways.append(_apart(differs, column, sliding))
            for way in ways:
                unions = set(_least(u | w for u in unions for w in way))
        costs = [sum(weights[i] for i in ids if u >> place[i] & 1) for u in unions]
        return min(costs, default=None)


class Verdicts:
    """Which patterns withstand every attacker of a standard, all possible tables laid side by side.

    ``demands`` are (lower, upper, sliding) by id; ``rule`` the thresholds known to the attacker, if
    she knows them; ``counts_heads`` tells which numbers are persons; ``insiders`` know their own.
    """

    def __init__(
        self,
        counted: Counted,
        must_stay: Iterable[str],
        demands: Mapping[str, tuple[int, int, int]],
        *,
        rule: Mapping[str, int] | None,
        counts_heads: Mapping[str, bool],
        insiders: Iterable[str],
    ) -> None:
        tables = counted.possible(must_stay)
        self._values = {i: tables[:, list(m)].sum(axis=1) for i, m in counted.members.items()}
        self._truth = counted.values
        self._demands, self._rule, self._insiders = demands, rule, list(insiders)
        self._heads = counts_heads

    def withstands(self, pattern: Collection[str]) -> bool:
        """Whether nobody can undo the suppression of these ids."""
        return not self.open_to_anybody(pattern) and not any(
            self.told_to(insider, pattern) for insider in self._insiders
        )

    def open_to_anybody(self, pattern: Collection[str]) -> set[str]:
        """The ids that can be narrowed down too far by what is published, or by the rule."""
        left = self._left(pattern)
        explained = left & self._explained(pattern)
        opened = set()
        for i, (lower, upper, sliding) in self._demands.items():
            values, truth = self._values[i], self._truth[i]
            wide = values[left].max() - values[left].min() >= sliding
            down = values[left].min() <= truth - lower
            up = not upper or bool((values[explained] >= truth + upper).any())
            if not (wide and down and up):
                opened.add(i)
        return opened

    def told_to(self, insider: str, pattern: Collection[str]) -> set[str]:
        """The ids that one who knows her own number can work out."""
        left = self._left({*pattern} - {insider})
        others = set(self._demands) - {insider}
        return {i for i in others if (self._values[i][left] == self._truth[i]).all()}

    def ends(self, cell: str, pattern: Collection[str]) -> tuple[int, int]:
        """The least of a number that is possible, and the most that the rule explains as well."""
        left = self._left(pattern)
        values = self._values[cell]
        return int(values[left].min()), int(values[left & self._explained(pattern)].max())

    def known_to(self, knowing: Collection[str], pattern: Collection[str]) -> dict[str, Ends]:
        """Between what ends each number lies for one who knows the rule, and some numbers."""
        left = self._left({*pattern} - {*knowing}) & self._explained(pattern)
        hidden = {i: self._values[i][left] for i in pattern if i not in knowing}
        return {i: (int(values.min()), int(values.max())) for i, values in hidden.items()}

    def _left(self, pattern: Collection[str]) -> npt.NDArray[np.bool_]:
        """The tables that agree with all that is published."""
        shown = [i for i in self._values if i not in pattern]
        same = [self._values[i] == self._truth[i] for i in shown]
        return np.logical_and.reduce(same)

    def _explained(self, pattern: Collection[str]) -> npt.NDArray[np.bool_]:
        """The tables in which the rule would have begun at some number of the pattern."""
        if self._rule is None:
            return np.ones(len(next(iter(self._values.values()))), dtype=bool)
        few = [
            (self._values[i] > 0) & ((self._values[i] < self._rule[i]) | (not self._heads[i]))
            for i in pattern
            if i in self._rule
        ]
        return np.logical_or.reduce(few)


def _apart(differs: npt.NDArray[np.int64], column: npt.NDArray[np.int64], width: int) -> list[int]:
    pairs: list[int] = []
    for low in range(int(column.min()), int(column.max()) - width + 1):
        high = _least(differs[column >= low + width])
        pairs += [a | b for a in _least(differs[column <= low]) for b in high]
    return _least(pairs)


def _least(masks: Iterable[int]) -> list[int]:
    """The masks that hold no other."""
    kept: list[int] = []
    for mask in sorted({int(m) for m in masks}, key=int.bit_count):
        if not any(had & mask == had for had in kept):
            kept.append(mask)
    return kept
