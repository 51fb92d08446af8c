"""A second agency that was given up in a lost time is not brought back by a restore."""

import pytest
from sqlalchemy import delete

from referral.accounts.model import Member
from referral.accounts.reenrolment import (
    begin_reenrolment,
    entrusted_agencies,
    name_second_agency,
)
from referral.agencies.directory import append
from referral.audit.model import Tombstone
from referral.audit.tombstones import Ended
from referral.kernel import clock, db
from referral.kernel.errors import NotPermitted, NotVerified
from referral.vault.keys import keyring_of
from tests.cli.test_lost_changes import keeper, tombstones
from tests.factories.fixtures import Thread
from tests.factories.gap import ended, restore_with


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_second_agency_that_was_named_no_more_gives_no_new_keys_after_a_restore(
    thread: Thread,
) -> None:
    """Nor one in whose place another was named; whoever is named from then on does."""
    member_id, ours = thread.supervisor.member_id, thread.police.agency
    assert member_id is not None
    for second_id in (thread.hospital.id, thread.clinic.id, None, None):
        with db.unit_of_work():
            name_second_agency(keeper(thread), ours, second_id=second_id)
    assert tombstones() == [("second", ours.id)] * 2, "the first takes nothing from anybody"
    with db.unit_of_work():  # as the backup has it
        name_second_agency(keeper(thread), ours, second_id=thread.hospital.id)
        db.session().execute(delete(Tombstone))
    restore_with(ended(Ended.SECOND, ours.id))

    helper = thread.province.actor(thread.hospital.administrator)
    assert entrusted_agencies(helper) == []
    row = db.session().get_one(Member, member_id)
    with pytest.raises(NotPermitted), db.unit_of_work():
        begin_reenrolment(helper, row)
    keys = keyring_of(helper)
    db.begin_write()
    with pytest.raises(NotVerified):
        append(keys, ours.id, at=clock.now(), kind="renewal_begun", payload=(member_id,))
    db.rollback()
    with db.unit_of_work():
        name_second_agency(keeper(thread), ours, second_id=thread.hospital.id)
    assert {kind for kind, _ in tombstones()} == {"second"}, "as the restore has kept it"
    helper = thread.province.actor(thread.hospital.administrator)
    assert [row.id for row in entrusted_agencies(helper)] == [ours.id]
    with db.unit_of_work():
        begin_reenrolment(helper, db.session().get_one(Member, member_id))
