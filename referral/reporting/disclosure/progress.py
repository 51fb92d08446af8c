"""How far a search is, and how to end it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Stage = Literal["relaxed", "integer", "fallback"]


class CancelledError(Exception):
    """Whoever watched the search asked it to stop; there is no pattern."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a search: its stage, rounds, lessons, proven bound, and seconds since it began.

    Tells nothing of any cell.
    """

    stage: Stage
    rounds: int
    cuts: int
    bound: float
    seconds: float


Watch: TypeAlias = Callable[[Progress], bool]
"""Told of every round, and now and then within one; returns false to cancel the search."""


class Clock:
    """The time a search has left, and the one who watches it."""

    def __init__(self, seconds: float | None, watch: Watch | None) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self._watch = watch
        self._last = Progress("relaxed", 0, 0, 0.0, 0.0)
        self._cancelled = False

    @property
    def spent(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the limit; infinite without one."""
        return float("inf") if self._seconds is None else self._seconds - self.spent

    def tell(self, stage: Stage, rounds: int, cuts: int, bound: float) -> None:
        """Say where the search is. Raises `CancelledError` if it is wanted no longer."""
        self._last = Progress(stage, rounds, cuts, bound, self.spent)
        self.check()

    def check(self) -> None:
        """Raise `CancelledError` if the search is wanted no longer."""
        if self.is_cancelled():
            raise CancelledError

    def is_cancelled(self) -> bool:
        """Ask the one who watches; for a solver, which cannot be left by an exception."""
        if self._watch is not None and not self._cancelled:
            last = self._last
            self._cancelled = not self._watch(
                Progress(last.stage, last.rounds, last.cuts, last.bound, self.spent)
            )
        return self._cancelled
