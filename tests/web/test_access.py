"""After a restore with a gap: who waits sees it, and the custodian decides, page and API alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.kernel import db
from referral.referrals.model import Referral
from tests.cases.district import District
from tests.factories.gap import confirm_accounts, restore_with_gap
from tests.factories.province import PASSPHRASE, Province, case_of, consent_of
from tests.web.staff import sign_in

KINDS = ["incident", "needs"]
OFFICER, NURSE = "congan.police_officer", "yte.health_worker"


@dataclass
class Office:
    """A police post whose hospital read two cases and was asked about a third, restored since."""

    app: Flask
    kept: dict[str, Any]
    digits: str
    hospital_id: UUID
    cases: tuple[UUID, UUID]
    asked: UUID

    def client(self, username: str) -> FlaskClient:
        return sign_in(self.app.test_client(), username)

    def confirm(self) -> None:
        with self.app.app_context():
            confirm_accounts(Province.restored(self.kept))


@pytest.fixture
def office(make_app: Callable[..., Flask]) -> Office:
    app = make_app(SECOND_FACTOR="0", SECURE_COOKIES="0")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        province = Province()
        police = province.house("congan", "commune_police", "police_officer")
        hospital = province.house("yte", "health_facility", "health_worker")
        officer, nurse = province.actor(OFFICER), province.actor(NURSE)
        district = District(None, province, police, hospital, hospital, hospital)  # type: ignore[arg-type] # no module of tests around it
        cases = [case_of(officer) for _ in range(3)]
        for case in cases:
            consent_of(officer, case, agency_id=hospital.id, kinds=KINDS)
        sent = [district.send(case, hospital, KINDS) for case in cases]
        for referral_id in sent[:2]:
            district.accept(nurse, referral_id)
        restore_with_gap()
        row = db.session().scalars(select(Member).where(Member.username == OFFICER)).one()
        found = Office(
            app,
            province.kept(),
            accounts.fingerprint_of(row),
            hospital.id,
            (cases[0].id, cases[1].id),
            sent[2],
        )
        db.rollback()
    return found


def text_of(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def grant_in(page: str) -> str:
    _, found, rest = page.partition("/access/")
    return rest[:36] if found else ""


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_accounts_wait_and_then_the_custodian_confirms_or_ends_each_access(office: Office) -> None:
    confirmed, ended = office.cases
    client = office.client(OFFICER)
    assert office.digits in text_of(client.get("/"))
    assert client.get(f"/cases/{confirmed}").status_code == 404
    assert client.get(f"/cases/{confirmed}/access").status_code == 404
    office.confirm()
    officer, nurse = office.client(OFFICER), office.client(NURSE)
    today = text_of(officer.get("/"))
    assert all(f"/cases/{case_id}/access" in today for case_id in office.cases)
    assert f"/referrals/{office.asked}" in today
    assert "Cần gửi lại" in text_of(officer.get(f"/referrals/{office.asked}"))
    for case_id in office.cases:
        assert nurse.get(f"/cases/{case_id}").status_code == 404
        assert nurse.get(f"/cases/{case_id}/access").status_code == 404
    path = f"/cases/{confirmed}/access"
    asked = text_of(officer.get(path))
    assert "Đơn vị chia sẻ</dt><dd></dd>" not in asked
    assert "Đơn vị chia sẻ</dt><dd>" in asked
    grant_id = grant_in(asked)
    assert officer.post(f"{path}/{uuid4()}/confirmation").status_code == 404
    assert nurse.post(f"{path}/{grant_id}/confirmation").status_code == 404
    assert officer.post(f"{path}/{grant_id}/confirmation").status_code == 303
    assert officer.post(f"{path}/{grant_id}/confirmation").status_code == 404
    assert grant_in(text_of(officer.get(path))) == ""
    assert nurse.get(f"/cases/{confirmed}").status_code == 200
    other = grant_in(text_of(officer.get(f"/cases/{ended}/access")))
    assert officer.post(f"/cases/{ended}/access/{other}/end").status_code == 303
    assert nurse.get(f"/cases/{ended}").status_code == 404
    assert "/access" not in text_of(officer.get("/"))
    with office.app.app_context():
        states = {r.case_id: r.state for r in db.session().scalars(select(Referral))}
        db.rollback()
    assert [states[case_id] for case_id in office.cases] == ["accepted", "withdrawn"]


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_the_api_lists_confirms_and_ends_under_the_same_rule(office: Office) -> None:
    office.confirm()
    confirmed, ended = office.cases
    officer, nurse = caller(office, OFFICER), caller(office, NURSE)
    assert nurse("GET", f"/cases/{confirmed}/access").status_code == 404
    assert officer("POST", f"/cases/{confirmed}/access/{uuid4()}/end").status_code == 404
    (line,) = officer("GET", f"/cases/{confirmed}/access").json["items"]
    assert line["receiver_agency_id"] == str(office.hospital_id)
    assert line["kinds"] == sorted(KINDS)
    left = officer("POST", f"/cases/{confirmed}/access/{line['id']}/confirmation")
    assert (left.status_code, left.json["items"]) == (200, [])
    assert nurse("GET", f"/cases/{confirmed}").status_code == 200
    (line,) = officer("GET", f"/cases/{ended}/access").json["items"]
    assert officer("POST", f"/cases/{ended}/access/{line['id']}/end").status_code == 200
    assert officer("POST", f"/cases/{ended}/access/{line['id']}/end").status_code == 404
    assert officer("GET", f"/referrals/{office.asked}").json["state"] == "returned"


def caller(office: Office, username: str) -> Callable[..., Any]:
    client = office.app.test_client()
    sent = {"username": username, "passphrase": PASSPHRASE, "code": ""}
    token = client.post("/api/v1/sessions", json=sent).json["token"]

    def send(method: str, path: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        return client.open(f"/api/v1{path}", method=method, headers=headers)

    return send
