"""Who runs the installation sees when each job ran last, and what is late; nobody else does."""

from datetime import timedelta
from typing import Any

import pytest

from referral.jobs import journal, lease
from referral.jobs.schedule import SCHEDULE
from referral.kernel import db
from referral.kernel.clock import clock
from tests.api.conftest import Caller


@pytest.fixture
def operator(sign_in: Any) -> Caller:
    caller: Caller = sign_in("system_administrator")
    return caller


def state_of(caller: Caller) -> dict[str, dict[str, Any]]:
    return {job["id"]: job for job in caller.get("/jobs").json["jobs"]}


def page_of(app: Any, caller: Caller) -> str:
    cookie = {"Cookie": f"session-token={caller.token}; __Host-session={caller.token}"}
    answer = app.test_client(use_cookies=False).get("/jobs", headers=cookie)
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def test_a_job_that_never_ran_or_failed_is_shown_as_such(app: Any, operator: Caller) -> None:
    with app.app_context(), db.unit_of_work():
        for job_id, outcome in (("remind_due", journal.FAILED), ("purge_sessions", journal.DONE)):
            journal.note_start(job_id)
            journal.note_end(job_id, outcome, 4)
    told = state_of(operator)
    assert set(told) == {job.id for job in SCHEDULE}
    assert (told["remind_due"]["outcome"], told["remind_due"]["is_late"]) == ("failed", False)
    assert (told["purge_sessions"]["outcome"], told["purge_sessions"]["count"]) == ("done", 4)
    assert (told["ship_tombstones"]["outcome"], told["ship_tombstones"]["is_late"]) == (
        "never",
        True,
    )
    page = page_of(app, operator)
    assert "Nhắc các việc đã đến hạn" in page
    assert "Không có tiến trình nào" in page


def test_a_job_is_late_after_three_of_its_intervals(
    app: Any, operator: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), db.unit_of_work():
        journal.note_start("remind_due")
        journal.note_end("remind_due", journal.DONE, 0)
        lease.take("somebody", timedelta(minutes=1))
    assert operator.get("/jobs").json["is_working"]
    assert not state_of(operator)["remind_due"]["is_late"]
    monkeypatch.setattr(clock, "shift", clock.shift + timedelta(minutes=4))
    assert state_of(operator)["remind_due"]["is_late"]
    assert not operator.get("/jobs").json["is_working"]


def test_nobody_else_sees_how_the_jobs_stand(sign_in: Any) -> None:
    assert sign_in("congan.admin").get("/jobs").status_code == 403
