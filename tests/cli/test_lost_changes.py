"""Changes that only the lost server knew: a restore with its tombstones undoes none in silence."""

import pytest
from sqlalchemy import select

from referral.accounts.events import PassphraseChanged
from referral.accounts.signin import sign_in
from referral.audit.model import Tombstone
from referral.audit.shipments import Buried
from referral.audit.tombstones import Ended
from referral.kernel import db, events
from referral.kernel.errors import InvalidInput
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
