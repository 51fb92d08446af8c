"""How the jobs stand, for whoever runs the installation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from referral.jobs import journal, lease
from referral.jobs.schedule import SCHEDULE, Job
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.errors import NotPermitted
from referral.kernel.permissions import Permission

PATIENCE: Final = 3
"""A job is late when it has not begun for so many of its intervals."""


@dataclass(frozen=True, slots=True)
class JobLine:
    """One job: how often it is to run (seconds), its last run, and whether it is late."""

    id: str
    vi: str
    en: str
    every: int
    started_at: datetime | None
    finished_at: datetime | None
    outcome: str
    """`done`, `failed`, `running`; `never` before its first run."""
    count: int
    is_late: bool


@dataclass(frozen=True, slots=True)
class JobsState:
    """All jobs, and whether a process works on them now."""

    is_working: bool
    jobs: Sequence[JobLine]


def visible_jobs(actor: Actor) -> JobsState:
    """How the jobs stand; `NotPermitted` for whoever does not run the installation."""
    if Permission.JOB_READ not in actor.permissions:
        raise NotPermitted(Permission.JOB_READ)
    return jobs_state()


def jobs_state() -> JobsState:
    """How the jobs stand, as figures and commands of the installation tell it."""
    runs, now = journal.last_runs(), clock.now()
    lines = [_line(job, runs.get(job.id), now) for job in SCHEDULE]
    return JobsState(lease.present() is not None, lines)


def _line(job: Job, run: journal.RunFacts | None, now: datetime) -> JobLine:
    if run is None:
        return JobLine(job.id, job.vi, job.en, job.every, None, None, "never", 0, is_late=True)
    is_late = now - run.started_at > PATIENCE * timedelta(seconds=job.every)
    return JobLine(
        job.id, job.vi, job.en, job.every, run.started_at, run.finished_at, run.outcome, run.count,
        is_late=is_late,
    )  # fmt: skip
