"""A shared computer: the screen is locked, a colleague signs in, the first one goes on."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.accounts.sessions import lifetimes
from referral.kernel import clock
from tests.web.staff import PASSPHRASE, Place, make_place, text_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
PIN, OTHER_PIN = "402817", "958206"
CHOSEN = {"pin": PIN, "again": PIN}


@pytest.fixture
def place(settle_whole: Callable[..., Flask], compiled_catalogue: None) -> Iterator[Place]:
    shift = clock.clock.shift
    yield make_place(settle_whole)
    clock.clock.shift = shift


def pass_by(span: timedelta) -> None:
    clock.clock.shift += span


def enter(client: FlaskClient, username: str) -> None:
    typed = {"username": username, "passphrase": PASSPHRASE}
    assert client.post("/sign-in", data=typed).status_code == 303


def session_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session-token")
    return cookie.value if cookie else ""


@pytest.fixture
def locked(place: Place) -> FlaskClient:
    client = place.officer()
    answer = client.post("/pin", data={**CHOSEN, "lock": "1", "next": "/cases"})
    assert (answer.status_code, answer.location) == (303, "/locked?next=/cases")
    return client


@pytest.mark.promise("lock-opens-by-its-pin")
def test_a_locked_screen_opens_by_its_pin_where_the_work_was(
    place: Place, locked: FlaskClient
) -> None:
    assert session_of(locked) == ""
    assert locked.get("/cases").location == "/locked?next=/cases"
    page = text_of(locked.get("/locked?next=/cases"))
    assert place.police.users["police_officer"] in page
    assert "Còn 5 lần thử" in page

    wrong = locked.post("/locked", data={"pin": OTHER_PIN, "next": "/cases"})
    assert wrong.status_code == 422
    assert "Còn 4 lần thử" in wrong.text.replace("\u00a0", " ")
    assert OTHER_PIN not in wrong.text

    answer = locked.post("/locked", data={"pin": PIN, "next": "/cases"})
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert locked.get("/cases").status_code == 200
    again = locked.get("/lock?next=/cases")
    assert (again.location, session_of(locked)) == ("/locked?next=/cases", "")


@pytest.mark.promise("lock-opens-by-its-pin")
def test_five_wrong_tries_destroy_the_session(locked: FlaskClient) -> None:
    for _ in range(4):
        assert locked.post("/locked", data={"pin": OTHER_PIN}).status_code == 422
    last = locked.post("/locked", data={"pin": OTHER_PIN})
    assert last.location.startswith("/sign-in")
    assert "phiên đã bị hủy" in text_of(locked.get("/sign-in"))
    assert locked.post("/locked", data={"pin": PIN}).location.startswith("/sign-in")


@pytest.mark.promise("lock-opens-by-its-pin")
def test_a_session_with_a_pin_is_locked_when_idle_and_one_without_ends(place: Place) -> None:
    with_pin, without = place.officer(), place.nurse()
    assert with_pin.post("/pin", data={**CHOSEN, "next": "/"}).location == "/"
    assert 'data-lock="600"' in text_of(with_pin.get("/"))
    pass_by(lifetimes.park)
    assert with_pin.get("/cases").location == "/locked?next=/cases"
    assert without.get("/cases").status_code == 200
    pass_by(lifetimes.idle)
    assert without.get("/cases").location.startswith("/sign-in")
    assert with_pin.post("/locked", data={"pin": PIN, "next": "/cases"}).location == "/cases"
    pass_by(lifetimes.parked)
    assert with_pin.get("/cases").location.startswith("/sign-in")


@pytest.mark.promise("lock-opens-by-its-pin")
def test_somebody_else_signs_in_meanwhile_and_both_are_taken_up_again(
    place: Place, locked: FlaskClient
) -> None:
    officer, supervisor = (place.police.users[r] for r in ("police_officer", "supervisor"))
    assert officer in text_of(locked.get("/sign-in"))
    enter(locked, supervisor)
    assert supervisor in text_of(locked.get("/"))
    locked.post("/pin", data={"pin": OTHER_PIN, "again": OTHER_PIN, "lock": "1"})
    page = text_of(locked.get("/locked"))
    first, second = (
        re.findall(r"who=([0-9a-f]{64})", page),
        re.findall(r'name="who" value="([0-9a-f]{64})"', page),
    )
    assert supervisor in page
    assert locked.post("/locked", data={"pin": PIN, "who": second[0]}).status_code == 422
    assert locked.post("/locked", data={"pin": PIN, "who": first[0]}).status_code == 303
    assert officer in text_of(locked.get("/"))
    # the colleague takes over without the officer locking: the officer's session locks itself
    assert locked.post("/locked", data={"pin": OTHER_PIN, "who": second[0]}).status_code == 303
    assert supervisor in text_of(locked.get("/"))
    out = locked.post("/sign-out")
    assert out.headers["Clear-Site-Data"] == '"cache", "storage"'  # the officer's cookie stays
    assert locked.post("/locked", data={"pin": PIN}).status_code == 303
    last = locked.post("/sign-out")
    assert last.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert locked.get("/cases").location.startswith("/sign-in")


@pytest.mark.promise("quick-exit")
def test_quick_exit_locks_where_a_pin_was_chosen_and_signs_out_elsewhere(place: Place) -> None:
    with_pin, without = place.officer(), place.nurse()
    with_pin.post("/pin", data=CHOSEN)
    tokens = [session_of(client) for client in (with_pin, without)]
    for client in (with_pin, without):
        left = client.get("/leave")
        assert (left.status_code, left.location) == (303, "/exit")
        assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert session_of(client) == ""
    assert with_pin.get("/cases").location.startswith("/locked")
    assert without.get("/cases").location.startswith("/sign-in")
    for client, token in zip((with_pin, without), tokens, strict=True):
        client.set_cookie("session-token", token)
        assert client.get("/cases").status_code == 303, "the old cookie opens nothing"


@pytest.mark.parametrize(
    "pin", ["111111", "123456", "987654", "123123", "12345", "１２３４５６", ""]
)
def test_an_easy_pin_is_refused_and_locks_nothing(place: Place, pin: str) -> None:
    client = place.officer()
    answer = client.post("/pin", data={"pin": pin, "again": pin})
    assert answer.status_code == 422
    assert 'id="f-pin-msg"' in answer.text
    assert client.get("/lock").location.startswith("/pin")
    assert client.get("/cases").status_code == 200


def test_the_locked_screen_opens_after_hours_when_the_token_of_its_form_is_over(
    place: Place, locked: FlaskClient
) -> None:
    place.app.config["WTF_CSRF_ENABLED"] = True
    assert locked.post("/pin", data=CHOSEN).status_code == 400
    answer = locked.post("/locked", data={"pin": PIN, "next": "/cases"})
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert "SameSite=Strict" in answer.headers["Set-Cookie"]


def test_the_lock_comes_back_to_no_other_site_and_not_to_itself(
    place: Place, locked: FlaskClient
) -> None:
    answer = locked.post("/locked", data={"pin": PIN, "next": "//x.example"})
    assert answer.location == "/"
    pass_by(lifetimes.park)
    assert locked.get("/lock?next=/cases").location == "/locked?next=/cases"
