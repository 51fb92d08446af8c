"""An administrator invites, compares digits, admits to a circle; only then is there a key."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.accounts import service as accounts
from referral.accounts.queries import member_by_username
from referral.accounts.roles import roles_of
from referral.agencies.model import Agency, Circle
from referral.kernel import db
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, PASSPHRASE, sign_in, text_of

CODE = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")
PERSON = {"display_name": "Nguyễn Thị Ngọc Ánh Tuyết", "username": "anh.tuyet"}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def enrolled(here: Neighbours, administrator: Any) -> tuple[str, str]:
    """A colleague invited by the page and enrolled: id and fingerprint."""
    shown = text_of(administrator.post("/members/new", data=PERSON | {"role": "health_worker"}))
    found = CODE.search(shown)
    assert found
    with here.app.app_context():
        with db.unit_of_work():
            member, _ = accounts.enrol("anh.tuyet", found[0], PASSPHRASE)
        return str(member.id), accounts.fingerprint_of(member)


def test_digits_that_match_confirm_and_admit(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    administrator = here.place.client(here.place.hospital.administrator)
    member_id, fingerprint = enrolled(here, administrator)
    assert "Chờ xác nhận" in text_of(administrator.get("/members"))
    page = text_of(administrator.get(f"/members/{member_id}/confirm"))
    assert fingerprint not in page

    answer = administrator.post(
        f"/members/{member_id}/confirm",
        data={"fingerprint": fingerprint, "circles": [str(here.circle(HOSPITAL))]},
    )

    assert answer.status_code == 303
    colleague = sign_in(here.app.test_client(), "anh.tuyet")
    assert "Cần khám trong đêm." in text_of(colleague.get(f"/referrals/{referral_id}"))


def test_the_own_agency_and_its_circles_are_called_in_the_language_of_the_page(
    here: Neighbours,
) -> None:
    with here.app.app_context(), db.unit_of_work():
        db.begin_write()
        db.session().get_one(Agency, here.agencies[HOSPITAL]).name_en = "Health centre"
        db.session().get_one(Circle, here.circle(HOSPITAL)).name_en = "Night team"
    administrator = here.place.client(here.place.hospital.administrator)
    administrator.set_cookie("lang", "en")
    page = text_of(administrator.get("/members"))
    assert page.count("Health centre") == 2, "in the bar and above the list"
    assert "Night team" in page


@pytest.mark.promise("keys-belong-to-people")
def test_digits_that_do_not_match_confirm_nothing(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    member_id, fingerprint = enrolled(here, administrator)
    wrong = fingerprint[:-1] + ("1" if fingerprint[-1] == "0" else "0")

    answer = administrator.post(f"/members/{member_id}/confirm", data={"fingerprint": wrong})

    assert answer.status_code == 422
    assert "Dãy số không khớp" in answer.get_data(as_text=True)
    with here.app.app_context():
        member = member_by_username("anh.tuyet")
        assert member is not None
        assert member.state == "enrolled"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("username", "có dấu"), ("display_name", ""), ("role", "king"), ("role", "police_officer")],
)
def test_an_invitation_that_cannot_be_names_the_field(
    here: Neighbours, name: str, wrong: str
) -> None:
    administrator = here.place.client(here.place.hospital.administrator)

    answer = administrator.post(
        "/members/new", data=PERSON | {"role": "health_worker"} | {name: wrong}
    )

    assert answer.status_code == 422
    assert f'id="f-{name}-msg"' in answer.get_data(as_text=True)


def test_the_roles_that_the_agency_s_kind_has_are_offered_and_no_other(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)

    page = administrator.get("/members/new").get_data(as_text=True)

    offered = set(re.findall(r'<option value="(\w+)"', page))
    assert offered == set(roles_of("health_facility"))


def test_a_circle_is_made_and_listed(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    typed = {"purpose": "shelter", "name_vi": "Nhóm Sen Trắng", "name_en": "White Lotus"}

    administrator.post("/members/circles", data=typed | {"name_vi": ""})
    assert "White Lotus" not in text_of(administrator.get("/members"))
    administrator.post("/members/circles", data=typed)

    assert "Nhóm Sen Trắng" in text_of(administrator.get("/members"))


def test_members_of_another_agency_are_not_there(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    member_id, _ = enrolled(here, administrator)
    stranger = here.place.client(here.place.police.administrator)

    assert stranger.get(f"/members/{member_id}/confirm").status_code == 404
    assert here.place.nurse().get("/members").status_code == 403


@pytest.mark.promise("who-left-reads-nothing-new")
def test_a_colleague_is_removed_and_the_open_page_is_shut(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    nurse = here.place.client(here.place.hospital.users["health_worker"])
    assert nurse.get("/").status_code == 200
    with here.app.app_context():
        member = member_by_username(here.place.hospital.users["health_worker"].lower())
        assert member is not None
        address = f"/members/{member.id}/removal"
    assert address in text_of(administrator.get("/members"))
    page = text_of(administrator.get(address))
    assert "Những gì đã đọc trước đó thì vẫn được biết." in page

    assert administrator.post(address).status_code == 303
    assert "Không còn ở đơn vị" in text_of(administrator.get("/members"))
    assert "/sign-in" in nurse.get("/").headers["Location"]
    assert administrator.post(address).status_code == 409


def roles_page(here: Neighbours, username: str) -> str:
    with here.app.app_context():
        member = member_by_username(username.lower())
        assert member is not None
        return f"/members/{member.id}/roles"


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


@pytest.mark.promise("who-left-reads-nothing-new")
def test_roles_are_changed_and_what_it_does_is_said_before(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    nurse = here.place.client(here.place.hospital.users["health_worker"])
    address = roles_page(here, here.place.hospital.users["health_worker"])
    assert address in text_of(administrator.get("/members"))
    page = text_of(administrator.get(address))
    assert set(re.findall(r'name="roles" value="(\w+)"', page)) == set(roles_of("health_facility"))
    assert re.search(r'value="health_worker"[^>]* checked', page)
    assert "Những gì đã đọc trước đó thì vẫn được biết." in page
    assert "Cán bộ trực (không giữ khóa)" in page
    assert "Khi đó chỉ còn một người có khóa của nhóm." in page

    sent = {"roles": ["duty_officer"], "version": version_on(page)}
    assert administrator.post(address, data=sent).status_code == 303
    assert administrator.post(address, data=sent).status_code == 412
    assert administrator.post(address, data={"roles": ["duty_officer"]}).status_code == 428
    assert "/sign-in" in nurse.get("/").headers["Location"]
    assert "Cán bộ trực" in text_of(administrator.get("/members"))
    again = sign_in(here.app.test_client(), here.place.hospital.users["health_worker"])
    assert "Vai trò của mình trong đơn vị đã thay đổi" in text_of(again.get("/notices"))


@pytest.mark.promise("keys-belong-to-people")
def test_who_gets_a_role_with_keys_is_admitted_on_the_same_page(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    administrator = here.place.client(here.place.hospital.administrator)
    username = here.place.hospital.users["health_worker"]
    address = roles_page(here, username)
    for role in ("duty_officer", "supervisor"):
        page = text_of(administrator.get(address))
        sent = {"roles": [role], "version": version_on(page)}
        assert 'name="circles"' not in page
        assert administrator.post(address, data=sent).status_code == 303
    colleague = sign_in(here.app.test_client(), username)
    assert colleague.get(f"/referrals/{referral_id}").status_code == 404
    circle = str(here.circle(HOSPITAL))
    page = text_of(administrator.get(address))
    assert f'name="circles" value="{circle}"' in page
    admitted = re.search(r'action="(/members/[\w-]+/circles)"', page)
    assert admitted
    administrator.post(admitted[1], data={"circles": [circle]})
    colleague = sign_in(here.app.test_client(), username)
    assert "Cần khám trong đêm." in text_of(colleague.get(f"/referrals/{referral_id}"))


def test_the_last_administrator_is_told_why_not(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    address = roles_page(here, here.place.hospital.administrator)
    page = text_of(administrator.get(address))
    assert "Đây là vai trò của chính mình." in page
    for roles in (["supervisor"], []):
        sent = {"roles": roles, "version": version_on(page)}
        answer = administrator.post(address, data=sent)
        assert answer.status_code == 422
        assert 'id="f-roles-msg"' in answer.get_data(as_text=True)
    sent = {"roles": ["supervisor", "agency_administrator"], "version": version_on(page)}
    assert administrator.post(address, data=sent).status_code == 303
    assert "/sign-in" in administrator.get("/").headers["Location"]


def test_nobody_changes_the_roles_of_who_is_not_at_work(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)
    member_id, _ = enrolled(here, administrator)
    address = f"/members/{member_id}/roles"
    assert address not in text_of(administrator.get("/members"))
    assert administrator.get(address).status_code == 409
