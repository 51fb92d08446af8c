"""The same end on pages, in the API and in the root's command: how a department does it."""

import re
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from referral.agencies import succession
from referral.kernel import db
from referral.kernel.instance import ROOT_SEALED, instance
from tests.factories.province import PASSPHRASE, ROOT_PASSPHRASE, case_of, consent_of
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, on
from tests.succession.test_what_passes import AGREED, SUMMARY, send

ANOTHER = "Lập phương án khác"
DIGITS = re.compile(r"(?:\d{4} ){11}\d{4}")


@pytest.fixture
def engine_name() -> str:
    """What pages and API add to the operations is the same on both engines."""
    return "sqlite"


class Browser:
    """A browser without script, signed in by the form; each request has a context of its own."""

    def __init__(self, reform: Reform, username: str) -> None:
        settings = reform.app.config["REFERRAL_SETTINGS"]
        reform.app.config["REFERRAL_SETTINGS"] = replace(settings, secure_cookies=False)
        reform.app.config["WTF_CSRF_ENABLED"] = False
        self.app, self.client = reform.app, reform.app.test_client()
        answer = self.post("/sign-in", data={"username": username, "passphrase": PASSPHRASE})
        assert answer.status_code == 303, answer.text

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, **sent: Any) -> Any:
        return self._ask("POST", path, **sent)

    def _ask(self, method: str, path: str, **sent: Any) -> Any:
        db.rollback()
        with self.app.app_context():
            return self.client.open(path, method=method, **sent)


class Api:
    """A client of the API with a bearer token."""

    def __init__(self, reform: Reform, username: str) -> None:
        self.client = reform.app.test_client()
        told = self.client.post(
            "/api/v1/sessions", json={"username": username, "passphrase": PASSPHRASE}
        )
        assert told.status_code == 201, told.text
        self.headers = {"Authorization": f"Bearer {told.json['token']}"}

    def __call__(self, method: str, path: str, **sent: Any) -> Any:
        db.rollback()
        return self.client.open(f"/api/v1{path}", method=method, headers=self.headers, **sent)


def countersign(reform: Reform, digits: str) -> str:
    runner = reform.app.test_cli_runner()
    assert instance.read(ROOT_SEALED) is not None
    told = runner.invoke(
        args=[
            "directory", "succession", str(reform.district.id), "--countersign",
            "--digits", digits, "--passphrase", ROOT_PASSPHRASE,
        ]
    )  # fmt: skip
    db.rollback()
    return str(told.output)


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_department_ends_by_its_pages_and_the_successor_accepts_on_the_page(
    reform: Reform,
) -> None:
    on(date(2025, 6, 25))
    case = case_of(reform.nurse)
    consent_of(reform.nurse, case, agency_id=reform.district.id, kinds=AGREED)
    referral = send(reform.nurse, case, reform.district)
    circle, heir = reform.district.circle_id(), reform.ward.circle_id()
    administrator = Browser(reform, reform.district.administrator)
    assert administrator.get("/succession").status_code == 200
    typed = {"on": "01/07/2025", f"heir-{circle}": "nowhere"}
    assert administrator.post("/succession", data=typed).status_code == 422
    typed[f"heir-{circle}"] = str(heir)
    assert administrator.post("/succession", data=typed).status_code == 303
    shown = administrator.get("/succession").text
    digits = DIGITS.search(shown)
    assert digits
    assert "These are not the digits" in countersign(reform, "1" * 48)
    assert "Countersigned." in countersign(reform, digits[0])
    assert "No plan waits" in countersign(reform, digits[0])
    assert administrator.post(f"/succession/circles/{circle}/passing").status_code == 422
    on(DAY)
    administrator = Browser(reform, reform.district.administrator)
    assert administrator.post("/succession/end").status_code == 422
    officer = Browser(reform, reform.district.users["police_officer"])
    assert "Bàn giao khóa" in officer.get("/succession").text
    assert officer.post("/succession", data=typed).status_code == 403
    assert officer.post(f"/succession/circles/{circle}/passing").status_code == 303
    ended = administrator.post("/succession/end")
    assert (ended.status_code, ended.location.endswith("/sign-in")) == (303, True)
    for client in (administrator, officer):
        assert client.get("/succession").status_code == 303
    on(date(2025, 7, 2))
    successor = Browser(reform, reform.ward.users["police_officer"])
    assert SUMMARY["reason"] in successor.get(f"/referrals/{referral.id}").text
    accepted = successor.post(
        f"/referrals/{referral.id}/accept",
        data={
            "worker_id": str(reform.officer.member_id),
            "first_contact_at-date": "02/07/2025",
            "first_contact_at-time": "15:00",
        },
    )
    db.rollback()
    assert accepted.status_code == 303, accepted.text
    shown = successor.get(f"/cases/{case.id}").text
    assert "chuyển tiếp theo luật, cần xác nhận lại ở lần gặp tới" in shown
    assert "Hỏi lại sự đồng ý" in successor.get("/").text


@pytest.mark.promise("succession-by-the-root-alone")
def test_another_plan_takes_the_place_of_the_first_until_a_key_has_passed(reform: Reform) -> None:
    """Also of one that the root has countersigned, which then counts no more."""
    on(date(2025, 6, 25))
    circle = reform.district.circle_id()
    ward, hospital = reform.ward.circle_id(), reform.hospital.circle_id()

    def state(browser: Browser, heir: UUID) -> int:
        typed = {"on": "01/07/2025", f"heir-{circle}": str(heir)}
        return int(browser.post("/succession", data=typed).status_code)

    def digits(browser: Browser) -> str:
        found = DIGITS.search(browser.get("/succession").text)
        assert found
        return found[0]

    administrator = Browser(reform, reform.district.administrator)
    assert state(administrator, hospital) == 303
    first = digits(administrator)
    assert ANOTHER in administrator.get("/succession").text
    assert state(administrator, ward) == 303
    second = digits(administrator)
    assert first != second
    assert "These are not the digits" in countersign(reform, first)
    assert "Countersigned." in countersign(reform, second)

    assert state(administrator, hospital) == 303
    on(DAY)
    administrator = Browser(reform, reform.district.administrator)
    passing = f"/succession/circles/{circle}/passing"
    assert administrator.post(passing).status_code == 422
    assert "Countersigned." in countersign(reform, digits(administrator))
    assert administrator.post(passing).status_code == 303

    assert ANOTHER not in administrator.get("/succession").text
    assert state(administrator, ward) == 409
    report = succession.report_of(reform.district.agency)
    assert [line.heir_circle.id for line in report.lines if line.heir_circle] == [hospital]
    assert report.is_countersigned
    assert administrator.post("/succession/end").status_code == 303


def test_the_api_states_passes_ends_and_accepts_as_the_pages_do(reform: Reform) -> None:
    on(date(2025, 6, 25))
    case = case_of(reform.nurse)
    consent_of(reform.nurse, case, agency_id=reform.district.id, kinds=AGREED)
    referral = send(reform.nurse, case, reform.district)
    circle, heir = str(reform.district.circle_id()), str(reform.ward.circle_id())
    administrator = Api(reform, reform.district.administrator)
    nurse = Api(reform, reform.hospital.users["health_worker"])
    plan = {"on": "2025-07-01", "successors": [{"circle_id": circle, "heir_circle_id": heir}]}
    twice = plan | {"successors": plan["successors"] * 2}
    assert administrator("PUT", "/succession", json=twice).status_code == 422
    told = administrator("PUT", "/succession", json=plan)
    assert (told.status_code, told.json["is_countersigned"]) == (200, False)
    assert nurse("POST", f"/circles/{circle}/passing").status_code == 403
    countersign(reform, told.json["digits"])
    assert administrator("POST", f"/circles/{circle}/passing").status_code == 422
    on(DAY)
    administrator = Api(reform, reform.district.administrator)
    assert administrator("POST", "/succession/end").status_code == 422
    assert administrator("POST", f"/circles/{circle}/passing").status_code == 204
    (line,) = administrator("GET", "/succession").json["lines"]
    assert (line["is_passed"], line["heir_circle"]["id"]) == (True, heir)
    assert administrator("POST", "/succession/end").json["state"] == "ended"
    assert administrator("GET", "/succession").status_code == 401
    on(date(2025, 7, 2))
    successor = Api(reform, reform.ward.users["police_officer"])
    (asked,) = successor("GET", "/referrals").json["items"]
    assert asked["id"] == str(referral.id)
    accepted = successor(
        "POST",
        f"/referrals/{referral.id}/acceptance",
        json={
            "worker_id": str(reform.officer.member_id),
            "first_contact_at": "2025-07-02T09:00:00Z",
        },
    )
    assert accepted.status_code == 200, accepted.text
    seen = successor("GET", f"/cases/{case.id}")
    assert seen.status_code == 200
    (basis,) = successor("GET", f"/cases/{case.id}/bases").json["items"]
    assert basis["is_carried"] is True


def test_a_member_of_another_agency_sees_no_plan_but_that_of_their_own(reform: Reform) -> None:
    nurse = Browser(reform, reform.hospital.users["health_worker"])
    assert nurse.get("/succession").status_code == 200  # of one's own agency, and no other
    assert reform.district.agency.name_vi + "<" not in nurse.get("/succession").text
