"""Prints medians of the main operations, their share of cryptography, their SQL; a calibration.

Each operation is measured as a request does it, from the session's token to the commit, without
HTTP and without rendering. Clocks differ between machines; the ratios to the calibration line are
what may be compared. Quick by default: one database, 5,000 cases. `--full` measures on both, with
50,000, and adds the access log, the sealing anew of a circle, and the rush of sign-ins.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench import columns, disclosure
from bench.access_log import grow, verify_seconds
from bench.calibration import ARGON2, calibrate
from bench.installation import Installation, engines, installed
from bench.measures import FEW, IDS, MANY, MEASURES, Measure, open_by_id
from bench.meter import Result, measure
from bench.rewrap import carry
from bench.sign_in import line, rush
from referral.cases import queries
from referral.cases.opening import home_circle
from referral.kernel import db

FULL_CASES, FULL_ENTRIES, FULL_REWRAP = 50_000, 100_000, 10_000


@dataclass(frozen=True)
class Figure:
    """A measure, and what it came to."""

    measure: Measure
    result: Result
    ratio: float | None

    @property
    def is_met(self) -> bool:
        """Whether it stays within its aims."""
        asked = (
            (self.measure.aim_ms, self.result.median * 1e3),
            (self.measure.aim_share, self.result.share),
            (self.measure.aim_ratio, self.ratio),
        )
        return all(aim is None or (found or 0.0) <= aim for aim, found in asked)

    def plain(self) -> dict[str, Any]:
        """As a file of figures has it."""
        one = self.ratio is None
        return {
            "id": self.measure.id,
            "median_ms": round(self.result.median * 1e3, 2) if one else None,
            "p95_ms": round(self.result.p95 * 1e3, 2) if one else None,
            "crypto_share": round(self.result.share, 3) if one else None,
            "ratio": None if self.ratio is None else round(self.ratio, 2),
            "n": len(self.result.times),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=20, help="runs of each operation")
    parser.add_argument("--full", action="store_true", help="both databases, 50,000 cases")
    parser.add_argument("--out", default="", help="write the figures to this file, as JSON")
    parser.add_argument("--engine", default="", help="SQLite or PostgreSQL alone")
    chosen = parser.parse_args()
    with engines() as found:
        wanted = [n for n in found if chosen.engine in {"", n} and (chosen.full or n == "SQLite")]
        if chosen.engine and not chosen.full:
            wanted = [name for name in found if name == chosen.engine]
        for number, name in enumerate(wanted):
            figures = _one_engine(name, found[name], chosen)
            if chosen.out:
                _write(Path(chosen.out), "" if number == 0 else f"-{name.lower()}", figures)
    if chosen.full and "PostgreSQL" not in found:
        print("PostgreSQL is not installed here and was not measured.")
    print("\ndisclosure control: search, audit, rounding (python -m bench.disclosure --full)")
    for size in disclosure.QUICK:
        print(disclosure.line(size), flush=True)


def _write(path: Path, which: str, figures: list[Figure]) -> None:
    """The first database under the name asked for, another beside it."""
    known = {figure.measure.id: figure.plain() for figure in figures}
    text = json.dumps([known[name] for name in IDS], indent=1)
    path.with_stem(path.stem + which).write_text(text + "\n", encoding="utf-8")


def _one_engine(name: str, address: str, chosen: argparse.Namespace) -> list[Figure]:
    with installed(address) as place:
        note = " (a test server, which does not wait for the disk)" if address else ""
        print(f"\n{name}{note}")
        _timed("whole cases in bulk", FEW, lambda: place.fill(FEW))
        known = calibrate()  # beside each engine, since other work on the machine comes and goes
        print(
            f"{'':32}{'runs':>6}{'median':>11}{'p95':>11}{'crypto':>8}{'SQL':>5}{'/Argon2':>9}"
            f"{'ratio':>7}"
        )
        figures = []
        for figure in operations(place, chosen.runs, FULL_CASES if chosen.full else MANY):
            figures.append(figure)
            print(_line(figure, known[ARGON2]), flush=True)
        if chosen.full:
            _long_parts(place)
        print("calibration: " + ", ".join(f"{n} {_clock(s)}" for n, s in known.items()))
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        return figures


def operations(place: Installation, runs: int, everything: int) -> Iterator[Figure]:
    """The measures in turn, the circle growing as they ask."""
    known: dict[str, Result] = {}
    columns.copy(list(queries.visible_cases(place.officer, size=FEW).rows))
    db.rollback()
    for each in MEASURES:
        place.grow(each.cases or everything)
        few = max(3, int(runs * each.part_of_runs))
        found = known[each.id] = measure(
            few, partial(each.run, place), partial(each.prepare, place)
        )
        yield Figure(each, found, found.median / known[each.over].median if each.over else None)


def _timed(what: str, count: int, verb: Any) -> None:
    started = time.perf_counter()
    verb()
    spent = time.perf_counter() - started
    print(f"{what}: {count} in {spent:.1f} s, {count / spent:.0f} a second", flush=True)


def _long_parts(place: Installation) -> None:
    """One verification of every chain, a circle sealed anew, four clients on the real server."""
    grow(place.officer, FULL_ENTRIES)
    found = verify_seconds()
    print(
        f"verify {found.entries} entries of the access log: {found.seconds:.1f} s, "
        f"{_clock(found.seconds / found.entries)} each, "
        f"{found.seconds / found.entries / found.signature:.2f} of one signature's check "
        f"({_clock(found.signature)}), {found.memory / 2**20:.1f} MiB at most"
    )
    _rewrap(place)
    db.rollback()
    log = Path(place.settings["INSTANCE_PATH"]) / "server.log"
    print(line(rush(place.settings, [place.officer_name, place.nurse_name], log)))


def _rewrap(place: Installation) -> None:
    """A circle with so many cases is carried over to a new key while somebody opens a case."""
    circle_id, case_id = home_circle(place.officer), place.big_case
    _timed("whole cases in bulk", FULL_REWRAP, lambda: place.add(FULL_REWRAP))
    found = carry(place.boss_token, circle_id, lambda: open_by_id(place, case_id))
    print(
        f"seal anew: {found.rows} rows in "
        f"{found.seconds:.1f} s, {_clock(found.seconds / found.rows)} each, the longest round "
        f"{_clock(found.longest)}; opening a case meanwhile {_clock(found.beside)} "
        f"({_clock(found.alone)} alone, {_clock(found.worst)} at worst)"
    )


def _line(figure: Figure, derivation: float) -> str:
    found = figure.result
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return (
        f"{figure.measure.about:32}{len(found.times):>6}{_clock(found.median):>11}"
        f"{_clock(found.p95):>11}{found.share:>8.0%}{found.statements:>5}"
        f"{found.median / derivation:>9.3f}{ratio:>7}{'' if figure.is_met else '  over its aim'}"
    )


def _clock(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
