"""The way back of an administrator over the API: a code on paper, typed again, used once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from referral.accounts.attempts import FREE_OF_PAIR
from referral.audit.idempotency import IdempotencyKey
from referral.kernel import db
from referral.vault.recovery import new_recovery_code
from tests.api.conftest import Caller, new_key
from tests.factories.blueprint import Plan
from tests.factories.province import PASSPHRASE

OTHER = "mưa rơi trên mái hiên nhà"
HEAD = "congan.admin"
PLANS = (Plan("congan", "commune_police", ("police_officer",)),)
PROOF = {"passphrase": PASSPHRASE}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def app(settle_whole: Callable[..., Any]) -> Flask:
    """An installation of this test's own: what an administrator loses here, nobody else needs."""
    whole: Flask = settle_whole(PLANS).app
    return whole


@pytest.fixture
def enter(app: Flask) -> Callable[..., Caller]:
    """Sign somebody in by user name."""

    def sign_in(username: str, passphrase: str = PASSPHRASE) -> Caller:
        client = app.test_client(use_cookies=False)
        sent = {"username": username, "passphrase": passphrase, "code": ""}
        answer = client.post("/api/v1/sessions", json=sent)
        assert answer.status_code == 201, answer.text
        return Caller(client, answer.json["token"])

    return sign_in


@pytest.fixture
def head(enter: Callable[..., Caller]) -> Caller:
    return enter(HEAD)


def kit_of(head: Caller) -> str:
    """A code on paper that counts."""
    code: str = head.made("/recovery-kit", PROOF)["code"]
    assert head.post("/recovery-kit/confirmation", {"code": code}).status_code == 204
    return code


def recovery(code: str, passphrase: str = OTHER) -> dict[str, str]:
    return {"username": HEAD, "code": code, "passphrase": passphrase}


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_a_code_counts_once_it_was_typed_again_and_opens_the_account_once(
    head: Caller, enter: Callable[..., Caller]
) -> None:
    stranger = replace(head, token="")
    assert head.get("/recovery-kit").json == {"is_confirmed": False, "is_waiting": False}
    early = head.post("/recovery-kit/confirmation", {"code": new_recovery_code()})
    assert early.status_code == 404
    code = head.made("/recovery-kit", PROOF)["code"]
    assert head.get("/recovery-kit").json == {"is_confirmed": False, "is_waiting": True}
    assert stranger.post("/recovery", recovery(code)).status_code == 422
    other = head.post("/recovery-kit/confirmation", {"code": new_recovery_code()})
    assert (other.status_code, list(other.json["errors"])) == (422, ["code"])
    assert head.post("/recovery-kit/confirmation", {"code": code}).status_code == 204
    assert head.get("/recovery-kit").json == {"is_confirmed": True, "is_waiting": False}

    weak = stranger.post("/recovery", recovery(code, "ngắn"))
    assert (weak.status_code, list(weak.json["errors"])) == (422, ["passphrase"])
    answer = stranger.post("/recovery", recovery(code))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert answer.json.keys() == {"factor", "code"}
    assert head.get("/sessions/current").status_code == 401
    assert stranger.post("/recovery", recovery(code)).status_code == 422
    back = enter(HEAD, OTHER)
    assert back.get("/recovery-kit").json == {"is_confirmed": False, "is_waiting": True}
    following = {"code": answer.json["code"]}
    assert back.post("/recovery-kit/confirmation", following).status_code == 204


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_kits_are_for_administrators_and_want_the_passphrase(
    head: Caller, enter: Callable[..., Caller]
) -> None:
    officer = enter("congan.police_officer")
    assert officer.get("/recovery-kit").status_code == 403
    assert officer.post("/recovery-kit", PROOF).status_code == 403
    code = {"code": new_recovery_code()}
    assert officer.post("/recovery-kit/confirmation", code).status_code == 403
    refused = head.post("/recovery-kit", {"passphrase": OTHER})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["passphrase"])
    assert head.get("/recovery-kit").json["is_waiting"] is False


def test_wrong_codes_and_passphrases_are_counted_as_refused_sign_ins(head: Caller) -> None:
    code = kit_of(head)
    stranger = replace(head, token="")
    said = []
    for _ in range(FREE_OF_PAIR - 1):
        answer = stranger.post("/recovery", recovery(new_recovery_code()))
        said.append((answer.status_code, answer.json))
    nobody = stranger.post("/recovery", recovery(new_recovery_code()) | {"username": "khong.ai"})
    assert said == [(nobody.status_code, nobody.json)] * len(said)
    assert head.post("/recovery-kit", {"passphrase": OTHER}).status_code == 422
    assert stranger.post("/recovery", recovery(code)).json == nobody.json, "the right one waits"
    assert head.post("/recovery-kit", PROOF).status_code == 422


def test_a_request_sent_again_makes_another_code_and_none_is_kept_for_it(
    app: Flask, head: Caller
) -> None:
    key = new_key()
    first, second = (head.made("/recovery-kit", PROOF, headers=key)["code"] for _ in range(2))
    assert first != second
    assert head.post("/recovery-kit/confirmation", {"code": first}).status_code == 422
    assert head.post("/recovery-kit/confirmation", {"code": second}).status_code == 204
    with app.app_context():
        assert db.session().scalar(select(func.count()).select_from(IdempotencyKey)) == 0
        db.rollback()
