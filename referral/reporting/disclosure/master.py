"""The cheapest pattern that obeys everything learnt so far."""

from collections.abc import Callable, Iterable

import highspy
import numpy as np

from referral.reporting.disclosure.adversary import Cut
from referral.reporting.disclosure.solver import Vector, bound, is_proven, program, rows_of, solve

_CLOSE = 1e-6


class Master:
    """Which cells to suppress, as a program that grows by one row a lesson."""

    def __init__(
        self,
        weights: Vector,
        forced: Iterable[int],
        published: Vector,
        interrupt: Callable[[], bool],
    ) -> None:
        self.cuts = 0
        self.bound = 0.0
        count = len(weights)
        low = np.zeros(count)
        low[list(forced)] = 1
        self._weights = weights
        empty = np.zeros(0)
        self._model = program(
            weights, (low, 1.0 - published), rows_of([], 0, count), (empty, empty)
        )
        self._is_whole = False
        self._interrupt = interrupt
        self._model.cbMipInterrupt.subscribe(self._asked)

    def learn(self, cuts: Iterable[Cut]) -> None:
        """Add rows."""
        for cut in cuts:
            spots = np.flatnonzero(cut.coefficients)
            self._model.addRow(
                cut.least, np.inf, len(spots), spots.astype(np.int32), cut.coefficients[spots]
            )
            self.cuts += 1

    def cheapest(self, *, whole: bool, seconds: float) -> tuple[Vector | None, bool]:
        """Return the cheapest pattern, fractional unless ``whole``; and whether that is proven."""
        if whole and not self._is_whole:
            count = len(self._weights)
            kinds = np.full(count, int(highspy.HighsVarType.kInteger), dtype=np.uint8)
            self._model.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
            self._is_whole = True
        self._model.setOptionValue("time_limit", self._model.getRunTime() + max(seconds, 0.01))
        if whole:
            # A pattern that costs no more than is proven already needs no further proof.
            self._model.setOptionValue("objective_target", self.bound + _CLOSE)
        found = solve(self._model)
        proven = is_proven(self._model)
        if whole:
            proven |= found is not None and float(self._weights @ found) < self.bound + _CLOSE
            self.bound = max(self.bound, bound(self._model))
        elif proven and found is not None:
            self.bound = max(self.bound, float(self._weights @ found))
        if found is not None:
            found = np.round(found) if whole else np.clip(found, 0.0, 1.0)
        return found, proven

    def _asked(self, event: highspy.HighsCallbackEvent) -> None:
        if self._interrupt():
            event.interrupt()
