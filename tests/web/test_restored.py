"""After a restore with its tombstones: what waits says so and is put right, page and API alike."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from referral.accounts import service as accounts
from referral.accounts.queries import member_by_username
from referral.audit.tombstones import Ended
from referral.kernel import clock, db
from tests.factories.gap import ended, restore_with
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, PASSPHRASE, text_of

WAITS = "Hồ sơ này đã chuyển sang nhóm khác"
CHANGE = "Cần đổi lại khóa sau khi khôi phục"
ANSWERS = {"kind": "needs", "answers": {"needs": ["shelter"]}}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def member_of(username: str) -> tuple[UUID, str]:
    """Id and digits; in an application context."""
    row = member_by_username(username.lower())
    assert row is not None
    return row.id, accounts.fingerprint_of(row)


def caller(here: Neighbours, username: str) -> Callable[..., Any]:
    client = here.app.test_client()
    sent = {"username": username, "passphrase": PASSPHRASE, "code": ""}
    token = client.post("/api/v1/sessions", json=sent).json["token"]
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}

    def send(method: str, path: str, **more: Any) -> Any:
        return client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    return send


@pytest.fixture
def left_out(here: Neighbours) -> Neighbours:
    """The supervisor had been left out of the case, and the nurse who was asked about it."""
    here.refer(HOSPITAL)
    users = here.place.police.users["supervisor"], here.place.hospital.users["health_worker"]
    with here.app.app_context():
        ids = [member_of(username)[0] for username in users]
        restore_with(*(ended(Ended.LEFT_OUT, member_id, here.case_id) for member_id in ids))
        db.rollback()
    return here


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_case_that_had_moved_says_so_and_is_moved_again_from_its_page(
    left_out: Neighbours,
) -> None:
    officer = left_out.place.officer()
    chief = left_out.place.client(left_out.place.police.users["supervisor"])
    case, move = f"/cases/{left_out.case_id}", f"/cases/{left_out.case_id}/circle"
    for client in (officer, chief):
        page = text_of(client.get(case))
        assert WAITS in page
        assert f"{case}/sections/" not in page
        assert move in text_of(client.get("/"))
        assert "Một nhóm mới gồm những người" in text_of(client.get(move))
        typed = {"needs": ["shelter"], "revision": "1"}
        answer = client.post(f"{case}/sections/needs", data=typed)
        assert answer.status_code == 409
        assert "Hãy mở hồ sơ và chuyển lại" in answer.get_data(as_text=True)
    answer = officer.post(move, data={"circle_id": "others"})
    assert answer.status_code == 422
    assert "cán bộ giám sát" in answer.get_data(as_text=True)
    answer = chief.post(move, data={"circle_id": "others"})
    assert (answer.status_code, answer.location) == (303, "/cases")
    page = text_of(officer.get(case))
    assert WAITS not in page
    assert chief.get(case).status_code == 404


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_the_api_tells_of_it_and_moves_it_under_the_same_rule(left_out: Neighbours) -> None:
    users = left_out.place.police.users
    officer = caller(left_out, users["police_officer"])
    chief = caller(left_out, users["supervisor"])
    case = f"/cases/{left_out.case_id}"
    found = officer("GET", case).json
    assert found["is_to_move"]
    assert {s["status"] for s in found["sections"]} == {"sealed"}
    refused = officer("POST", f"{case}/sections", json=ANSWERS)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem:moved-away")
    assert officer("POST", f"{case}/circle", json={}).status_code == 422
    assert chief("POST", f"{case}/circle", json={}).status_code == 204
    assert chief("GET", case).status_code == 404
    found = officer("GET", case).json
    assert not found["is_to_move"]
    assert "open" in {s["status"] for s in found["sections"]}
    assert officer("POST", f"{case}/circle", json={}).status_code == 422, "no restore asks for it"


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_a_referral_of_such_a_case_shows_nothing_and_asks_to_be_passed_on(
    left_out: Neighbours,
) -> None:
    nurse, place = left_out.place.nurse(), left_out.place
    line = caller(left_out, place.hospital.users["health_worker"])("GET", "/referrals").json
    (asked,) = line["items"]
    assert (asked["is_put_away"], asked["summary"], asked["kinds"]) == (True, {}, [])
    page = text_of(nurse.get(f"/referrals/{asked['id']}"))
    assert WAITS in page
    assert "Chuyển cho nhóm khác" in page
    assert f"/referrals/{asked['id']}/accept" not in page
    with left_out.app.app_context():
        worker, _ = member_of(place.hospital.users["health_worker"])
        soon = clock.now() + timedelta(hours=1)
        db.rollback()
    sent = {"worker_id": str(worker), "first_contact_at": soon.isoformat()}
    api = caller(left_out, place.hospital.users["health_worker"])
    refused = api("POST", f"/referrals/{asked['id']}/acceptance", json=sent)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem:moved-away")
    assert "cần chuyển lại sang nhóm khác" in text_of(nurse.get("/notices"))


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_the_administrator_names_roles_anew_and_changes_keys_from_the_pages(
    here: Neighbours,
) -> None:
    place = here.place
    with here.app.app_context():
        chief, digits = member_of(place.police.users["supervisor"])
        circle_id = place.police.circle_id()
        restore_with(ended(Ended.ROLE, chief), ended(Ended.KEY, circle_id))
        db.rollback()
    boss = place.client(place.police.administrator)
    assert CHANGE in text_of(boss.get("/members"))
    page = text_of(boss.get(f"/members/{chief}/confirm"))
    assert 'name="roles" value="supervisor" checked' in " ".join(page.split())
    typed = {"fingerprint": digits, "roles": ["health_worker"]}
    assert boss.post(f"/members/{chief}/confirm", data=typed).status_code == 422
    typed["roles"] = ["police_officer"]
    assert boss.post(f"/members/{chief}/confirm", data=typed).status_code == 303
    api = caller(here, place.police.administrator)
    assert api("GET", f"/members/{chief}").json["role"] == "police_officer"
    assert api("GET", f"/circles/{circle_id}/keys").json["awaits_key"]
    assert CHANGE in text_of(boss.get(f"/circles/{circle_id}/keys"))
    assert boss.post(f"/circles/{circle_id}/keys/renew").status_code == 303
    assert CHANGE not in text_of(boss.get(f"/circles/{circle_id}/keys"))
    assert not api("GET", f"/circles/{circle_id}/keys").json["awaits_key"]


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_the_api_names_roles_anew_under_the_same_rule(here: Neighbours) -> None:
    place = here.place
    with here.app.app_context():
        chief, digits = member_of(place.police.users["supervisor"])
        restore_with(ended(Ended.ROLE, chief))
        db.rollback()
    api, path = caller(here, place.police.administrator), f"/members/{chief}/confirmation"
    for roles in (["health_worker"], ["nobody"]):
        sent = {"fingerprint": digits, "roles": roles}
        assert api("POST", path, json=sent).status_code == 422, roles
    answer = api("POST", path, json={"fingerprint": digits})
    assert (answer.status_code, answer.json["role"]) == (200, "supervisor")
