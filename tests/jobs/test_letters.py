"""A job process that is killed loses no letter, and sends none more than twice."""

import signal
from datetime import timedelta

import pytest

from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import db
from referral.kernel.clock import clock
from referral.notices.kinds import Medium
from referral.notices.outbox import AGAIN_AFTER, CUT_OFF_AFTER
from tests.factories.installation import installation
from tests.infrastructure.application import flask
from tests.jobs.processes import JobProcess, cut_off_at_commit
from tests.notices.post import NURSE, PLANS, Post, servers

pytestmark = pytest.mark.heavy
SEND = job_named("send_letters")
URGENT = "p0"  # whatever hour it is


@pytest.fixture
def post(engine_name, run_folder, instance):
    with (
        servers() as (box, exchange, settings),
        installation(engine_name, run_folder, instance, PLANS, **settings) as home,
    ):
        shift = clock.shift
        post = Post(box, exchange, home)
        post.reach(post.nurse, Medium.EMAIL, NURSE)
        post.send(URGENT)
        db.rollback()
        yield post
        clock.shift = shift


def _marks(post):
    return [mail.message["Message-ID"] for mail in post.box.mails]


# 1: that it begins; 2: that something is due; 3: that it is taken; 4: that it has arrived.
@pytest.mark.parametrize(("commit", "sent_before"), [(1, 0), (2, 0), (3, 0), (4, 1)])
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_power_cut_loses_no_letter_and_sends_none_more_than_twice(post, commit, sent_before):
    killed = cut_off_at_commit(post.home.environment, "send_letters", commit)
    assert killed == -signal.SIGKILL
    assert len(_marks(post)) == sent_before
    perform(SEND)
    if sent_before:  # nobody can tell: it is waited for whoever took it, and sent once more
        assert post.fates() == [("sending", None)]
        clock.shift += CUT_OFF_AFTER
        perform(SEND)
        clock.shift += AGAIN_AFTER[0]
        perform(SEND)
    assert post.fates() == [("sent", None)]
    assert len(_marks(post)) == sent_before + 1
    assert len(set(_marks(post))) == 1
    clock.shift += timedelta(days=1)
    perform(SEND)
    assert len(_marks(post)) == sent_before + 1


def test_of_two_job_processes_one_sends_and_the_other_takes_over(post):
    settings = post.home.environment
    first, second = JobProcess(settings), None
    try:
        first.hear("took the lease")
        first.hear('"job": "send_letters", "count": 1')
        second = JobProcess(settings)
        second.hear("waits: another process has the lease")
        first.cut_off()
        post.send(URGENT)
        db.rollback()
        second.hear("took the lease")
        second.hear('"job": "send_letters", "count": 1')
        assert second.stop() == 0
    finally:
        for one in (first, second):
            if one is not None and one.process.poll() is None:
                one.cut_off()
    assert len(set(_marks(post))) == len(_marks(post)) == 2


def test_the_operator_reads_how_letters_fare(post):
    perform(SEND)
    said = flask(post.home.environment, "jobs", "list")
    assert "email: 0 waiting, 2 sent, 0 failed, 0 dropped" in said
    assert "phone: 0 waiting, 0 sent, 0 failed, 0 dropped" in said
    assert NURSE not in said
