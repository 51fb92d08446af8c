"""When each job last ran and how it ended, for the operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel import clock, db
from referral.kernel.db import Model

DONE = "done"
FAILED = "failed"
RUNNING = "running"


class JobRun(Model):
    """The last run of one job; `running` long after its start means that it was cut off."""

    __tablename__ = "job_run"

    id: Mapped[str] = mapped_column(primary_key=True)
    last_started_at: Mapped[datetime]
    last_finished_at: Mapped[datetime | None]
    outcome: Mapped[str]
    count: Mapped[int]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The row's values, free of the session; `count` is how much the run did."""

    started_at: datetime
    finished_at: datetime | None
    outcome: str
    count: int


def note_start(job_id: str) -> None:
    """Write that a job begins."""
    db.begin_write()
    row = db.session().get(JobRun, job_id)
    if row is None:
        row = JobRun(id=job_id, count=0)
        db.session().add(row)
    row.last_started_at, row.last_finished_at, row.outcome = clock.now(), None, RUNNING
    row.count = 0
    db.session().flush()


def note_end(job_id: str, outcome: str, count: int) -> None:
    """Write how it ended; in the transaction of its work when it did something."""
    db.begin_write()
    row = db.session().get(JobRun, job_id)
    if row is not None:
        row.last_finished_at, row.outcome, row.count = clock.now(), outcome, count
        db.session().flush()


def last_runs() -> Mapping[str, RunFacts]:
    """The last run of every job that ever ran."""
    return {
        row.id: RunFacts(row.last_started_at, row.last_finished_at, row.outcome, row.count)
        for row in db.session().scalars(select(JobRun))
    }
