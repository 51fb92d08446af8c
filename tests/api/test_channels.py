"""By the API: the same addresses, hours and counts as on the page."""

import pytest

from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import db
from tests.notices.post import DIGITS, servers

MAIL = {"medium": "email", "address": "thu.dung@example.vn"}


@pytest.fixture
def carried():
    with servers() as both:
        yield both


@pytest.fixture
def app(open_app, carried):
    return open_app(**carried[2])


def _deliver(app):
    with app.app_context():
        perform(job_named("send_letters"))
        db.rollback()


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_an_address_is_given_confirmed_and_given_up(app, carried, sign_in):
    nurse, other = sign_in("health_worker"), sign_in("social_worker")
    wrong = nurse.post("/channels", MAIL | {"address": "thu"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["address"])
    made = nurse.made("/channels", MAIL)
    assert (made["address"], made["is_confirmed"]) == (MAIL["address"], False)
    assert made["code"]["state"] == "pending"
    _deliver(app)
    code = DIGITS.findall(carried[0].mails[-1].message.get_content())[0]
    way = f"/channels/{made['id']}/confirmation"
    assert other.post(way, {"code": code}).status_code == 404
    assert nurse.post(way, {"code": "x"}).json["errors"].keys() == {"code"}
    assert nurse.post(way, {"code": code}).json["is_confirmed"]
    assert nurse.post(way, {"code": code}).status_code == 200  # a second press
    (line,) = nurse.get("/channels").json["items"]
    assert (line["id"], line["is_confirmed"], line["code"]) == (made["id"], True, None)
    assert other.get("/channels").json["items"] == []
    assert other.send("DELETE", f"/channels/{made['id']}").status_code == 404
    assert nurse.send("DELETE", f"/channels/{made['id']}").status_code == 204
    assert nurse.get("/channels").json["items"] == []


def test_quiet_hours_are_told_and_chosen(sign_in):
    nurse = sign_in("health_worker")
    for hours in ({"from_hour": 22, "until_hour": 5}, {"from_hour": 21, "until_hour": 6}):
        assert nurse.put("/quiet-hours", hours).json == hours
        assert nurse.get("/quiet-hours").json == hours
    for hours in ({"from_hour": 24, "until_hour": 5}, {"from_hour": "22", "until_hour": 5}):
        assert nurse.put("/quiet-hours", hours).status_code == 422


def test_who_runs_the_installation_counts_and_nobody_else(sign_in):
    counts = sign_in("system_administrator").get("/letters").json["items"]
    assert [line["medium"] for line in counts] == ["email", "phone"]
    assert set(counts[0]) >= {"waiting", "sent", "failed", "dropped", "last_fault"}
    assert sign_in("health_worker").get("/letters").status_code == 403


def test_notices_tell_what_came_of_their_letters(sign_in):
    for notice in sign_in("health_worker").get("/notices").json["items"]:
        assert notice["letters"] == []
