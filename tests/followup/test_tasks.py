"""Following up: what was done is written, the next day is set, and a task reminds once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from referral.cases.service import read_case
from referral.followup import service, tasks
from referral.followup.kinds import TaskKind
from referral.followup.queries import visible_task, visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, StateConflict
from referral.notices.queries import visible_notices
from tests.factories.province import case_of
from tests.followup.conftest import SECTIONS

pytestmark = pytest.mark.heavy

DAY = timedelta(days=1)


def _answers(next_on):
    return {
        "met_on": clock.today().isoformat(),
        "meeting": "phone",
        "next_on": next_on.isoformat(),
    }


def _record(actor, case, next_on):
    with db.unit_of_work():
        return service.record_follow_up(actor, case, answers=_answers(next_on))


def _follow_ups(actor):
    return [task for task in visible_tasks(actor) if task.kind == "follow_up"]


def _reminders(actor):
    return [notice for notice in visible_notices(actor) if notice.kind == "task_due"]


def _remind():
    with db.unit_of_work():
        return service.remind_due(SYSTEM, None)


def test_a_follow_up_is_written_and_the_next_is_due_in_the_morning(commune):
    next_on = clock.today() + 7 * DAY
    task = _record(commune.officer, commune.case, next_on)
    nine = datetime(
        next_on.year, next_on.month, next_on.day, 9, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")
    )
    assert task.due_at == nine
    with db.unit_of_work():
        section = read_case(commune.officer, commune.case).section("follow_up")
    assert section is not None
    assert section.answers["next_on"] == next_on.isoformat()


def test_the_follow_up_that_was_due_is_done_by_the_next(commune):
    first = _record(commune.officer, commune.case, clock.today())
    second = _record(commune.officer, commune.case, clock.today() + DAY)
    assert [task.id for task in _follow_ups(commune.officer)] == [second.id]
    assert visible_task(commune.officer, first.id).state == "done"


def test_the_next_follow_up_lies_ahead_and_what_was_done_behind(commune):
    past = _answers(clock.today() - DAY) | {"met_on": (clock.today() + DAY).isoformat()}
    with pytest.raises(InvalidInput) as refused, db.unit_of_work():
        service.record_follow_up(commune.officer, commune.case, answers=past)
    assert set(refused.value.fields) == {"next_on", "met_on"}
    assert _follow_ups(commune.officer) == []


def test_only_the_custodian_follows_up(commune):
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.record_follow_up(commune.nurse, commune.case, answers=_answers(clock.today() + DAY))
    assert _follow_ups(commune.officer) == []


def test_a_task_can_be_ticked_off_once(commune):
    (task,) = visible_tasks(commune.officer)
    row = visible_task(commune.officer, task.id)
    with db.unit_of_work():
        service.complete_task(commune.officer, row)
    assert visible_tasks(commune.officer) == []
    with pytest.raises(StateConflict), db.unit_of_work():
        service.complete_task(commune.officer, row)


def test_a_follow_up_is_done_only_by_recording_it(commune):
    task = _record(commune.officer, commune.case, clock.today())
    with pytest.raises(StateConflict), db.unit_of_work():
        service.complete_task(commune.officer, task)


@pytest.mark.promise("unseen-case-does-not-exist")
def test_another_agencys_task_does_not_exist(commune):
    (task,) = visible_tasks(commune.officer)
    assert visible_tasks(commune.nurse) == []
    with pytest.raises(NotFound):
        visible_task(commune.nurse, task.id)
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.complete_task(commune.nurse, visible_task(commune.officer, task.id))


def test_a_task_reminds_when_it_is_due_and_only_once(commune):
    _record(commune.officer, commune.case, clock.today() + 7 * DAY)
    assert _remind() == 0
    with time_machine.travel(clock.now() + 8 * DAY):
        assert _remind() == 2  # the hand-over and the follow-up
        assert _remind() == 0
        assert len(_reminders(commune.officer)) == 2
        assert {notice.object_id for notice in _reminders(commune.officer)} == {commune.case.id}
    assert _reminders(commune.nurse) == []


def test_a_task_that_is_over_reminds_nobody(commune):
    tasks_of_case = tasks.open_tasks(commune.case.id)
    assert len(tasks_of_case) == 1
    with db.unit_of_work():
        db.begin_write()
        tasks.complete(tasks_of_case)
    with time_machine.travel(clock.now() + 8 * DAY):
        assert _remind() == 0


def test_a_member_named_is_reminded_alone(commune):
    case = case_of(commune.social_worker, **SECTIONS)
    with db.unit_of_work():
        db.begin_write()
        tasks.open_task(
            TaskKind.FIRST_CONTACT,
            case.id,
            commune.police.circle_id(),
            due_at=clock.now(),
            member_id=commune.supervisor.member_id,
        )
    assert _remind() == 1
    assert len(_reminders(commune.supervisor)) == 1
    assert _reminders(commune.officer) == []


def test_a_person_cannot_run_the_job(commune):
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.remind_due(commune.officer, None)


def test_every_kind_is_named_in_both_languages():
    assert all(kind.label_vi and kind.label_en for kind in TaskKind)
    assert all(kind.label_vi and kind.label_en for kind in TaskKind)
