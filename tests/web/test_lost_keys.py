"""The pages of a lost passphrase: new keys for a colleague, a second agency, a code on paper."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.accounts import service as accounts
from referral.accounts.queries import member_by_username
from referral.kernel import db
from tests.factories.province import PASSPHRASE
from tests.web.staff import Place, make_place, text_of

OTHER = "mưa rơi trên mái hiên nhà"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")
KIT = re.compile(r"(?:[0-9A-Z]{4}-){8}[0-9A-Z]")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def place(settle_whole: Callable[..., Any]) -> Place:
    return make_place(settle_whole)


def test_a_colleague_is_given_new_keys_and_has_to_wait(place: Place) -> None:
    boss = place.client(place.hospital.administrator)
    with place.app.app_context():
        nurse = member_by_username(place.hospital.users["health_worker"].lower())
        assert nurse is not None
        name, address = nurse.username, f"/members/{nurse.id}"
    assert "Cấp lại khóa" in text_of(boss.get("/members"))
    assert "24 giờ" in text_of(boss.get(f"{address}/renewal"))
    shown = text_of(boss.post(f"{address}/renewal", data={}))
    found = CODE.search(shown)
    assert found
    with place.app.app_context():
        with db.unit_of_work():
            member, _ = accounts.enrol(name, found[0], OTHER)
        digits = accounts.fingerprint_of(member)
    answer = boss.post(f"{address}/confirm", data={"fingerprint": digits})
    assert answer.status_code == 422
    assert "24 giờ" in answer.get_data(as_text=True)
    stranger = place.client(place.police.administrator)
    assert stranger.get(f"{address}/renewal").status_code == 404
    assert stranger.post(f"{address}/renewal").status_code == 404


def test_a_second_agency_is_named_and_sees_who_counts_on_it(place: Place) -> None:
    boss = place.client(place.hospital.administrator)
    helper = place.client(place.police.administrator)
    assert "Chưa có đơn vị nào nhờ" in text_of(helper.get("/entrusted"))
    with place.app.app_context():
        chief = member_by_username(place.police.administrator.lower())
        assert chief is not None
        second = str(chief.agency_id)
    assert boss.post("/members/second-agency", data={"second_id": "x"}).status_code == 422
    assert boss.post("/members/second-agency", data={"second_id": second}).status_code == 303
    assert "Đang nhờ" in text_of(boss.get("/members/second-agency"))
    shown = text_of(helper.get("/entrusted"))
    assert place.hospital.users["health_worker"] in shown
    assert "Cấp lại khóa" in shown
    assert boss.post("/members/second-agency", data={}).status_code == 303
    assert "Chưa có đơn vị nào nhờ" in text_of(helper.get("/entrusted"))


def test_a_code_on_paper_opens_the_account_again(place: Place) -> None:
    name = place.hospital.administrator
    boss = place.client(name)
    assert boss.post("/members/kit", data={"passphrase": OTHER}).status_code == 422
    code = KIT.search(text_of(boss.post("/members/kit", data={"passphrase": PASSPHRASE})))
    assert code
    wrong = code[0][:-1] + ("A" if code[0][-1] != "A" else "B")
    assert boss.post("/members/kit/confirm", data={"code": wrong}).status_code == 422
    assert boss.post("/members/kit/confirm", data={"code": code[0]}).status_code == 303
    assert "Đã có mã trên giấy" in text_of(boss.get("/members/kit"))

    someone = place.app.test_client()
    typed = {"username": name, "code": code[0], "passphrase": OTHER, "again": OTHER}
    unequal = someone.post("/recover", data=typed | {"again": "khác"})
    assert unequal.status_code == 422
    assert someone.get("/recover").status_code == 200
    shown = text_of(someone.post("/recover", data=typed))
    following = KIT.search(shown)
    assert following
    assert following[0] != code[0]
    assert boss.get("/members").status_code in {302, 303, 401}
    again = someone.post("/recover", data=typed)
    assert again.status_code == 422
    assert "hoặc mã đã được dùng" in again.get_data(as_text=True)
    answer = place.app.test_client().post(
        "/sign-in", data={"username": name, "passphrase": OTHER, "code": ""}
    )
    assert answer.status_code == 303
