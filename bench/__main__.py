"""Prints medians of the main operations on each engine, the share of cryptography, a calibration.

Each operation is measured as a request does it, from the session's token to the commit, without
HTTP and without rendering. Clocks differ between machines; the ratios to the calibration line are
what may be compared.
"""

import argparse
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from bench.access_log import grow, verify_seconds
from bench.calibration import ARGON2, calibrate
from bench.installation import SIX_SECTIONS, Installation, engines, installed, soon
from bench.meter import Result, measure
from bench.rewrap import carry, fill_in_bulk
from bench.sign_in import line, rush
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.cases import queries, service
from referral.cases.model import CaseFile
from referral.kernel import db
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.province import PASSPHRASE

PAGE = 50
SUMMARY = {"age_band": "25_39", "reason": "cần khám ngay", "needs": ["health_care"]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=30, help="runs of each operation")
    parser.add_argument("--cases", type=int, default=1000, help="cases in the list")
    parser.add_argument("--entries", type=int, default=100_000, help="entries of the access log")
    parser.add_argument("--rewrap", type=int, default=10_000, help="cases sealed anew")
    chosen = parser.parse_args()
    with engines() as found:
        for name, address in found.items():
            _one_engine(name, address, chosen)
    if "PostgreSQL" not in found:
        print("PostgreSQL is not installed here and was not measured.")


def _one_engine(name: str, address: str, chosen: argparse.Namespace) -> None:
    with installed(address) as place:
        started = time.perf_counter()
        place.fill(chosen.cases)
        each = (time.perf_counter() - started) / max(1, chosen.cases)
        note = " (a test server, which does not wait for the disk)" if address else ""
        known = calibrate()  # beside each engine, since other work on the machine comes and goes
        print(f"\n{name}{note}: {chosen.cases} cases made, {_clock(each)} each")
        print(
            f"{'':34}{'runs':>6}{'median':>12}{'crypto':>12}{'share':>8}{'calls':>7}{'/Argon2':>9}"
        )
        for result in operations(place, chosen.runs):
            print(_line(result, known[ARGON2]))
        _access_log(place, chosen.entries)
        _rewrap(place, chosen.rewrap)
        _rush(place)
        print("calibration: " + ", ".join(f"{n} {_clock(s)}" for n, s in known.items()))
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def operations(place: Installation, runs: int) -> Iterator[Result]:
    """The five operations in turn."""
    few = max(3, runs // 4)
    yield measure("sign in", few, lambda _: sign_in(place.officer_name, PASSPHRASE, ""))
    yield measure("create a case of six sections", runs, lambda _: _create(place))
    case = place.big_case()
    yield measure("open a case of six sections", runs, lambda _: _open(place, case))
    yield measure(f"list {PAGE} of {len(place.cases)}", runs, lambda _: _list(place))
    yield measure(
        "hand over: send and accept", runs, lambda c: _hand_over(place, c), place.big_case
    )


def _access_log(place: Installation, entries: int) -> None:
    """One verification of every chain, and what one signature's check costs beside it."""
    grow(place.officer, entries)
    found = verify_seconds()
    print(
        f"verify {found.entries} entries of the access log: {found.seconds:.1f} s, "
        f"{_clock(found.seconds / found.entries)} each, "
        f"{found.seconds / found.entries / found.signature:.2f} of one signature's check "
        f"({_clock(found.signature)}), {found.memory / 2**20:.1f} MiB at most"
    )


def _rewrap(place: Installation, count: int) -> None:
    """A circle with so many cases is carried over to a new key while somebody opens a case."""
    started = time.perf_counter()
    circle_id = fill_in_bulk(place.officer, count)
    filled = time.perf_counter() - started
    case_id = place.big_case().id  # read here: the row belongs to this thread's session
    found = carry(place.boss_token, circle_id, lambda: _open_by_id(place, case_id))
    print(
        f"rewrap {count} more cases ({filled:.0f} s to make): {found.rows} rows in "
        f"{found.seconds:.1f} s, {_clock(found.seconds / found.rows)} each, the longest round "
        f"{_clock(found.longest)}; opening a case meanwhile {_clock(found.beside)} "
        f"({_clock(found.alone)} alone, {_clock(found.worst)} at worst)"
    )


def _rush(place: Installation) -> None:
    """Four clients at once against the real server, on the same database."""
    db.rollback()
    log = Path(place.settings["INSTANCE_PATH"]) / "server.log"
    print(line(rush(place.settings, [place.officer_name, place.nurse_name], log)))


def _create(place: Installation) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        service.open_case(actor, None, sections=SIX_SECTIONS)


def _open(place: Installation, case: CaseFile) -> None:
    _open_by_id(place, case.id)


def _open_by_id(place: Installation, case_id: UUID) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, case_id))
    assert sum(section.status == "open" for section in opened.sections) >= len(SIX_SECTIONS)


def _list(place: Installation) -> None:
    actor = actor_for(place.officer_token)
    page = queries.visible_cases(actor, size=PAGE)
    assert len(page.rows) == min(PAGE, len(place.cases))
    assert all(line.card for line in page.rows)
    db.rollback()


def _hand_over(place: Installation, case: CaseFile) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        sent = referrals.send_referral(
            actor,
            queries.visible_case(actor, case.id),
            kind="service",
            circle_id=place.hospital_circle,
            urgency="p1",
            kinds=["incident", "needs", "safe_contact"],
            summary=SUMMARY,
        )
    nurse = actor_for(place.nurse_token)
    assert nurse.member_id is not None
    with db.unit_of_work():
        row = referral_queries.visible_referral(nurse, sent.id)
        referrals.accept_referral(nurse, row, worker_id=nurse.member_id, first_contact_at=soon())


def _line(result: Result, derivation: float) -> str:
    return (
        f"{result.name:34}{result.runs:>6}{_clock(result.seconds):>12}{_clock(result.crypto):>12}"
        f"{result.share:>8.0%}{result.calls:>7}{result.seconds / derivation:>9.3f}"
    )


def _clock(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
