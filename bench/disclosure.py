"""Figures of disclosure control: `python -m bench.disclosure`, `--full` for the sizes that matter.

Tables are made up by a seed; most people are in few categories, as in life. Each line says what
was protected at which cost, the proven bound, and the seconds of the search, of the audit of the
result by the independent attacker, and of controlled rounding.
"""

import argparse
import os
import random  # noqa: TID251  # seeded: the same tables every time
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from referral.reporting.disclosure.attack import attack
from referral.reporting.disclosure.crossed import Dimension, Key, Layout
from referral.reporting.disclosure.primary import Rule, standard
from referral.reporting.disclosure.problem import Problem
from referral.reporting.disclosure.protection import protect
from referral.reporting.disclosure.rounding import UnroundableError, controlled_rounding

COMMUNES = (36, 16, 11, 14, 10, 9, 18, 17, 10)
LIMIT = 300.0


@dataclass(frozen=True)
class Size:
    """A table to protect: its dimensions, the persons in it, and the aim in seconds, if any."""

    name: str
    dimensions: Sequence[Dimension]
    persons: int
    aim: float | None = None


def _flat(*widths: int) -> list[Dimension]:
    return [
        Dimension.flat(f"d{n}", [f"{n}.{m}" for m in range(width)])
        for n, width in enumerate(widths)
    ]


def _places() -> Dimension:
    tree = {"province": [f"D{n}" for n in range(len(COMMUNES))]}
    tree |= {f"D{n}": [f"D{n}.{m}" for m in range(width)] for n, width in enumerate(COMMUNES)}
    return Dimension("place", tree)


QUICK = [
    Size("9 x 7", _flat(9, 7), 250),
    Size("9 x 12", _flat(9, 12), 600),
    Size("9 x 6 x 3", _flat(9, 6, 3), 400),
]
FULL = [
    *QUICK,
    Size("10 x 9 x 8 with totals", _flat(9, 8, 7), 600, 30),
    Size("10 x 9 x 8, more people", _flat(9, 8, 7), 2500, 30),
    Size("10 x 13 x 11, dense", _flat(9, 12, 10), 1800),
    Size("province, 9, 141 x 4", [_places(), *_flat(4)], 400),
    Size("province, 9, 141 x 8", [_places(), *_flat(8)], 800, 30),
]
GROWTH = [Size(f"growth: {n} x {n} x {n}", _flat(n, n, n), n**3) for n in range(3, 9)]


def table(size: Size, seed: int) -> Problem:
    """A table by chance, its grand total published."""
    chance = random.Random(seed)
    leaves = [sorted(dimension.leaves) for dimension in size.dimensions]
    favour = [[chance.random() ** 2 + 0.05 for _ in codes] for codes in leaves]
    counts: dict[Key, int] = {}
    for _ in range(size.persons):
        key = tuple(
            chance.choices(codes, weights)[0] for codes, weights in zip(leaves, favour, strict=True)
        )
        counts[key] = counts.get(key, 0) + 1
    top = tuple(dimension.total for dimension in size.dimensions)
    return Layout(size.dimensions, published=lambda key: key == top).problem(counts)


def timed(verb: Callable[[], Any]) -> tuple[Any, float]:
    """What came of it, and the seconds it took."""
    started = time.perf_counter()
    found = verb()
    return found, time.perf_counter() - started


def line(size: Size, seed: int = 1) -> str:
    """Protect, audit and round one table."""
    problem = table(size, seed)
    asked = standard(problem, Rule(5))
    found, searched = timed(lambda: protect(problem, asked, seconds=LIMIT))
    _, audited = timed(lambda: attack(problem, found.pattern))
    _, rounded = timed(lambda: _rounded(problem))
    shown = found.certificate
    aim = "" if size.aim is None else f"  aim {size.aim:.0f} s"
    return (
        f"{size.name:26}{len(problem.cells):6} cells{size.persons:6} persons"
        f"{len(asked.demands):5} primary{len(found.pattern):5} suppressed"
        f"  bound {shown.bound:7.6g}{' proven' if shown.optimal else ' NOT PROVEN'}"
        f"{searched:8.2f} s{audited:7.2f} s{rounded:7.2f} s{_peak():6} MiB{aim}"
    )


def _rounded(problem: Problem) -> int | None:
    try:
        return controlled_rounding(problem, 3).distance
    except UnroundableError:
        return None


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.disclosure", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="large tables and the growth curve")
    chosen = parser.parse_args()
    print(f"{'':73}search, audit and rounding; memory at most so far")
    for size in [*FULL, *GROWTH] if chosen.full else QUICK:
        print(line(size), flush=True)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
