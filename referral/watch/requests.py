"""Each request leaves one line of the log and counts once: which route, how it ended, how long.

The route is named and not the address, since an address holds ids; nobody is named at all.
"""

from time import perf_counter
from typing import Any, Final

from flask import Flask, Response, g, request
from flask.signals import request_finished, request_started
from prometheus_client import CollectorRegistry, Counter, Histogram

from referral.kernel.logs import get_logger

log = get_logger("referral.requests")
QUIET: Final = frozenset({"static", "health.healthz", "health.readyz"})
NO_ROUTE: Final = "none"

counts = CollectorRegistry()
answered = Counter(
    "referral_requests",
    "Requests answered, by edge, method and class of status.",
    ("edge", "method", "status"),
    registry=counts,
)
lasted = Histogram(
    "referral_request_seconds",
    "How long requests lasted, by edge.",
    ("edge",),
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=counts,
)


def init_app(app: Flask) -> None:
    """Watch every request of the application."""
    request_started.connect(_begin, app)
    request_finished.connect(_end, app)


def edge_of(endpoint: str | None, path: str) -> str:
    """Which edge answers: `api`, `page`, or `other` (static files and questions of health)."""
    if path.startswith("/api/"):
        return "api"
    return "other" if endpoint in QUIET else "page"


def _begin(_app: Flask, **_: Any) -> None:
    g.began = perf_counter()


def _end(_app: Flask, response: Response, **_: Any) -> None:
    seconds = perf_counter() - g.pop("began", perf_counter())
    endpoint, edge = request.endpoint, edge_of(request.endpoint, request.path)
    status = f"{response.status_code // 100}xx"
    # A method is whatever a client sends: one that no route knows is not made a label.
    method = request.method if endpoint else NO_ROUTE
    answered.labels(edge, method, status).inc()
    lasted.labels(edge).observe(seconds)
    if endpoint not in QUIET:
        log.info(
            "request",
            method=method,
            route=endpoint or NO_ROUTE,
            status=response.status_code,
            ms=round(seconds * 1000),
        )
