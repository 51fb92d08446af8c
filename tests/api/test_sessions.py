"""Signing in and out over the API."""

import pyotp
import pytest

from tests.factories.province import PASSPHRASE


def _sent(world, **also):
    return {"username": world.users["police_officer"], "passphrase": PASSPHRASE, "code": "", **also}


def test_a_session_says_who_is_signed_in_and_until_when(app, world, officer):
    who = officer.get("/sessions/current").json

    assert who["role"] == "police_officer"
    assert who["agency_id"] == str(world.agencies["congan"])
    assert "case:open" in who["permissions"]


def test_wrong_passphrase_and_unknown_name_are_answered_alike(app, world):
    client = app.test_client()
    wrong = client.post("/api/v1/sessions", json=_sent(world, passphrase="nắng lên cuối ngõ"))
    unknown = client.post("/api/v1/sessions", json=_sent(world, username="khong.ai"))

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.json == unknown.json
    assert list(wrong.json["errors"]) == ["passphrase"]


def test_no_cookie_is_set_by_signing_in(app, world):
    answer = app.test_client().post("/api/v1/sessions", json=_sent(world))

    assert answer.status_code == 201
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_token_opens_nothing_after_signing_out(officer):
    assert officer.get("/cases").status_code == 200
    assert officer.send("DELETE", "/sessions/current").status_code == 204
    assert officer.get("/cases").status_code == 401


@pytest.mark.promise("keys-belong-to-people")
def test_the_second_factor_is_asked_for(open_app, world):
    client = open_app(SECOND_FACTOR="1").test_client()
    secret = world.factors[world.users["police_officer"].lower()]

    assert client.post("/api/v1/sessions", json=_sent(world)).status_code == 422
    code = pyotp.TOTP(secret).now()
    assert client.post("/api/v1/sessions", json=_sent(world, code=code)).status_code == 201
    assert client.post("/api/v1/sessions", json=_sent(world, code=code)).status_code == 422
