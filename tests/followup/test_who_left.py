"""What somebody who left had promised is the circle's again, and somebody is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.followup.model import Task
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, StateConflict
from referral.notices.model import Notice
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from tests.cases.district import AGREED
from tests.factories.fixtures import Thread
from tests.factories.province import case_of, consent_of


def promised(thread: Thread) -> Referral:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    with db.unit_of_work():
        sent = referrals.send_referral(
            thread.officer,
            case,
            kind="service",
            circle_id=thread.hospital.circle_id(),
            urgency="p1",
            kinds=AGREED,
            summary={"reason": "Cần khám trong ngày."},
        )
    with db.unit_of_work():
        return referrals.accept_referral(
            thread.nurse,
            sent,
            worker_id=thread.nurse.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def tasks(kind: str) -> list[Task]:
    db.rollback()
    db.session().expire_all()
    query = select(Task).where(Task.kind == kind, Task.state == "open")
    return list(db.session().scalars(query))


@pytest.mark.promise("nobody-waits-for-who-left")
def test_what_who_left_had_promised_is_given_to_somebody_else(thread: Thread) -> None:
    province = thread.province
    chief = province.member(thread.hospital, "supervisor", "yte.chief")
    thread.hospital.users["health_worker"] = "yte.health_worker"
    referral = promised(thread)
    boss = province.actor(thread.hospital.administrator)
    gone = db.session().get_one(Member, thread.nurse.member_id)
    with db.unit_of_work():
        accounts.remove_member(boss, gone)

    row = db.session().get_one(Referral, referral.id)
    (contact,), (wanted,) = tasks("first_contact"), tasks("reassign")
    assert (row.worker_id, row.state, contact.member_id) == (None, "accepted", None)
    assert wanted.object_id == referral.id
    head = province.actor(chief)
    told = db.session().scalars(
        select(Notice.member_id).where(Notice.kind == "reassign_wanted")
    ).all()  # fmt: skip
    assert set(told) == {head.member_id}

    with pytest.raises(InvalidInput), db.unit_of_work():
        referrals.name_worker(head, row, worker_id=gone.id)
    with db.unit_of_work():
        referrals.name_worker(
            head, db.session().get_one(Referral, row.id), worker_id=head.member_id
        )
    assert not tasks("reassign")
    assert [task.member_id for task in tasks("first_contact")] == [head.member_id]
    assert db.session().get_one(Referral, row.id).worker_id == head.member_id


def test_nobody_is_named_for_what_is_over_or_not_yet_accepted(thread: Thread) -> None:
    referral = promised(thread)
    with db.unit_of_work():
        referrals.complete_referral(thread.nurse, referral)
    with pytest.raises(StateConflict), db.unit_of_work():
        referrals.name_worker(thread.nurse, referral, worker_id=thread.nurse.member_id)
