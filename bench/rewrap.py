"""A circle with many cases gets a new key, and what it has is sealed anew while others work."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import current_app

from referral.accounts.sessions import actor_for
from referral.agencies.model import Circle
from referral.agencies.rewrapping import end_generations, key_report, rewrap_circle
from referral.agencies.service import renew_circle
from referral.kernel import db
from referral.web.circle_keys import BREATH


@dataclass(frozen=True)
class Carried:
    """What it took, and what somebody else met meanwhile who opened a case again and again."""

    rows: int
    seconds: float
    longest: float
    alone: float
    beside: float
    worst: float


def carry(boss_token: str, circle_id: UUID, use: Callable[[], None]) -> Carried:
    """Renew the circle, then every round to the end while `use` goes on beside it."""
    alone = _times(use, threading.Event(), 20)
    with db.unit_of_work():
        renew_circle(actor_for(boss_token), db.session().get_one(Circle, circle_id))
    stop, beside, app = threading.Event(), list[float](), current_app._get_current_object()  # type: ignore[attr-defined] # Flask's own way to the application # noqa: SLF001

    def work() -> None:
        with app.app_context():
            beside.extend(_times(use, stop, None))
            db.db.session.remove()

    worker = threading.Thread(target=work)
    worker.start()
    started = time.perf_counter()
    try:
        rounds, carried = _rounds(boss_token, circle_id)
    finally:
        stop.set()
        worker.join()
    seconds = time.perf_counter() - started
    with db.unit_of_work():
        circle = db.session().get_one(Circle, circle_id)
        assert key_report(circle).behind == 0
        end_generations(actor_for(boss_token), circle)
    return Carried(
        carried, seconds, max(rounds), statistics.median(alone), statistics.median(beside),
        max(beside),
    )  # fmt: skip


def _rounds(token: str, circle_id: UUID) -> tuple[list[float], int]:
    times, carried, after = [], 0, ""
    while True:
        time.sleep(BREATH if times else 0)
        started = time.perf_counter()
        with db.unit_of_work():
            circle = db.session().get_one(Circle, circle_id)
            done = rewrap_circle(actor_for(token), circle, after=after)
        times.append(time.perf_counter() - started)
        carried, after = carried + done.carried, done.after
        if not after and not done.report.behind:
            return times, carried


def _times(use: Callable[[], None], stop: threading.Event, runs: int | None) -> list[float]:
    times: list[float] = []
    while not times or (not stop.is_set() and (runs is None or len(times) < runs)):
        started = time.perf_counter()
        use()
        times.append(time.perf_counter() - started)
    return times
