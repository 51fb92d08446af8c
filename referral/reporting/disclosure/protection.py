"""Secondary suppression: the least costly pattern that no attacker can undo.

Primary cells show fewer distinct persons than the threshold. The pattern adds what must vanish
with them so that, of every primary cell,

- zero stays possible, and the threshold (or one above the true value) stays possible, to a whole-
  number attacker who knows every published number, sum and bound: the interval is at least as wide
  as the threshold, and not even that somebody is there can be concluded;
- whoever also knows the rule cannot conclude that the cell is a primary one: a table that reaches
  the threshold there still has another cell that explains the suppression;
- an insider, the one person of another cell, cannot work the number out exactly.

What is not promised: an attacker who re-runs this search on every possible table, and insiders who
pool what they know.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from referral.reporting.disclosure.adversary import TOLERANCE, Cut, Tables, Vector
from referral.reporting.disclosure.problem import (
    Certificate,
    Interval,
    Problem,
    Protection,
    UnprotectableError,
)

_RELAXED_ROUNDS = 40
_ROUNDS = 120
_EXACT = 1e-9


def protect(problem: Problem, threshold: int = 5) -> Protection:
    """Return the cheapest pattern that hides every cell of fewer than ``threshold`` persons.

    The same problem gives the same pattern, whatever the order of its cells. Raises
    `UnprotectableError` when what must be published gives a primary cell away.
    """
    search = _Search(problem, threshold)
    share, bound, optimal = search.run()
    ids = [cell.id for cell in problem.cells]
    cost = float(search.tables.weights @ share)
    reach = {ids[n]: search.reach(n) for n in search.primaries}
    pattern = frozenset(ids[n] for n in np.flatnonzero(share > 0.5))
    return Protection(pattern, Certificate(reach, cost, bound, optimal))


@dataclass(frozen=True, slots=True)
class _Finding:
    """One way in which a pattern fails, and the lesson if the linear attacker can teach one."""

    cell: int
    cut: Cut | None


class _Seen:
    """The whole-number tables found possible under one pattern, as moves from the truth."""

    def __init__(self, count: int) -> None:
        self._worlds: list[Vector] = []
        self.low: Vector = np.zeros(count)
        self.high: Vector = np.zeros(count)

    def add(self, world: Vector, *, explained: bool) -> None:
        """Keep a table; its high values count only if it also explains the suppression."""
        self._worlds.append(world)
        self.low = np.minimum(self.low, world)
        if explained:
            self.high = np.maximum(self.high, world)

    def moved_without(self, fixed: int) -> npt.NDArray[np.bool_]:
        """Tell which cells differ in some table that leaves the ``fixed`` cell as it is."""
        moved = np.zeros(len(self.low), dtype=np.bool_)
        for world in self._worlds:
            if not world[fixed]:
                moved |= world != 0
        return moved


class _Search:
    """One search: the cuts learnt so far, and the extreme tables seen in the last judgement."""

    def __init__(self, problem: Problem, threshold: int) -> None:
        self.tables = Tables(problem, threshold)
        self.primaries = [self.tables.place[i] for i in problem.primaries(threshold)]
        self._ids = [cell.id for cell in problem.cells]
        self._singletons = [n for n in self.primaries if self.tables.persons[n] == 1]
        self._down = {n: self.tables.truth[n] for n in self.primaries}
        self._up = {n: max(threshold - self.tables.truth[n], 1.0) for n in self.primaries}
        self._cuts: list[Cut] = []
        self._bound = 0.0
        self._seen = _Seen(len(self._ids))

    def run(self) -> tuple[Vector, float, bool]:
        """Return the pattern, the proven bound on its cost, and whether it is the cheapest."""
        if not self.primaries:
            return np.zeros(len(self._ids)), 0.0, True
        everything = (~self.tables.published).astype(np.float64)
        if open_cells := {finding.cell for finding in self._failures(everything)}:
            raise UnprotectableError(self._ids[n] for n in open_cells)
        for _ in range(_RELAXED_ROUNDS):
            share = self._cheapest(whole=False)
            if not self._learn(self._linear(share)):
                break
        for _ in range(_ROUNDS):
            share = self._cheapest(whole=True)
            if not (self._learn(self._linear(share)) or self._learn_whole(share)):
                return share, self._bound, True
        share = self._thin_out(share, everything)
        return share, self._bound, False

    def reach(self, cell: int) -> Interval:
        """Return what the tables of the last judgement showed to be possible for a cell."""
        truth = self.tables.truth[cell]
        low, high = self._seen.low[cell], self._seen.high[cell]
        return Interval(round(truth + low), round(truth + high))

    def _cheapest(self, *, whole: bool) -> Vector:
        """Return the cheapest pattern that obeys every cut so far."""
        low = np.zeros(len(self._ids))
        low[self.primaries] = 1
        found = milp(
            self.tables.weights,
            integrality=np.full(len(self._ids), int(whole), dtype=np.int64),
            bounds=Bounds(low, (~self.tables.published).astype(np.float64)),
            constraints=[
                LinearConstraint(
                    np.array([cut.coefficients for cut in self._cuts]),
                    np.array([cut.least for cut in self._cuts]),
                    np.inf,
                )
            ]
            if self._cuts
            else (),
            options={"mip_rel_gap": 0.0},
        )
        # The pattern that suppresses everything obeys every cut, so there is always a solution.
        assert found.x is not None
        assert found.fun is not None
        self._bound = float(found.fun)
        return np.round(found.x) if whole else np.clip(found.x, 0.0, 1.0)

    def _learn(self, findings: Iterator[_Finding]) -> bool:
        cuts = [finding.cut for finding in findings if finding.cut is not None]
        self._cuts += cuts
        return bool(cuts)

    def _learn_whole(self, share: Vector) -> bool:
        """Learn from the attackers who count in whole numbers: something more must vanish."""
        findings = list(self._whole(share))
        if not findings:
            return False
        if not self._learn(iter(findings)):
            self._cuts.append(Cut((share < 0.5).astype(np.float64), 1.0))
        return True

    def _failures(self, share: Vector) -> Iterator[_Finding]:
        yield from self._linear(share)
        yield from self._whole(share)

    def _linear(self, share: Vector) -> Iterator[_Finding]:
        """Judge by linear programs; a table found for one cell often clears others."""
        low, high = np.zeros(len(self._ids)), np.zeros(len(self._ids))
        self._seen = _Seen(len(self._ids))
        for n in self.primaries:
            for sign, need, ends in ((1, self._up[n], high), (-1, self._down[n], low)):
                if sign * ends[n] >= need - TOLERANCE:
                    continue
                push = self.tables.push(share, n, sign)
                np.minimum(low, push.world, out=low)
                np.maximum(high, push.world, out=high)
                self._keep(share, push.world)
                if push.reach < need - TOLERANCE:
                    yield _Finding(n, push.cut(need))

    def _keep(self, share: Vector, world: Vector) -> None:
        """Remember a table that happens to be whole: it spares the whole-number attacker work."""
        whole = np.round(world)
        if np.abs(world - whole).max() < _EXACT:
            self._seen.add(whole, explained=self.tables.explains(share, whole))

    def _whole(self, share: Vector) -> Iterator[_Finding]:
        """Judge by whole numbers: who knows the rule, and each insider. Follows `_linear`."""
        for n in self.primaries:
            if not self._can_vanish(share, n) or not self._can_be_many(share, n):
                yield _Finding(n, None)
        for insider in self._singletons:
            yield from self._insider(share, insider)

    def _can_vanish(self, share: Vector, n: int) -> bool:
        """Tell whether nobody at all may be in the cell, for all the attacker knows."""
        if -self._seen.low[n] < self._down[n]:
            world = self.tables.whole(share, -_unit(n, len(self._ids)))
            if world is not None:
                self._seen.add(world, explained=self.tables.explains(share, world))
        return bool(-self._seen.low[n] >= self._down[n])

    def _can_be_many(self, share: Vector, n: int) -> bool:
        """Tell whether the cell may be no primary at all, to one who knows the rule too."""
        if self._seen.high[n] < self._up[n]:
            aim = _unit(n, len(self._ids))
            world = self.tables.whole(share, aim)
            if world is None or not self.tables.explains(share, world):
                world = self.tables.whole_by_rule(share, aim)
            if world is not None:
                self._seen.add(world, explained=True)
        return bool(self._seen.high[n] >= self._up[n])

    def _insider(self, share: Vector, insider: int) -> Iterator[_Finding]:
        """Judge by one who knows her own cell: no other primary cell may stand still."""
        moved = self._seen.moved_without(insider)
        still = [n for n in self.primaries if n != insider and not moved[n]]
        # Two tables that push neighbours apart clear most cells at once; the rest one by one.
        alternating = np.zeros(len(self._ids))
        alternating[still] = np.where(np.arange(len(still)) % 2, 1.0, -1.0)
        for sign in (1.0, -1.0):
            still = self._still(share, sign * alternating, insider, still)
        for n in tuple(still):
            for sign in (1.0, -1.0):
                if n in still:
                    aim = sign * _unit(n, len(self._ids))
                    still = self._still(share, aim, insider, still)
        for n in still:
            yield _Finding(n, self._insider_cut(share, insider, n))

    def _still(self, share: Vector, aim: Vector, insider: int, cells: list[int]) -> list[int]:
        """Return which of the cells do not move in the table that maximises ``aim``."""
        if not cells:
            return cells
        world = self.tables.whole(share, aim, fixed=insider)
        if world is None:
            return cells
        self._seen.add(world, explained=self.tables.explains(share, world))
        return [n for n in cells if not world[n]]

    def _insider_cut(self, share: Vector, insider: int, cell: int) -> Cut | None:
        ways = [self.tables.push(share, cell, sign, fixed=insider) for sign in (1, -1)]
        least = 1 - sum(way.slack for way in ways)
        if sum(way.reach for way in ways) > 1 - TOLERANCE or least < TOLERANCE:
            return None
        return Cut(np.minimum(ways[0].prices + ways[1].prices, least), least)

    def _thin_out(self, share: Vector, everything: Vector) -> Vector:
        """Fall back, when the rounds are used up: publish again what the safe pattern can spare."""
        kept = everything.copy()
        spare = np.flatnonzero(everything > share + 0.5).tolist()
        spare.sort(key=lambda n: (-self.tables.weights[n], n))
        waiting = [spare]
        while waiting:
            group = waiting.pop()
            trial = kept.copy()
            trial[group] = 0
            if not any(True for _ in self._failures(trial)):
                kept = trial
            elif len(group) > 1:
                half = len(group) // 2
                waiting += [group[half:], group[:half]]
        next(self._failures(kept), None)
        return kept


def _unit(place: int, count: int) -> Vector:
    aim = np.zeros(count)
    aim[place] = 1
    return aim
