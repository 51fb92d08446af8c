"""What somebody who left had promised is the circle's again, and somebody is told."""

from datetime import timedelta
from unittest.mock import ANY
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.agencies.named_circles import name_circle
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import Draft
from referral.cases.service import drafts
from referral.followup.model import Task
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, StateConflict
from referral.notices.model import Notice
from referral.referrals import queries
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from tests.cases.district import AGREED
from tests.factories.fixtures import Thread
from tests.factories.province import case_of


def promised(thread: Thread, *, to_circle: bool = False) -> Referral:
    """Accepted by the nurse; her consent is for the hospital, or for that circle of it alone."""
    case = case_of(thread.officer)
    recipient = {"agency_id": thread.hospital.id}
    if to_circle:
        recipient = {"circle_id": thread.hospital.circle_id()}
    with db.unit_of_work():
        cases.record_consent(
            thread.officer,
            case,
            kinds=AGREED,
            purpose="support",
            expires_at=clock.now() + timedelta(days=90),
            answers={"given_by": "survivor", "how": ["written"]},
            **recipient,
        )
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


def named_circle(thread: Thread, *usernames: str) -> UUID:
    """A named circle of the hospital, made by its administrator."""
    boss = thread.province.actor(thread.hospital.administrator)
    ids = [thread.province.actor(name).member_id for name in usernames]
    with db.unit_of_work():
        return name_circle(boss, thread.hospital.agency, member_ids=ids).id


def move(actor: Actor, case_id: UUID, circle_id: UUID) -> None:
    with db.unit_of_work():
        referrals.move_case(actor, cases_read.visible_case(actor, case_id), circle_id=circle_id)


def named(actor: Actor, referral_id: UUID, worker: Actor) -> None:
    with db.unit_of_work():
        row = queries.visible_referral(actor, referral_id)
        referrals.name_worker(actor, row, worker_id=worker.member_id)


@pytest.mark.promise("nobody-waits-for-who-left")
def test_a_case_that_moves_without_who_had_promised_asks_its_new_circle_for_another(
    thread: Thread,
) -> None:
    province, first = thread.province, "yte.health_worker"
    second = province.member(thread.hospital, "health_worker", "yte.second")
    referral = promised(thread)
    others = named_circle(thread, second)
    move(province.actor(second), referral.case_id, others)

    (contact,), (wanted,) = tasks("first_contact"), tasks("reassign")
    assert (contact.member_id, contact.circle_id) == (None, others)
    assert (wanted.object_id, wanted.circle_id) == (referral.id, others)
    told = select(Notice.circle_id).where(Notice.kind == "reassign_wanted")
    assert db.session().scalars(told).all() == [others]
    mine, left_out = province.actor(second), province.actor(first)
    assert wanted.id in {task.id for task in visible_tasks(mine)}
    assert wanted.id not in {task.id for task in visible_tasks(left_out)}

    row = queries.visible_referral(mine, referral.id)
    assert [m.id for m in queries.possible_workers(mine, row)] == [mine.member_id]
    for nobody in (left_out, province.actor(thread.hospital.administrator), thread.officer):
        with pytest.raises(InvalidInput):
            named(province.actor(second), referral.id, nobody)
    named(province.actor(second), referral.id, mine)
    assert not tasks("reassign")
    assert [task.member_id for task in tasks("first_contact")] == [mine.member_id]

    both = named_circle(thread, first, second)
    move(province.actor(second), referral.case_id, both)
    assert not tasks("reassign"), "who had promised goes along"
    assert db.session().get_one(Referral, referral.id).worker_id == mine.member_id


@pytest.mark.promise("nobody-waits-for-who-left")
def test_nobody_is_asked_for_what_is_over_or_ends_with_the_move(thread: Thread) -> None:
    """One is done; the other rests on a consent for the old circle alone."""
    province = thread.province
    second = province.member(thread.hospital, "health_worker", "yte.second")
    thread.hospital.users["health_worker"] = "yte.health_worker"
    done = promised(thread)
    with db.unit_of_work():
        referrals.complete_referral(thread.nurse, done)
    move(province.actor(second), done.case_id, named_circle(thread, second))
    bound = promised(thread, to_circle=True)
    move(province.actor(second), bound.case_id, named_circle(thread, second))
    db.session().expire_all()
    assert db.session().get_one(Referral, bound.id).state == "withdrawn"
    assert not tasks("reassign")


@pytest.mark.promise("nobody-waits-for-who-left")
@pytest.mark.parametrize(("role", "goes_on"), [("night_keeper", False), ("supervisor", True)])
def test_who_works_on_no_case_any_more_has_promised_nothing_and_keeps_no_draft(
    thread: Thread, role: str, goes_on: bool
) -> None:
    referral = promised(thread)
    with db.unit_of_work():
        place = f"needs:{referral.case_id}"
        drafts.save_draft(thread.nurse, None, place=place, typed={"other_needs": ["sữa"]})
    boss = thread.province.actor(thread.hospital.administrator)
    with db.unit_of_work():
        row = db.session().get_one(Member, thread.nurse.member_id)
        accounts.change_roles(boss, row, role=role)

    (contact,), wanted = tasks("first_contact"), tasks("reassign")
    worker = thread.nurse.member_id if goes_on else None
    assert db.session().get_one(Referral, referral.id).worker_id == worker
    assert (contact.member_id, len(wanted)) == (worker, 0 if goes_on else 1)
    assert db.session().scalars(select(Draft.id)).all() == ([ANY] if goes_on else [])
