"""A create that is sent again is made once, and its key tells a thief nothing."""

import threading
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from referral.kernel.clock import clock
from referral.kernel.db import db
from tests.api.conftest import REPORT, SECTIONS, Caller, consent_for, new_key, open_case

BODY = {"sections": SECTIONS}


def _codes(caller):
    return [line["code"] for line in caller.get("/cases").json["items"]]


@pytest.mark.promise("second-click-does-nothing")
def test_the_same_request_creates_once(officer):
    key = new_key()
    first = officer.post("/cases", BODY, headers=key)
    again = officer.post("/cases", BODY, headers=key)
    other = officer.post("/cases", BODY, headers=new_key())

    assert first.status_code == again.status_code == other.status_code == 201
    assert again.json["id"] == first.json["id"] != other.json["id"]
    assert _codes(officer).count(first.json["code"]) == 1


def test_the_order_of_names_in_a_body_makes_no_other_request(officer):
    key = new_key()
    turned = {"sections": dict(reversed(SECTIONS.items()))}

    first = officer.made("/cases", BODY, headers=key)
    assert officer.made("/cases", turned, headers=key)["id"] == first["id"]


def test_a_key_of_another_request_is_refused(officer):
    key = new_key()
    officer.made("/reports", {"answers": REPORT}, headers=key)
    refused = officer.post("/reports", {"answers": {**REPORT, "channel": "phone"}}, headers=key)

    assert refused.status_code == 422
    assert refused.json["type"] == "urn:problem:idempotency-key-reused"


def test_a_key_belongs_to_one_member(officer, sign_in):
    key = new_key()
    mine = officer.made("/cases", BODY, headers=key)

    assert sign_in("supervisor").made("/cases", BODY, headers=key)["id"] != mine["id"]


@pytest.mark.parametrize("key", ["", "ỏ", "x" * 256, "with\tspace"])
def test_a_key_that_cannot_be_taken_creates_nothing(officer, key):
    before = _codes(officer)
    refused = officer.post(
        "/cases", BODY, headers={"Idempotency-Key": key.encode().decode("latin-1")}
    )

    assert refused.status_code == 422
    assert _codes(officer) == before


def test_a_refused_request_may_be_sent_again_with_its_key(officer):
    key = new_key()
    assert officer.post("/reports", {"answers": {}}, headers=key).status_code == 422
    assert officer.post("/reports", {"answers": REPORT}, headers=key).status_code == 201


def test_a_key_is_forgotten_after_a_day(app, officer, sign_in):
    key = new_key()
    first = officer.made("/cases", BODY, headers=key)
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        later = sign_in("police_officer")
        assert later.made("/cases", BODY, headers=key)["id"] != first["id"]


def test_a_replay_shows_the_object_as_it_is_now(officer, world):
    case = open_case(officer)
    path, key = f"/cases/{case['id']}/consents", new_key()
    body = consent_for(world.agencies["benhvien"], "needs")
    basis = officer.made(path, body, headers=key)
    officer.made(f"/cases/{case['id']}/bases/{basis['id']}/withdrawal")

    again = officer.made(path, body, headers=key)
    assert again["id"] == basis["id"]
    assert again["ended_at"] is not None


def test_nothing_of_key_or_body_is_kept(app, officer):
    key = {"Idempotency-Key": "key-of-Hoa-0905123456"}
    officer.made("/cases", {"sections": {"identity": {"spoken_name": "Hoa"}}}, headers=key)
    with app.app_context():
        rows = db.session.execute(text("SELECT * FROM idempotency_key")).all()

    kept = repr(rows)
    assert "api_cases.open_case" in kept  # the row is there
    assert "Hoa" not in kept
    assert "0905123456" not in kept


@pytest.mark.promise("second-click-does-nothing")
def test_two_at_once_with_one_key_create_once(app, officer):
    key, barrier = new_key(), threading.Barrier(4)
    answers = []

    def send() -> None:
        caller = Caller(app.test_client(use_cookies=False), officer.token)
        barrier.wait()
        answers.append(caller.post("/cases", BODY, headers=key))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {a.status_code for a in answers} == {201}
    assert len({a.json["id"] for a in answers}) == 1
