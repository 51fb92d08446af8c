"""A draft that nobody touches is deleted, and never without a week's notice to its writer."""

from datetime import timedelta

import pytest

from referral.cases.model import Draft, DraftBody
from referral.cases.queries import visible_drafts
from referral.cases.service import discard_draft, purge_drafts, read_draft, save_draft
from referral.kernel import db
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import NotPermitted
from referral.notices.queries import visible_notices
from tests.factories.fixtures import HOUSES

PLACE = "incident_report"
TYPED = {"least_facts": ["Hàng xóm gọi lúc tối."]}
DAY = 24


def _save(actor, place=PLACE):
    with db.unit_of_work():
        save_draft(actor, None, place=place, typed=TYPED)


def _purge():
    with db.unit_of_work():
        return purge_drafts(SYSTEM, None)


def _told(actor):
    return [line for line in visible_notices(actor) if line.kind == "draft_ends"]


def _places(actor):
    return [line.place for line in visible_drafts(actor)]


@pytest.mark.promise("nothing-typed-is-lost")
def test_the_writer_is_told_a_week_before_and_then_it_is_gone(thread, time_machine_hours):
    _save(thread.officer)
    time_machine_hours(22 * DAY)
    assert _purge() == 0
    time_machine_hours(DAY + 1)
    assert _purge() == 1
    (notice,) = _told(thread.officer)
    assert (notice.object_kind, _told(thread.supervisor)) == ("draft", [])
    time_machine_hours(7 * DAY - 2)
    assert _purge() == 0
    assert _places(thread.officer) == [PLACE]
    time_machine_hours(2)
    assert _purge() == 2, "the draft, and the notice that leads nowhere any more"
    assert _places(thread.officer) == []
    assert _told(thread.officer) == []
    assert db.session().query(DraftBody).count() == 0


@pytest.mark.promise("nothing-typed-is-lost")
def test_nothing_goes_without_its_week_however_late_the_job_is(thread, time_machine_hours):
    _save(thread.officer)
    time_machine_hours(400 * DAY)
    assert _purge() == 1
    time_machine_hours(6 * DAY)
    assert _purge() == 0
    with db.unit_of_work():
        assert read_draft(thread.officer, None, place=PLACE) == TYPED


@pytest.mark.promise("nothing-typed-is-lost")
def test_saving_it_once_more_begins_anew_and_takes_the_notice_back(thread, time_machine_hours):
    _save(thread.officer)
    time_machine_hours(24 * DAY)
    _purge()
    _save(thread.officer)
    assert _purge() == 1
    assert _told(thread.officer) == []
    time_machine_hours(8 * DAY)
    assert _purge() == 0
    assert _places(thread.officer) == [PLACE]
    time_machine_hours(16 * DAY)
    assert _purge() == 1
    assert len(_told(thread.officer)) == 1


def test_only_what_was_not_touched_goes(thread, time_machine_hours):
    _save(thread.officer)
    _save(thread.nurse)
    time_machine_hours(25 * DAY)
    _purge()
    _save(thread.nurse)
    time_machine_hours(8 * DAY)
    _purge()
    assert (_places(thread.officer), _places(thread.nurse)) == ([], [PLACE])


def test_a_notice_about_a_draft_that_was_dropped_is_taken_back(thread, time_machine_hours):
    _save(thread.officer)
    time_machine_hours(25 * DAY)
    _purge()
    with db.unit_of_work():
        discard_draft(thread.officer, None, place=PLACE)
    assert _purge() == 1
    assert _told(thread.officer) == []


def test_the_installation_says_after_how_many_days(settle, time_machine_hours):
    province = settle(HOUSES, DRAFT_DAYS="10").province
    officer = province.worker(province.houses["congan"], "police_officer")
    _save(officer)
    (line,) = visible_drafts(officer)
    assert line.kept_until - line.saved_at == timedelta(days=10)
    time_machine_hours(4 * DAY)
    assert _purge() == 1
    time_machine_hours(7 * DAY)
    _purge()
    assert db.session().query(Draft).count() == 0


def test_nobody_but_the_system_purges(thread):
    with pytest.raises(NotPermitted), db.unit_of_work():
        purge_drafts(thread.officer, None)
