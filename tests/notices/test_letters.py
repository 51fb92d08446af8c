"""What goes out to whom and when; nothing after what it was about is over."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from referral.accounts.queries import member_by_username, oneself
from referral.accounts.service import change_roles, remove_member
from referral.audit.model import AuditEntry
from referral.cases import service as cases
from referral.cases.model import CaseFile, SharingBasis
from referral.followup.service import complete_task
from referral.followup.tasks import open_tasks
from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import clock, db, deployment
from referral.kernel.ids import new_id
from referral.kernel.instance import EPOCH, instance
from referral.notices import channels
from referral.notices.kinds import Medium, NoticeKind
from referral.notices.model import Channel
from referral.notices.queries import visible_notice, visible_notices
from referral.notices.service import mark_read
from referral.notices.service import post as post_notice
from referral.referrals.service import accept_referral, cancel_referral
from tests.factories.province import case_of
from tests.notices.post import NUMBER, NURSE, OFFICER, pass_by

DUE = job_named("remind_due")


def _night():
    """Twelve hours after noon."""
    pass_by(hours=12)


def _accepted(post, referral):
    with db.unit_of_work():
        accept_referral(
            post.nurse,
            referral,
            worker_id=post.nurse.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def test_each_member_of_the_circle_is_told_by_each_confirmed_way_once(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    post.reach(post.officer, Medium.EMAIL, OFFICER)
    post.send()
    assert post.fates() == [("pending", None)] * 2
    assert post.deliver() == 2
    assert post.told() == [NURSE, NUMBER]
    assert post.fates() == [("sent", None)] * 2
    assert post.deliver() == 0
    assert post.told() == []


def test_letters_are_written_with_their_notice_or_not_at_all(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    db.begin_write()
    post_notice(post.hospital.circle_id(), NoticeKind.LOG_DIFFERS, "log", new_id())
    db.rollback()
    assert post.letters() == []
    post.deliver()
    assert post.told() == []


def test_a_run_leaves_one_entry_of_the_log_and_one_that_found_nothing_none(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)

    def entries():
        query = select(func.count()).where(AuditEntry.operation == "jobs.send_letters")
        return db.session().scalar(query)

    before = entries()
    post.send()
    post.deliver()
    post.deliver()
    assert entries() == before + 1


@pytest.mark.parametrize(
    ("urgency", "at_night"), [("p0", True), ("p1", True), ("p2", False), ("p3", False)]
)
def test_at_night_only_what_cannot_wait_goes_out(post, urgency, at_night):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    _night()
    post.send(urgency)
    post.deliver()
    assert post.told() == ([NUMBER] if at_night else [])
    pass_by(hours=5.9)
    post.deliver()
    assert post.told() == []
    pass_by(hours=0.2)
    post.deliver()
    assert post.told() == ([] if at_night else [NUMBER])


def test_what_came_in_overnight_is_told_once_in_the_morning(post):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    _night()
    for _ in range(3):
        post.send()
    pass_by(hours=7)
    post.deliver()
    assert post.told() == [NUMBER]
    assert sorted(post.fates()) == [("dropped", "told")] * 2 + [("sent", None)]
    pass_by(minutes=1)
    post.send()
    post.deliver()
    assert post.told() == [NUMBER]


def test_what_cannot_wait_is_told_each_time(post):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    for _ in range(2):
        post.send("p0")
    post.deliver()
    assert post.told() == [NUMBER] * 2


def test_quiet_hours_are_the_member_s_own(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    with db.unit_of_work():
        channels.choose_quiet_hours(post.nurse, oneself(post.nurse), from_hour=12, until_hour=14)
    post.send()
    post.deliver()
    assert post.told() == []
    with db.unit_of_work():
        channels.choose_quiet_hours(post.nurse, oneself(post.nurse), from_hour=0, until_hour=0)
    pass_by(hours=2)
    post.deliver()
    assert post.told() == [NURSE]


def _withdraw(post, referral):
    case = db.session().get_one(CaseFile, referral.case_id)
    given = select(SharingBasis.id).where(SharingBasis.case_id == case.id)
    with db.unit_of_work():
        cases.withdraw_consent(post.officer, case, basis_id=db.session().scalars(given).one())


def _cancel(post, referral):
    with db.unit_of_work():
        cancel_referral(post.officer, referral)


def _read(post, _referral):
    with db.unit_of_work():
        line = visible_notices(post.nurse)[0]
        mark_read(post.nurse, visible_notice(post.nurse, line.id))


def _give_up(post, _referral):
    with db.unit_of_work():
        for row in db.session().scalars(select(Channel)).all():
            channels.remove_channel(post.nurse, row)


ENDS = {
    "withdrawn": (_withdraw, [("dropped", "over")]),
    "cancelled": (_cancel, [("dropped", "over")]),
    "answered": (_accepted, [("dropped", "over")]),
    "seen": (_read, [("dropped", "read")]),
    "given up": (_give_up, []),
}


@pytest.mark.promise("nothing-sent-after-a-withdrawal")
@pytest.mark.parametrize("end", ENDS)
def test_nothing_goes_out_after_what_it_was_about_is_over(post, end):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    over, fates = ENDS[end]
    _night()
    referral = post.send()
    over(post, referral)
    pass_by(hours=8)
    post.deliver()
    assert post.told() == []
    assert post.fates()[: len(fates)] == fates
    post.send()  # another one, of which nothing is over
    post.deliver()
    assert post.told() == ([] if end == "given up" else [NURSE])


@pytest.mark.promise("nothing-sent-after-a-withdrawal")
def test_nothing_goes_out_of_an_accepted_referral_after_the_withdrawal(post):
    """Neither what waited, nor that it ended: who was asked finds that in the system."""
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.reach(post.officer, Medium.EMAIL, OFFICER)
    referral = post.send()
    _accepted(post, referral)
    _withdraw(post, referral)
    post.deliver()
    assert post.told() == []
    assert {state for state, _ in post.fates()} == {"dropped"}
    kinds = [line.kind for line in visible_notices(post.nurse)]
    assert "referral_ended" in kinds
    pass_by(hours=2)  # the first contact was promised within one
    perform(DUE)
    post.deliver()
    assert post.told() == []


@pytest.mark.promise("nothing-sent-after-a-withdrawal")
def test_nothing_goes_to_who_has_left(post):
    """Removed from the agency: the address is deleted with the account."""
    second = post.province.member(post.hospital, "social_worker", "yte.second")
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.reach(post.province.actor(second), Medium.EMAIL, OFFICER)
    _night()
    post.send()
    nurse = member_by_username(post.hospital.users["health_worker"])
    with db.unit_of_work():
        remove_member(post.province.actor(post.hospital.administrator), nurse)
    assert db.session().scalar(select(func.count(Channel.id))) == 1
    pass_by(hours=8)
    post.deliver()
    assert post.told() == [OFFICER]


def test_nothing_goes_to_who_was_told_in_the_name_of_a_circle_and_left_it(post):
    """The log decides, at the moment of sending."""
    second = post.province.member(post.hospital, "social_worker", "yte.second")
    post.reach(post.province.actor(second), Medium.EMAIL, OFFICER)
    _night()
    post.send()
    boss = post.province.actor(post.hospital.administrator)
    with db.unit_of_work():
        change_roles(boss, member_by_username(second), role="privacy_officer")
    pass_by(hours=8)
    post.deliver()
    assert post.told() == [OFFICER]  # that the roles have changed
    assert sorted(post.fates()) == [("dropped", "not_theirs"), ("sent", None)]


def test_after_a_restore_every_address_is_confirmed_anew(post):
    """Who gave an address up after the backup was made is not written to again."""
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    _night()
    post.send()
    epoch = deployment.current().epoch + 1
    instance.write(EPOCH, str(epoch).encode())
    with db.unit_of_work():
        db.begin_write()
        deployment.raise_epoch(epoch)
    pass_by(hours=8)
    post.deliver()
    assert post.told() == []
    assert post.fates() == [("dropped", "not_theirs")]


def test_a_task_that_is_done_is_not_reminded_of_outside(post):
    post.reach(post.officer, Medium.EMAIL, OFFICER)
    case = case_of(post.officer, needs={"needs": ["health_care"]})
    _night()
    with db.unit_of_work():
        db.begin_write()
        for task in open_tasks(case.id):
            task.due_at = clock.now()
    perform(DUE)
    assert post.fates() == [("pending", None)] * len(open_tasks(case.id))
    with db.unit_of_work():
        for task in open_tasks(case.id):
            complete_task(post.officer, task)
    pass_by(hours=8)
    post.deliver()
    assert post.told() == []
    assert set(post.fates()) == {("dropped", "over")}


def test_a_due_task_of_an_emergency_passes_over_quiet_hours(post):
    post.reach(post.officer, Medium.EMAIL, OFFICER)
    post.send("p0")
    _night()
    perform(DUE)
    post.deliver()
    assert OFFICER in post.told()
