"""The same over the API: proof, lock, list, passphrase, codes, a colleague's lost phone."""

from dataclasses import replace

import pytest

from referral.audit.operation import PROOF_LIFE
from referral.kernel.clock import clock
from tests.factories.province import PASSPHRASE

NEW = "mưa bụi trên sông Hương"
PIN = {"pin": "402817"}


@pytest.fixture(autouse=True)
def right_time():
    shift = clock.shift
    yield
    clock.shift = shift


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_membership_wants_proof_and_the_session_goes_on_under_another_token(sign_in):
    boss = sign_in("congan.admin")
    asked = {"username": "x y", "display_name": "Người mới", "role": "police_officer"}
    asked = {**asked, "username": f"api.{clock.now():%f}"}
    # before the time goes on: counters of refusals stay when it is put back
    wrong = boss.post("/sessions/current/proof", {"passphrase": "không phải câu này"})
    assert wrong.status_code == 422
    assert list(wrong.json["errors"]) == ["passphrase"]
    clock.shift += PROOF_LIFE

    refused = boss.post("/members", asked)
    assert refused.status_code == 403
    assert refused.json["type"] == "urn:problem:proof-needed"
    given = boss.made("/sessions/current/proof", {"passphrase": PASSPHRASE})
    assert boss.get("/sessions/current").status_code == 401
    assert replace(boss, token=given["token"]).post("/members", asked).status_code == 201


@pytest.mark.promise("lock-opens-by-its-pin")
def test_a_session_is_locked_and_taken_up(officer):
    assert officer.post("/sessions/current/parking").status_code == 409
    assert officer.put("/sessions/current/pin", {"pin": "123456"}).status_code == 422
    kept = officer.put("/sessions/current/pin", PIN).json["token"]
    locked = replace(officer, token=kept)
    assert locked.get("/cases").status_code == 401
    assert officer.post("/sessions/current/parking").status_code == 204
    assert officer.get("/cases").status_code == 401

    wrong = locked.post("/sessions/taking-up", {"pin": "958206"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["pin"])
    token = locked.made("/sessions/taking-up", PIN)["token"]
    assert replace(officer, token=token).get("/cases").status_code == 200
    for _ in range(4):
        assert locked.post("/sessions/taking-up", {"pin": "958206"}).status_code == 422
    assert locked.post("/sessions/taking-up", PIN).status_code == 401
    assert replace(officer, token=token).get("/cases").status_code == 401


def test_sessions_are_listed_and_ended(sign_in):
    here, elsewhere = sign_in("supervisor"), sign_in("supervisor")
    lines = here.get("/sessions").json["items"]
    assert [line["is_here"] for line in lines].count(True) == 1
    theirs = elsewhere.get("/sessions").json["items"][0]["id"]
    assert sign_in("police_officer").send("DELETE", f"/sessions/{theirs}").status_code == 404
    assert here.send("DELETE", f"/sessions/{theirs}").status_code == 204
    assert elsewhere.get("/sessions").status_code == 401
    another = sign_in("supervisor")
    assert here.send("DELETE", "/sessions").status_code == 204
    assert another.get("/sessions").status_code == 401
    assert here.get("/sessions").status_code == 200


@pytest.mark.promise("lost-phone-ends-everything")
def test_sessions_of_a_lost_phone_end_by_who_may_and_nobody_else(sign_in):
    nurse, boss = sign_in("health_worker"), sign_in("benhvien.admin")
    member_id = nurse.get("/sessions/current").json["member_id"]
    assert nurse.send("DELETE", f"/members/{member_id}/sessions").status_code == 403
    stranger = sign_in("congan.admin")
    assert stranger.send("DELETE", f"/members/{member_id}/sessions").status_code == 404
    assert nurse.get("/cases").status_code == 200
    assert boss.send("DELETE", f"/members/{member_id}/sessions").status_code == 204
    assert nurse.get("/cases").status_code == 401


def test_the_passphrase_is_changed_and_codes_are_made(sign_in):
    worker = sign_in("social_worker")
    weak = worker.put("/passphrase", {"passphrase": PASSPHRASE, "new_passphrase": "ngắn"})
    assert (weak.status_code, list(weak.json["errors"])) == (422, ["new_passphrase"])
    there = {"passphrase": PASSPHRASE, "new_passphrase": NEW}
    assert worker.put("/passphrase", there).status_code == 204
    back = {"passphrase": NEW, "new_passphrase": PASSPHRASE}  # others sign in with it
    assert worker.put("/passphrase", back).status_code == 204
    codes = worker.made("/code-sheet")["codes"]
    assert len(set(codes)) == 10
    assert worker.get("/code-sheet").json == {"left": 10}
