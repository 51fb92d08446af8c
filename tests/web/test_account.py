"""One's own sessions, passphrase and codes; the passphrase again, with nothing typed lost."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from referral.accounts.queries import member_by_username
from referral.audit.operation import PROOF_LIFE
from referral.kernel import clock, db
from tests.web.staff import PASSPHRASE, Place, make_place, sign_in, text_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
NEW = "mưa bụi trên sông Hương"
CODE = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")
PRINTED = re.compile(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>")
NEWCOMER = {
    "display_name": "Nguyễn Thị Ngọc Ánh Tuyết",
    "username": "anh.tuyet",
    "role": "police_officer",
}


@pytest.fixture
def place(settle_whole: Callable[..., Flask], compiled_catalogue: None) -> Iterator[Place]:
    shift = clock.clock.shift
    yield make_place(settle_whole)
    clock.clock.shift = shift


@pytest.mark.promise("stolen-cookie-changes-no-member")
@pytest.mark.promise("nothing-typed-is-lost")
def test_the_passphrase_is_asked_again_and_what_was_typed_goes_on(place: Place) -> None:
    client = place.client(place.police.administrator)
    before = client.get_cookie("session-token")
    clock.clock.shift += PROOF_LIFE
    asked = client.post("/members/new", data=NEWCOMER)
    assert asked.status_code == 403
    page = asked.text
    assert 'action="/members/new"' in page
    for name, value in NEWCOMER.items():
        assert f'type="hidden" name="{name}" value="{value}"' in page

    wrong = client.post("/members/new", data=NEWCOMER | {"proof_passphrase": "đoán mò một câu"})
    assert wrong.status_code == 422
    assert "đoán mò" not in wrong.text
    assert 'value="anh.tuyet"' in wrong.text

    done = client.post("/members/new", data=NEWCOMER | {"proof_passphrase": PASSPHRASE})
    assert CODE.search(text_of(done))
    after = client.get_cookie("session-token")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get("/members").status_code == 200


def test_a_page_that_needs_it_follows_the_question(place: Place) -> None:
    client = place.officer()
    clock.clock.shift += PROOF_LIFE
    asked = client.get("/pin?next=/cases")
    assert asked.status_code == 403
    assert 'name="next" value="/pin?next=/cases"' in asked.text
    typed = {"next": "/pin?next=/cases", "proof_passphrase": PASSPHRASE}
    answer = client.post("/proof", data=typed)
    assert (answer.status_code, answer.location) == (303, "/pin?next=/cases")
    assert client.get("/pin?next=/cases").status_code == 200
    foreign = client.post("/proof", data=typed | {"next": "//x.example"})
    assert foreign.location == "/"


def test_the_question_opened_by_itself_is_no_refusal_and_leads_to_today_s_work(
    place: Place,
) -> None:
    client = place.officer()
    for address in ("/proof", "/proof?next=//x.example"):
        page = text_of(client.get(address))
        assert 'action="/proof"' in page
        assert 'name="next" value="/"' in page
    wrong = client.post("/proof", data={"proof_passphrase": "đoán mò một câu nào đó"})
    assert wrong.status_code == 422
    for typed in ({}, {"next": ""}):
        answer = client.post("/proof", data=typed | {"proof_passphrase": PASSPHRASE})
        assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/").status_code == 200
    stranger = place.app.test_client().get("/proof")
    assert stranger.location.startswith("/sign-in")


def test_no_secret_is_written_into_the_question(place: Place) -> None:
    client = place.officer()
    clock.clock.shift += PROOF_LIFE
    asked = client.post("/pin", data={"pin": "402817", "again": "402817", "next": "/cases"})
    assert asked.status_code == 403
    assert "402817" not in asked.text
    assert 'value="/cases"' in asked.text


def test_one_s_sessions_are_listed_and_the_others_ended(place: Place) -> None:
    here, elsewhere = place.officer(), place.officer()
    page = text_of(here.get("/sessions"))
    assert "Phiên này" in page
    assert "Đang mở ở nơi khác" in page
    assert here.post("/sessions/others").status_code == 303
    assert elsewhere.get("/cases").location.startswith("/sign-in")
    assert here.get("/cases").status_code == 200
    mine = re.findall(r'name="session" value="([0-9a-f]{64})"', text_of(here.get("/sessions")))
    assert place.nurse().post("/sessions/end", data={"session": mine[0]}).status_code == 404
    assert here.post("/sessions/end", data={"session": mine[0]}).status_code == 303
    assert here.get("/cases").location.startswith("/sign-in")


@pytest.mark.promise("passphrase-change-ends-the-rest")
def test_the_passphrase_is_changed_by_the_page(place: Place) -> None:
    here, elsewhere = place.officer(), place.officer()
    typed = {"passphrase": PASSPHRASE, "new_passphrase": NEW, "again": NEW}
    for name, value in (("passphrase", "sai"), ("new_passphrase", "ngắn"), ("again", "khác")):
        answer = here.post("/passphrase", data=typed | {name: value})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
        assert NEW not in answer.text
    assert here.post("/passphrase", data=typed).location == "/sessions"
    assert here.get("/cases").status_code == 200
    assert elsewhere.get("/cases").location.startswith("/sign-in")
    username = place.police.users["police_officer"]
    client = place.app.test_client()
    old = client.post("/sign-in", data={"username": username, "passphrase": PASSPHRASE})
    new = client.post("/sign-in", data={"username": username, "passphrase": NEW})
    assert (old.status_code, new.status_code) == (422, 303)


def test_a_sheet_is_shown_once_and_what_is_left_is_told(place: Place) -> None:
    client = place.officer()
    assert "Chưa có tờ mã nào" in text_of(client.get("/code-sheet"))
    codes = PRINTED.findall(text_of(client.post("/code-sheet")))
    assert len(set(codes)) == 10
    page = text_of(client.get("/code-sheet"))
    assert "Còn 10 mã" in page
    assert not PRINTED.findall(page)


@pytest.mark.promise("lost-phone-ends-everything")
def test_a_duty_officer_ends_a_colleague_s_sessions_and_sees_a_name(place: Place) -> None:
    with place.app.app_context():
        db.session().add(place.police.agency)
        duty = place.province.member(place.police, "duty_officer")
        lost = member_by_username(place.police.users["police_officer"].lower())
        other = member_by_username(place.hospital.users["health_worker"].lower())
        assert lost is not None
        assert other is not None
        ids = [str(lost.id), str(other.id)]
        db.rollback()
    officer, keeper = place.officer(), sign_in(place.app.test_client(), duty)
    assert ids[0] in text_of(keeper.get("/lost-phone"))
    assert keeper.post("/lost-phone", data={"member": ids[1]}).status_code == 404
    assert keeper.post("/lost-phone", data={"member": "x"}).status_code == 404
    nobody = keeper.post("/lost-phone", data={"member": ""})
    assert nobody.status_code == 422
    assert "Cần chọn người bị mất điện thoại" in nobody.get_data(as_text=True)
    assert officer.get("/cases").status_code == 200
    assert officer.get("/lost-phone").status_code == 403
    assert keeper.post("/lost-phone", data={"member": ids[0]}).status_code == 303
    assert officer.get("/cases").location.startswith("/sign-in")
    assert place.officer().get("/cases").status_code == 200
