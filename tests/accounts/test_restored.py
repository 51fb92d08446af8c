"""After a restore with a gap every account waits, and only an administrator lets a colleague in."""

import pytest

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.accounts.queries import member_by_username
from referral.accounts.restoring import confirm_administrator, digits_of_administrator
from referral.agencies.directory import stated_member
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, NotPermitted, NotVerified
from tests.factories.fixtures import Thread
from tests.factories.gap import restore_with_gap
from tests.factories.province import House

pytestmark = pytest.mark.heavy
SUPERVISOR = "congan.supervisor"


def waiting(username: str) -> Member:
    """Somebody who was let in before the restore, and is not any more."""
    db.rollback()
    db.session().expire_all()
    row = member_by_username(username)
    assert row is not None
    assert row.state == "enrolled"
    return row


def confirm(actor: Actor, username: str) -> None:
    row = waiting(username)
    with db.unit_of_work():
        accounts.confirm_member(actor, row, fingerprint_read=accounts.fingerprint_of(row))


def let_in_by_the_root(thread: Thread, house: House) -> Actor:
    member_id, digits = digits_of_administrator(house.id, house.administrator)
    db.rollback()
    confirm_administrator(thread.province.root, house.id, member_id, digits=digits)
    return thread.province.actor(house.administrator)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_an_administrator_lets_colleagues_in_again_with_the_role_that_the_log_states(
    thread: Thread,
) -> None:
    police, name = thread.police, thread.police.users["police_officer"]
    restore_with_gap()
    boss = let_in_by_the_root(thread, police)
    member_id = waiting(name).id
    with db.unit_of_work():  # what a writer puts into the row is not believed
        db.begin_write()
        db.session().get_one(Member, member_id).role = "supervisor"
    confirm(boss, name)
    officer = thread.province.actor(name)
    stated = stated_member(police.id, member_id)
    assert stated is not None
    assert (stated.role, officer.role) == ("police_officer", "police_officer")
    assert officer.permissions == thread.officer.permissions


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_nobody_but_a_confirmed_administrator_of_the_agency_lets_somebody_in(
    thread: Thread,
) -> None:
    province, police = thread.province, thread.police
    name = police.users["police_officer"]
    restore_with_gap()
    for early in (name, police.administrator, SUPERVISOR):  # each of them waits as well
        with pytest.raises(NotPermitted):
            confirm(province.actor(early), SUPERVISOR)
    with pytest.raises(NotFound):
        digits_of_administrator(police.id, name)
    officer = waiting(name)
    digits = accounts.fingerprint_of(officer)
    with pytest.raises(NotVerified):  # not even with the root's own signature
        confirm_administrator(province.root, police.id, officer.id, digits=digits)

    boss = let_in_by_the_root(thread, police)
    confirm(boss, name)
    stranger = let_in_by_the_root(thread, thread.hospital)
    for other in (province.actor(name), stranger):
        with pytest.raises(NotPermitted):
            confirm(other, SUPERVISOR)
    confirm(boss, SUPERVISOR)
    assert province.actor(SUPERVISOR).permissions == thread.supervisor.permissions
