"""`/metrics`: the figures of the installation in Prometheus' text format, behind a token.

Counts and clocks of the system alone: not how many cases there are, nor of whom.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from secrets import compare_digest
from typing import Final

from flask import Blueprint, Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from werkzeug.exceptions import NotFound

from referral.jobs.journal import FAILED
from referral.jobs.queries import jobs_state
from referral.kernel import clock
from referral.kernel.settings import Settings
from referral.watch.requests import counts

SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes of one server add up their counts; without it each tells its own."""


class Jobs(Collector):
    """Whether a job process works, and how each job stands."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read them now."""
        state, now = jobs_state(), clock.now()
        yield GaugeMetricFamily(
            "referral_jobs_working", "1: a process holds the lease.", value=float(state.is_working)
        )
        age = _by_job("referral_job_age_seconds", "Since the last run began.")
        late = _by_job("referral_job_late", "1: it has not begun for three of its intervals.")
        failed = _by_job("referral_job_failed", "1: the last run did not end well.")
        for job in state.jobs:
            if job.started_at is not None:
                age.add_metric([job.id], (now - job.started_at).total_seconds())
            late.add_metric([job.id], float(job.is_late))
            failed.add_metric([job.id], float(job.outcome == FAILED))
        yield from (age, late, failed)


def _by_job(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, labels=["job"])


def figures() -> bytes:
    """The counts of all processes of this server, and what the database tells."""
    installation = CollectorRegistry()
    installation.register(Jobs())
    shared = counts
    if os.environ.get(SHARED_FOLDER):
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # it adds itself
    return generate_latest(shared) + generate_latest(installation)


def init_app(app: Flask, settings: Settings) -> None:
    """Add the page where the settings have a token for it."""
    if not settings.metrics_token_file:
        return
    expected = f"Bearer {Path(settings.metrics_token_file).read_text().strip()}".encode()
    bp = Blueprint("watch", __name__)

    @bp.get("/metrics")
    def show_metrics() -> Response:
        if not compare_digest(request.headers.get("Authorization", "").encode(), expected):
            raise NotFound
        return Response(figures(), content_type=CONTENT_TYPE_LATEST)

    app.register_blueprint(bp)
