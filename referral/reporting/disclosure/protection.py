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

from collections.abc import Iterator

import numpy as np

from referral.reporting.disclosure.adversary import Cut, Tables
from referral.reporting.disclosure.fallback import completed, thinned
from referral.reporting.disclosure.judge import Judge
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
        self.judge = Judge(self.tables, standard)
        self._ids = [cell.id for cell in problem.cells]
        self._clock = clock
        self._rounds = 0
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
        if share is not None:
            return share, True
        return self._fall_back(everything)

    def _refuse_the_impossible(self, everything: Vector) -> None:
        forced = [n for n in self.judge.primaries if self.tables.published[n]]
        open_cells = set(forced) or set(self.judge.failures(everything))
        if open_cells:
            raise UnprotectableError(self._ids[n] for n in open_cells)

    def _relax(self, limit: float) -> None:
        """Learn from fractional patterns, which are cheap to find, until they teach no more."""
        while self._clock.spent < limit:
            share, proven = self._ask("relaxed", limit)
            if share is None or not proven or not self._learn(share, self.judge.linear(share)):
                return

    def _cheapest(self, limit: float) -> Vector | None:
        """Return the cheapest pattern, once it withstands; nothing if time runs out before."""
        while self._clock.spent < limit:
            share, proven = self._ask("integer", limit)
            if share is None or not proven:
                return None
            if self._learn(share, self.judge.linear(share)):
                continue
            lessons = list(self.judge.whole(share, lambda: self._clock.spent < limit))
            if not lessons:
                return share
            self._master.learn(lessons)
        return None

    def _ask(self, stage: Stage, limit: float) -> tuple[Vector | None, bool]:
        self._rounds += 1
        self._clock.tell(stage, self._rounds, self._master.cuts, self._master.bound)
        found = self._master.cheapest(whole=stage == "integer", seconds=limit - self._clock.spent)
        self._clock.check()
        return found

    def _learn(self, share: Vector, cuts: Iterator[Cut]) -> bool:
        broken = []
        for cut in cuts:
            self._clock.check()
            if cut.broken_by(share):
                broken.append(cut)
        self._master.learn(broken)
        return bool(broken)

    def _fall_back(self, everything: Vector) -> tuple[Vector, bool]:
        """Make the last pattern safe by what is near, and publish again what it can spare."""
        self._clock.tell("fallback", self._rounds, self._master.cuts, self._master.bound)
        share = completed(self.tables, self.judge, self._clock)
        if any(True for _ in self.judge.failures(share)):
            share = everything
        share = thinned(self.tables, self.judge, share, self._clock)
        unmet = list(self.judge.failures(share))
        assert not unmet
        cost = float(self.tables.weights @ share)
        return share, cost <= self.bound + _CLOSE * max(1.0, cost)
