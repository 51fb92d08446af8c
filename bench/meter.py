"""Times operations, the part of each that the vault's primitives take, and the SQL it sends."""

import functools
import math
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
from tests.infrastructure.statements import counted

PRIMITIVES = (
    "seal", "unseal", "seal_under", "unseal_under", "child_of", "seal_to", "unseal_with", "sign",
    "verify", "derive", "commitment_of", "exchange_public", "signing_public",
)  # fmt: skip


@dataclass
class Meter:
    """Wraps the entry points from outside: the product is measured as it is.

    A primitive that calls another is counted once.
    """

    seconds: float = 0.0
    _depth: int = field(default=0, repr=False)

    def wrapped(self, verb: Callable[..., Any]) -> Callable[..., Any]:
        """`verb`, counted."""

        @functools.wraps(verb)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            started = time.perf_counter()
            try:
                return verb(*args, **kwargs)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.perf_counter() - started

        return timed

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


@dataclass(frozen=True)
class Result:
    """What the runs of one operation took: seconds in all, seconds of cryptography, statements."""

    times: tuple[float, ...]
    crypto: float
    statements: int

    @property
    def median(self) -> float:
        """Seconds of the run in the middle."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """Seconds that nineteen of twenty runs stay within."""
        return sorted(self.times)[math.ceil(0.95 * len(self.times)) - 1]

    @property
    def share(self) -> float:
        """The part of the time that is cryptography."""
        return self.crypto / self.median if self.median else 0.0


def measure(runs: int, verb: Callable[[Any], object], prepare: Callable[[], Any]) -> Result:
    """`runs` runs of `verb(prepared)`, after one that is thrown away."""
    times, crypto, statements = [], [], []
    for number in range(runs + 1):
        given = prepare()
        db.db.session.remove()  # a request begins with nothing loaded
        meter = Meter()
        with meter.installed(), counted() as count:
            started = time.perf_counter()
            verb(given)
            spent = time.perf_counter() - started
        if number:
            times.append(spent)
            crypto.append(meter.seconds)
            statements.append(count())
    middle = int(statistics.median(statements))
    return Result(tuple(times), statistics.median(crypto), middle)


def median_of(runs: int, verb: Callable[[], Any]) -> float:
    """Median seconds of one call."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        verb()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
