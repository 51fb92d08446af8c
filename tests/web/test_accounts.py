"""Signing in and out, and taking up an invitation."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.accounts import service as accounts
from referral.accounts.queries import member_by_username
from referral.kernel import db
from tests.infrastructure.application import application, let_go
from tests.web.staff import PASSPHRASE, Place, make_place, sign_in, text_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def attempt(place: Place, **typed: str):
    return place.app.test_client().post("/sign-in", data=typed)


def test_a_wrong_name_and_a_wrong_passphrase_get_the_same_answer(place: Place) -> None:
    known = attempt(place, username=place.police.administrator, passphrase="câu này không đúng")
    unknown = attempt(place, username=place.police.administrator, passphrase="một câu khác hẳn")
    nobody = attempt(place, username="khong.co.ai", passphrase=PASSPHRASE)

    assert {known.status_code, unknown.status_code, nobody.status_code} == {422}
    said = {
        re.findall(r'role="alert">([^<]+)<', a.get_data(as_text=True))[0] for a in (known, nobody)
    }
    assert said == {"Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng."}


@pytest.mark.parametrize("foreign", ["//x.example", "https://x.example/", "/\\x.example"])
def test_sign_in_never_leads_to_another_site(place: Place, foreign: str) -> None:
    answer = attempt(
        place, username=place.police.users["police_officer"], passphrase=PASSPHRASE, next=foreign
    )

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_shut_page_asks_to_sign_in_and_comes_back_to_itself(place: Place) -> None:
    client = place.app.test_client()
    asked = client.get("/cases/report")
    assert asked.status_code == 303
    form = text_of(client.get(asked.location))
    assert 'name="next" value="/cases/report"' in form

    answer = client.post(
        "/sign-in",
        data={
            "username": place.police.users["police_officer"],
            "passphrase": PASSPHRASE,
            "next": "/cases/report",
        },
    )
    assert answer.location == "/cases/report"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_signing_out_shuts_the_old_cookie_too(place: Place) -> None:
    client = place.officer()
    token = client.get_cookie("session-token").value
    assert client.get("/cases").status_code == 200

    client.post("/sign-out")
    client.set_cookie("session-token", token)

    assert client.get("/cases").status_code == 303


def test_a_code_is_asked_for_and_is_good_once(place: Place) -> None:
    # members enrol without the rule, since setting up signs in more often than codes change
    again = application({**place.environment, "SECOND_FACTOR": "1"})
    place.app.config["REFERRAL_SETTINGS"] = again.config["REFERRAL_SETTINGS"]
    let_go(again)
    place.province.with_factor = True
    username = place.police.users["police_officer"]
    page = text_of(place.app.test_client().get("/sign-in"))
    assert 'autocomplete="one-time-code"' in page
    assert attempt(place, username=username, passphrase=PASSPHRASE).status_code == 422

    code = place.province.code(username)
    sign_in(place.app.test_client(), username, code)

    assert attempt(place, username=username, passphrase=PASSPHRASE, code=code).status_code == 422


def invite(place: Place, username: str) -> str:
    with place.app.app_context(), db.unit_of_work():
        administrator = place.province.actor(place.police.administrator)
        agency = db.session().merge(place.police.agency)
        _, code = accounts.invite_member(
            administrator,
            agency,
            username=username,
            display_name="Hồ Văn Lương",
            role="police_officer",
        )
    return str(code)


def test_enrolment_shows_the_second_factor_and_the_fingerprint_once(place: Place) -> None:
    code = invite(place, "luong.hv")
    typed = {"username": "luong.hv", "code": code, "passphrase": PASSPHRASE, "again": PASSPHRASE}
    client = place.app.test_client()

    page = text_of(client.post("/enrol", data=typed))

    assert "<svg" in page
    assert "style=" not in page
    with place.app.app_context():
        member = member_by_username("luong.hv")
        assert member is not None
        assert accounts.fingerprint_of(member) in page
        db.rollback()
    assert client.post("/enrol", data=typed).status_code == 422


def test_two_unlike_passphrases_use_up_nothing_and_are_not_sent_back(place: Place) -> None:
    code = invite(place, "luong.hv")
    typed = {"username": "luong.hv", "code": code, "passphrase": PASSPHRASE, "again": "khác hẳn"}
    client = place.app.test_client()

    refused = client.post("/enrol", data=typed)

    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert code in page
    assert PASSPHRASE not in page
    assert client.post("/enrol", data={**typed, "again": PASSPHRASE}).status_code == 200
