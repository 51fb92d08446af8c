"""The lease: of all job processes of an installation, one works and the others wait.

A holder that dies stops renewing, and another takes over when the lease has run out. The holder
renews in the transaction of each job's work too, so that one which was suspended past its lease
finds out before it writes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel import clock, db
from referral.kernel.db import Model

NAME = "jobs"


class JobLease(Model):
    """Who runs the jobs, and until when unless renewed. The holder is a random name."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class LeaseFacts:
    """The row's values, free of the session."""

    holder: str
    expires_at: datetime


def take(holder: str, length: timedelta) -> bool:
    """Take or renew the lease in the present write transaction; whether it is the holder's now."""
    db.begin_write()
    moment = clock.now()
    free = (JobLease.holder == holder) | (JobLease.expires_at <= moment)
    taken = db.session().execute(
        update(JobLease)
        .where(JobLease.name == NAME, free)
        .values(holder=holder, expires_at=moment + length)
        .execution_options(synchronize_session=False)
    )
    if isinstance(taken, CursorResult) and taken.rowcount == 1:
        return True
    if db.session().scalar(select(JobLease.name).where(JobLease.name == NAME)):
        return False
    return _found(holder, moment + length)


def _found(holder: str, expires_at: datetime) -> bool:
    """The first lease of an installation; of two at once one is first."""
    try:
        with db.session().begin_nested():
            db.session().add(JobLease(name=NAME, holder=holder, expires_at=expires_at))
    except IntegrityError:
        return False
    return True


def wait_turn() -> bool:
    """Hold the lease's row, whoever's it is, until this transaction ends; true once it is held.

    For a job run by hand: its work and that of the job process never overlap.
    """
    db.begin_write()
    db.session().execute(select(JobLease.name).where(JobLease.name == NAME).with_for_update())
    return True


def give_up(holder: str) -> None:
    """Let another take over at once; nothing happens when the lease is another's already."""
    db.begin_write()
    db.session().execute(
        update(JobLease)
        .where(JobLease.name == NAME, JobLease.holder == holder)
        .values(expires_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def present() -> LeaseFacts | None:
    """Who holds the lease now; nobody when it has run out."""
    row = (
        db.session()
        .execute(
            select(JobLease.holder, JobLease.expires_at).where(
                JobLease.name == NAME, JobLease.expires_at > clock.now()
            )
        )
        .one_or_none()
    )
    return LeaseFacts(row.holder, row.expires_at) if row is not None else None
