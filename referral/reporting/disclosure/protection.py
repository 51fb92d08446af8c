"""Secondary suppression: the least costly pattern that no attacker can undo.

The pattern hides the primary cells and what must vanish with them, so that of every primary cell

- what its `Demand` asks stays possible to a whole-number attacker who knows every published
  number, sum and bound;
- whoever also knows the rule, if there is one, cannot conclude that the cell is a primary one: a
  table that reaches the demand there still has another cell that explains the suppression;
- an insider, the one person of another cell, cannot work the number out exactly.

What is not promised: an attacker who re-runs this search on every possible table, and insiders who
pool what they know.
"""

import numpy as np

from referral.reporting.disclosure.adversary import Tables
from referral.reporting.disclosure.fallback import completed, thinned
from referral.reporting.disclosure.judge import Judge
from referral.reporting.disclosure.lines import Lines
from referral.reporting.disclosure.master import Master
from referral.reporting.disclosure.problem import (
    Certificate,
    Problem,
    Protection,
    Standard,
    UnprotectableError,
)
from referral.reporting.disclosure.progress import Clock, Stage, Watch
from referral.reporting.disclosure.solver import Vector

_FOR_SEARCH = 0.8
_IMPROVED_EVERY = 6
_CLOSE = 1e-6


def protect(
    problem: Problem,
    standard: Standard,
    *,
    seconds: float | None = None,
    watch: Watch | None = None,
) -> Protection:
    """Return the cheapest pattern that meets the standard, with a proof that it is the cheapest.

    After ``seconds`` the search gives up the proof: then the pattern is an audited fallback, safe
    all the same, and says so. ``watch`` is told how far the search is, and may cancel it
    (`CancelledError`). Without a time limit the same problem gives the same pattern, whatever the
    order of its cells. Raises `UnprotectableError` when what must be published gives a primary
    cell away.
    """
    search = _Search(problem, standard, Clock(seconds, watch))
    share, optimal = search.run()
    ids = [cell.id for cell in problem.cells]
    cost = float(search.tables.weights @ share)
    reach = {ids[n]: search.judge.reach(n) for n in search.judge.primaries}
    pattern = frozenset(ids[n] for n in np.flatnonzero(share > 0.5))
    # A bound that rounding put above a cost it cannot exceed is that cost.
    certificate = Certificate(reach, cost, min(search.bound, cost), optimal)
    return Protection(pattern, certificate)


class _Search:
    """One search: what was learnt so far, and the judge of every pattern tried."""

    def __init__(self, problem: Problem, standard: Standard, clock: Clock) -> None:
        self.tables = Tables(problem, standard)
        self.judge = Judge(self.tables, standard, clock.check)
        self._lines = Lines(self.tables.equal, self.judge.may_stand_alone)
        self._ids = [cell.id for cell in problem.cells]
        self._clock = clock
        self._rounds = 0
        self._best: Vector | None = None
        self._master = Master(
            self.tables.weights,
            self.judge.primaries,
            self.tables.published.astype(np.float64),
            clock.is_cancelled,
        )

    @property
    def bound(self) -> float:
        """The cost that no safe pattern can be below."""
        return self._master.bound

    def run(self) -> tuple[Vector, bool]:
        """Return the pattern, and whether it is the cheapest."""
        if not self.judge.primaries:
            return np.zeros(len(self._ids)), True
        everything = (~self.tables.published).astype(np.float64)
        self._refuse_the_impossible(everything)
        limit = self._clock.left * _FOR_SEARCH if self._clock.left < np.inf else np.inf
        self._relax(limit)
        share = self._cheapest(limit)
        if share is None:
            share = self._fall_back(everything)
        # Asked once more, for what this pattern leaves possible, and to be sure.
        open_cells = list(self.judge.failures(share))
        assert not open_cells
        return share, self._is_proven(share)

    def _refuse_the_impossible(self, everything: Vector) -> None:
        forced = [n for n in self.judge.primaries if self.tables.published[n]]
        open_cells = set(forced) or set(self.judge.failures(everything))
        if open_cells:
            raise UnprotectableError(self._ids[n] for n in open_cells)

    def _relax(self, limit: float) -> None:
        """Learn from fractional patterns, which are cheap to find, until they teach no more."""
        while self._clock.spent < limit:
            share, proven = self._ask("relaxed", limit)
            if share is None or not proven:
                return
            if not self._learn_lines(share) and not self._learn(share):
                return

    def _cheapest(self, limit: float) -> Vector | None:
        """Return the cheapest pattern; nothing if time runs out before one is proven to be it."""
        attacks = 0
        while self._clock.spent < limit:
            share, proven = self._ask("integer", limit)
            if share is None or not proven:
                break
            if self._learn_lines(share):
                continue
            attacks += 1
            if not self._learn(share):
                lessons = list(self.judge.whole(share, lambda: self._clock.spent < limit))
                if not lessons:
                    return share
                self._master.learn(lessons)
            # Counted in rounds and not in seconds, so that the same tables give the same pattern.
            if attacks % _IMPROVED_EVERY == 0:
                self._improve(share)
            if self._best is not None and self._is_proven(self._best):
                return self._best
        return None

    def _improve(self, share: Vector) -> None:
        """Make a pattern safe by what is near, publish what it can spare, and keep the best."""
        safe = completed(self.tables, self.judge, share, self._clock)
        thin = thinned(self.tables, self.judge, safe, share, self._clock)
        for found in (thin, safe):
            if self._best is not None and self._cost(found) >= self._cost(self._best):
                return
            if self.judge.is_safe(found):
                self._best = found
                return

    def _cost(self, share: Vector) -> float:
        return float(self.tables.weights @ share)

    def _is_proven(self, share: Vector) -> bool:
        cost = self._cost(share)
        return cost <= self.bound + _CLOSE * max(1.0, cost)

    def _ask(self, stage: Stage, limit: float) -> tuple[Vector | None, bool]:
        self._rounds += 1
        self._clock.tell(stage, self._rounds, self._master.cuts, self._master.bound)
        found = self._master.cheapest(whole=stage == "integer", seconds=limit - self._clock.spent)
        self._clock.check()
        return found

    def _learn(self, share: Vector) -> bool:
        """Learn from the linear attacker."""
        broken = [cut for cut in self.judge.linear(share) if cut.broken_by(share)]
        self._master.learn(broken)
        return bool(broken)

    def _learn_lines(self, share: Vector) -> bool:
        """Learn what needs no attacker to be seen."""
        broken = list(self._lines.broken(share))
        self._master.learn(broken)
        return bool(broken)

    def _fall_back(self, everything: Vector) -> Vector:
        """Return the best safe pattern met, or else one made in haste."""
        self._clock.tell("fallback", self._rounds, self._master.cuts, self._master.bound)
        if self._best is None:
            nothing = np.zeros(len(everything))
            nothing[self.judge.primaries] = 1
            self._improve(nothing)
        if self._best is None:
            # Whole numbers undo all of these, and never what suppresses everything.
            return everything
        return self._best
