"""Changes that only the lost server knew: a restore with its tombstones undoes none in silence."""

import pytest
from sqlalchemy import delete, select

from referral.accounts import service as accounts
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.audit.model import Tombstone
from referral.audit.shipments import Buried
from referral.audit.tombstones import Ended
from referral.kernel import db, events
from referral.kernel.errors import InvalidInput
from referral.vault.keys import Keyring
from tests.factories.fixtures import Thread
from tests.factories.gap import ended, restore_with
from tests.factories.province import PASSPHRASE


def signs_in(username: str) -> bool:
    try:
        sign_in(username, PASSPHRASE, "")
    except InvalidInput:
        return False
    return True


def test_what_a_backup_knows_has_no_consequences_again(thread: Thread) -> None:
    """The folder holds every file there ever was: a passphrase changed long ago is the one in use.

    What a restore learns is known to the backups after it, too.
    """
    nurse = thread.nurse.member_id
    assert nurse is not None
    with db.unit_of_work():
        db.begin_write()
        events.publish(PassphraseChanged(nurse))
    row = db.session().scalars(select(Tombstone).where(Tombstone.subject_id == nurse)).one()
    restore_with(Buried(row.kind, row.subject_id, row.case_id, row.at))
    assert signs_in("yte.health_worker")
    lost = ended(Ended.PASSPHRASE, nurse)
    other = thread.other_nurse.member_id
    assert other is not None
    restore_with(lost, ended(Ended.PASSPHRASE, other))
    assert not signs_in("yte.health_worker")
    assert not signs_in("tram.health_worker")
    known = select(Tombstone.at).where(Tombstone.subject_id == nurse)
    assert lost.at in set(db.session().scalars(known))
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_role_that_was_taken_away_comes_back_only_by_the_administrators_word(
    thread: Thread,
) -> None:
    """The file does not say which it was: who lost one waits, and is named anew with others."""
    province, chief = thread.province, thread.supervisor
    member_id = chief.member_id
    assert member_id is not None
    boss = province.actor(thread.police.administrator)
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        accounts.change_roles(boss, row, role="supervisor+police_officer")  # takes nothing away
        accounts.change_roles(boss, row, role="police_officer")
    row = db.session().scalars(select(Tombstone).where(Tombstone.subject_id == member_id)).one()
    lost = Buried(row.kind, row.subject_id, row.case_id, row.at)
    assert (lost.kind, lost.case_id) == ("role", None)
    with db.unit_of_work():  # as the backup has it: the role of before, and no word of its end
        db.session().delete(db.session().get_one(Tombstone, row.id))
        row = db.session().get_one(Member, member_id)
        accounts.change_roles(boss, row, role="supervisor")
        db.session().execute(delete(Tombstone).where(Tombstone.subject_id == member_id))
    restore_with(lost)
    chief = actor_for(sign_in("congan.supervisor", PASSPHRASE, ""))
    assert (chief.permissions, chief.keys) == (frozenset(), None)
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Member, member_id).state = "active"  # a writer to the table
    assert not signs_in("congan.supervisor")
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Member, member_id).state = "enrolled"
    assert signs_in("congan.police_officer")
    boss = province.actor(thread.police.administrator)
    row = db.session().get_one(Member, member_id)
    read = accounts.fingerprint_of(row)
    with pytest.raises(InvalidInput), db.unit_of_work():
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=["duty_officer"])
    db.rollback()
    with db.unit_of_work():
        row = db.session().get_one(Member, member_id)
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=["police_officer"])
    chief = actor_for(sign_in("congan.supervisor", PASSPHRASE, ""))
    assert chief.role == "police_officer"
    assert isinstance(chief.keys, Keyring)
    assert chief.keys.holds(thread.police.circle_id())
