"""The member's row, then what a PIN opens, then open sessions, then the chain: nobody in a circle.

`tests/sweeps/test_locks.py` looks at every request of the API; here are the ways without one.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from referral.accounts import parking, proof, reenrolment, signin
from referral.accounts import service as accounts
from referral.accounts.sessions import actor_for, purge_ended
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.vault.directory import RENEWAL_DELAY
from tests.accounts.test_reenrolment import OTHER, boss, member_of
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE
from tests.infrastructure.locks import Lock, out_of_order, watched

PIN = "480915"


@pytest.fixture
def engine_name() -> str:
    """The embedded engine has one lock."""
    return "postgresql"


@pytest.fixture
def in_order(thread: Thread) -> Iterator[Callable[[Callable[[], None]], list[Lock]]]:
    """Does a deed, looks at what it locks, and gives that."""

    def check(deed: Callable[[], None]) -> list[Lock]:
        db.rollback()
        with watched(db.db.engine) as transactions:
            deed()
        assert [fault for locks in transactions for fault in out_of_order(locks)] == []
        return [lock for locks in transactions for lock in locks]

    yield check
    db.rollback()


def with_pin(thread: Thread) -> Actor:
    """The officer's session, with a PIN beside it."""
    actor = thread.officer
    prepared = parking.prepare_pin(actor, PIN)
    with db.unit_of_work():
        parking.choose_pin(actor, member_of(actor), prepared=prepared)
    return actor


def test_a_session_with_a_pin_is_proven_left_and_purged_in_one_order(
    thread: Thread, in_order: Callable[[Callable[[], None]], list[Lock]]
) -> None:
    actor = with_pin(thread)
    tokens: list[str] = []
    seen = in_order(lambda: tokens.append(proof.prove(actor, PASSPHRASE)))
    assert {"member", "parked_session", "member_session"} <= {lock.table for lock in seen}
    proven = actor_for(tokens[0])
    seen = in_order(lambda: signin.sign_out(proven))
    assert [lock.table for lock in seen][:2] == ["parked_session", "member_session"]

    thread.officer = thread.province.worker(thread.police, "police_officer")
    with_pin(thread)

    def purge() -> None:
        with db.unit_of_work():
            db.begin_write()
            assert purge_ended(clock.now() + timedelta(hours=1)) > 0

    assert {"parked_session", "member_session"} <= {lock.table for lock in in_order(purge)}


def test_a_second_agency_ends_sessions_before_it_writes_into_the_chain_of_the_first(
    thread: Thread,
    in_order: Callable[[Callable[[], None]], list[Lock]],
    time_machine_hours: Callable[[float], None],
) -> None:
    with db.unit_of_work():
        head = boss(thread, thread.hospital)
        reenrolment.name_second_agency(head, thread.hospital.agency, second_id=thread.police.id)
    codes: list[str] = []

    def begin() -> None:
        helper = boss(thread, thread.police)
        lost = reenrolment.reenrollable_member(helper, thread.nurse.member_id)
        with db.unit_of_work():
            codes.append(reenrolment.begin_reenrolment(helper, lost)[1])

    assert "member_session" in {lock.table for lock in in_order(begin)}
    with db.unit_of_work():
        accounts.enrol(member_of(thread.nurse).username, codes[0], OTHER)
    time_machine_hours(RENEWAL_DELAY / timedelta(hours=1))
    signin.sign_in("yte.health_worker", OTHER, "")  # waits for the confirmation, and ends with it

    def confirm() -> None:
        helper = boss(thread, thread.police)
        fresh = reenrolment.reenrollable_member(helper, thread.nurse.member_id)
        with db.unit_of_work():
            accounts.confirm_member(helper, fresh, fingerprint_read=accounts.fingerprint_of(fresh))

    assert {"member", "member_session"} <= {lock.table for lock in in_order(confirm)}
