"""The process that runs the schedule: one holds the lease and works, any other waits its turn."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from referral.jobs import journal, lease
from referral.jobs.schedule import SCHEDULE, Job
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM
from referral.kernel.ids import new_id
from referral.kernel.logs import get_logger

log = get_logger("referral.jobs")
BEATS_PER_LEASE = 4
HEART = "heart"
SLOW = "slow"

Context = Callable[[], AbstractContextManager[object]]
Guard = Callable[[], bool]


def perform(job: Job, guard: Guard = lease.wait_turn) -> int | None:
    """Run a job once: its work, audit entry and journal line in one transaction; how much it did.

    None when `guard`, asked under the write lock, says that another process works now; an operator
    who runs a job by hand waits instead. A run that found nothing to do leaves no audit entry.
    """
    if not _begin(job, guard):
        return None
    try:
        return _work(job, guard)
    except Exception:
        db.rollback()
        with db.unit_of_work():
            journal.note_end(job.id, journal.FAILED, 0)
        raise


def _begin(job: Job, guard: Guard) -> bool:
    with db.unit_of_work():
        db.begin_write()
        mine = guard()
        if mine:
            journal.note_start(job.id)
    return mine


def _work(job: Job, guard: Guard) -> int | None:
    with db.unit_of_work():
        db.begin_write()
        if not guard():
            return None
        count = job.operation(SYSTEM, None)
        if not count:
            db.rollback()
        journal.note_end(job.id, journal.DONE, count)
    return count


class Runner:
    """One job process. `context` opens an application context, `length` is the lease's."""

    def __init__(self, context: Context, length: timedelta) -> None:
        self.context = context
        self.length = length
        self.holder = str(new_id())
        self.holds: bool | None = None  # not known before the first beat
        self.scheduler = BlockingScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(1) for name in ("default", HEART, SLOW)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        """Work or wait until the process is told to stop; then let another take over at once."""
        self.enlist()
        try:
            self.scheduler.start()
        finally:
            self._stop()

    def enlist(self) -> None:
        """Put every job into the scheduler, none of which runs before the first beat says so."""
        now = clock.clock.unshifted()
        for job in SCHEDULE:
            self.scheduler.add_job(
                self.work,
                "interval",
                (job,),
                id=job.id,
                seconds=job.every,
                next_run_time=None,
                executor=SLOW if job.is_slow else "default",
            )
        seconds = self.length.total_seconds() / BEATS_PER_LEASE
        self.scheduler.add_job(
            self.beat, "interval", id=HEART, seconds=seconds, next_run_time=now, executor=HEART
        )

    def _stop(self) -> None:
        if self.scheduler.running:
            self.scheduler.shutdown(wait=True)
        if self.holds:
            with self.context(), db.unit_of_work():
                lease.give_up(self.holder)
            log.info("stopped, the lease is free")

    def beat(self) -> None:
        """Take or renew the lease; begin or stop working when that changes."""
        try:
            with self.context(), db.unit_of_work():
                holds = lease.take(self.holder, self.length)
        except Exception:
            # Without the database nobody can tell whose turn it is: stop until it answers.
            self._turn(holds=False)
            raise
        self._turn(holds=holds)

    def _turn(self, *, holds: bool) -> None:
        """Whoever has just taken over runs every job now: what fell due meanwhile has waited."""
        if holds == self.holds:
            return
        self.holds = holds
        next_run = clock.clock.unshifted() if holds else None
        for job in SCHEDULE:
            self.scheduler.modify_job(job.id, next_run_time=next_run)
        log.info("took the lease" if holds else "waits: another process has the lease")

    def work(self, job: Job) -> None:
        """Run one job, if the lease is still this process's under the lock."""
        with self.context():
            count = perform(job, lambda: lease.take(self.holder, self.length))
        if count:
            log.info("ran", job=job.id, count=count)
