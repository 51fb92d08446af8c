"""Of all job processes one holds the lease; when it dies another takes over."""

from datetime import timedelta

import pytest
import time_machine

from referral.jobs import lease
from referral.kernel import clock, db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def context(app):
    with app.app_context():
        yield


def _take(holder):
    with db.unit_of_work():
        return lease.take(holder, MINUTE)


def test_the_first_holds_and_the_second_waits(context):
    assert lease.present() is None
    assert _take("a")
    assert not _take("b")
    assert lease.present().holder == "a"


def test_the_holder_renews(context):
    _take("a")
    before = lease.present().expires_at
    with time_machine.travel(clock.now() + MINUTE / 2):
        assert _take("a")
        assert lease.present().expires_at > before
        assert not _take("b")


def test_a_lease_that_ran_out_is_anothers_and_the_old_holder_finds_out(context):
    _take("a")
    with time_machine.travel(clock.now() + 2 * MINUTE):
        assert lease.present() is None
        assert _take("b")
        assert not _take("a")


def test_a_lease_given_up_is_free_at_once(context):
    _take("a")
    with db.unit_of_work():
        lease.give_up("b")
    assert not _take("b")
    with db.unit_of_work():
        lease.give_up("a")
    assert _take("b")
