"""Times operations, and the part of each that is spent in the vault's primitives."""

import functools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from referral.kernel import db
from referral.vault import primitives
from referral.vault.passphrase import Derivation

PRIMITIVES = (
    "seal", "unseal", "seal_to", "unseal_with", "sign", "verify",
    "derive", "commitment_of", "exchange_public", "signing_public",
)  # fmt: skip


@dataclass
class Meter:
    """Wraps the entry points from outside: the product is measured as it is.

    A primitive that calls another is counted once.
    """

    seconds: float = 0.0
    calls: int = 0
    _depth: int = field(default=0, repr=False)

    def wrapped(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        """`verb`, counted."""

        @functools.wraps(verb)
        def counted(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            started = time.perf_counter()
            try:
                return verb(*args, **kwargs)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - started
                    self.calls += 1

        return counted

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Count while this lasts."""
        places: list[tuple[ModuleType | type, str]] = [(primitives, n) for n in PRIMITIVES]
        places.append((Derivation, "key"))
        before = [(place, name, getattr(place, name)) for place, name in places]
        for place, name, verb in before:
            setattr(place, name, self.wrapped(verb))
        try:
            yield
        finally:
            for place, name, verb in before:
                setattr(place, name, verb)

    def reset(self) -> None:
        """Begin again at nothing."""
        self.seconds, self.calls = 0.0, 0


@dataclass(frozen=True)
class Result:
    """Medians of one operation: seconds in all, seconds of cryptography, calls of it."""

    name: str
    runs: int
    seconds: float
    crypto: float
    calls: int

    @property
    def share(self) -> float:
        """The part of the time that is cryptography."""
        return self.crypto / self.seconds if self.seconds else 0.0


def measure(
    name: str, runs: int, verb: Callable[[Any], Any], prepare: Callable[[], Any] | None = None
) -> Result:
    """The medians of `runs` runs of `verb(prepared)`, after one that is thrown away."""
    meter = Meter()
    times, shares, calls = [], [], []
    with meter.installed():
        for number in range(runs + 1):
            given = prepare() if prepare else None
            db.db.session.remove()  # a request begins with nothing loaded
            meter.reset()
            started = time.perf_counter()
            verb(given)
            spent = time.perf_counter() - started
            if number:
                times.append(spent)
                shares.append(meter.seconds)
                calls.append(meter.calls)
    return Result(
        name,
        runs,
        statistics.median(times),
        statistics.median(shares),
        int(statistics.median(calls)),
    )


def median_of(runs: int, verb: Callable[[], Any]) -> float:
    """Median seconds of one call."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        verb()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
