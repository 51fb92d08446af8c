"""A run is whole or not at all, and the operator sees how it ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import func, select

from referral.audit.model import AuditEntry
from referral.jobs import journal
from referral.jobs.runner import SLOW, Runner, perform
from referral.jobs.schedule import SCHEDULE, job_named
from referral.kernel import db
from referral.notices.model import Notice

REMIND = job_named("remind_due")


class Unplugged(Exception):
    """What a failing job meets in these tests."""


def _count(model, *conditions):
    return db.session().scalar(select(func.count()).select_from(model).where(*conditions))


def _entries():
    return _count(AuditEntry, AuditEntry.operation == "followup.remind_due")


def test_a_run_leaves_its_work_one_audit_entry_and_a_line_in_the_journal(desk):
    desk.fall_due()
    assert perform(REMIND) == 1
    assert (_count(Notice), _entries()) == (1, 1)
    run = journal.last_runs()["remind_due"]
    assert (run.outcome, run.count) == ("done", 1)
    assert run.started_at <= run.finished_at


def test_a_run_that_found_nothing_leaves_no_audit_entry(desk):
    assert perform(REMIND) == 0
    assert _entries() == 0
    assert journal.last_runs()["remind_due"].outcome == "done"


def test_a_run_that_fails_is_undone_and_noted(desk):
    desk.fall_due()

    def fail_at_the_end(actor, subject):
        REMIND.operation(actor, subject)
        raise Unplugged

    with pytest.raises(Unplugged):
        perform(replace(REMIND, operation=fail_at_the_end))
    assert _count(Notice) == 0
    assert journal.last_runs()["remind_due"].outcome == "failed"
    assert perform(REMIND) == 1


def test_who_has_lost_the_lease_does_nothing(desk):
    desk.fall_due()
    assert perform(REMIND, lambda: False) is None
    assert _count(Notice) == 0
    assert journal.last_runs() == {}


def test_who_loses_the_lease_on_the_way_stops_before_the_work(desk):
    desk.fall_due()
    turns = iter([True, False])
    assert perform(REMIND, lambda: next(turns)) is None
    assert _count(Notice) == 0
    assert journal.last_runs()["remind_due"].outcome == "running"


def test_no_job_waits_for_one_that_waits_for_other_machines(desk):
    runner = Runner(current_app.app_context, timedelta(minutes=1))
    runner.enlist()
    threads = {job.id: runner.scheduler.get_job(job.id).executor for job in SCHEDULE}
    assert threads.pop("send_letters") == SLOW
    assert set(threads.values()) == {"default"}
