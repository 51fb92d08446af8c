"""Two job processes and a power cut: nothing is lost, nothing is done twice."""

import signal

import pytest
from sqlalchemy import func, select

from referral.followup.model import Task
from referral.jobs import lease
from referral.kernel import db
from referral.notices.model import Notice
from tests.infrastructure.application import flask
from tests.jobs.processes import JobProcess, cut_off_at_commit

pytestmark = pytest.mark.heavy


@pytest.fixture
def start(settings_environment):
    started = []

    def begin():
        started.append(JobProcess(settings_environment))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.cut_off()


def _reminders():
    db.rollback()
    return db.session().scalar(select(func.count()).select_from(Notice))


def test_one_works_and_the_other_takes_over_and_each_task_reminds_once(desk, start):
    desk.fall_due()
    first = start()
    first.hear("took the lease")
    first.hear('"job": "remind_due", "count": 1')
    second = start()
    second.hear("waits: another process has the lease")
    first.cut_off()
    desk.fall_due()
    second.hear("took the lease")
    second.hear('"job": "remind_due", "count": 1')
    assert _reminders() == 2
    assert second.stop() == 0
    assert _reminders() == 2
    assert lease.present() is None  # a third would not have to wait


@pytest.mark.parametrize("commit", [1, 2])
def test_a_power_cut_loses_and_doubles_no_reminder(desk, settings_environment, commit):
    desk.fall_due()
    db.rollback()
    killed = cut_off_at_commit(settings_environment, "remind_due", commit)
    assert killed == -signal.SIGKILL
    assert _reminders() == 0
    assert flask(settings_environment, "jobs", "once", "remind_due") == "remind_due: 1\n"
    assert flask(settings_environment, "jobs", "once", "remind_due") == "remind_due: 0\n"
    assert _reminders() == 1
    due = select(Task).where(Task.kind == "find_another")
    assert db.session().scalars(due).one().reminded_at is not None


def test_the_operator_sees_when_each_job_ran(desk, settings_environment):
    db.rollback()
    flask(settings_environment, "jobs", "once", "purge_sessions")
    lines = flask(settings_environment, "jobs", "list").splitlines()
    by_job = {line.split()[0]: line for line in lines}
    assert "done" in by_job["purge_sessions"]
    assert "never" in by_job["remind_due"]
    assert lines[-1] == "No process runs the jobs."
