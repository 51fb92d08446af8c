"""Two circles of one agency are apart on every page and in every answer of the API."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.agencies.model import Circle
from referral.kernel import db
from referral.referrals.model import Referral
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, sign_in, text_of

CONFLICT = {"relation": "near_survivor", "circle_id": "others"}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def chief(here: Neighbours) -> Any:
    return here.place.client(here.place.police.users["supervisor"])


def member_id(here: Neighbours, role: str) -> UUID:
    with here.app.app_context():
        found = here.actor(here.place.police, role).member_id
        db.rollback()
    assert found is not None
    return found


def named(here: Neighbours) -> list[Circle]:
    with here.app.app_context():
        rows = list(db.session().scalars(select(Circle).where(Circle.is_named)))
        db.session().expunge_all()
        db.rollback()
    return rows


NOT_READ = {"static", "frame.leave"}  # the last one leaves


def addresses(here: Neighbours, ids: dict[str, UUID]) -> Iterator[str]:
    """Every address that can be read, with the ids of what must not be seen there."""
    for rule in here.app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in NOT_READ:
            continue
        filled = re.sub(r"<uuid:(\w+)>", lambda m: str(ids.get(m[1], ids["case_id"])), rule.rule)
        filled = re.sub(r"<form:\w+>", "needs", filled)
        if "<" not in filled:
            yield filled


@pytest.mark.promise("conflict-of-interest-left-out")
def test_who_was_left_out_sees_nothing_of_the_case_at_any_address(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    left, ids = chief(here), {"case_id": here.case_id, "referral_id": referral_id}
    bearer = here.app.test_client().post(
        "/api/v1/sessions",
        json={
            "username": here.place.police.users["supervisor"],
            "passphrase": "nắng lên đầu ngõ sáng",
            "code": "",
        },
    )
    heads = {"Authorization": f"Bearer {bearer.json['token']}"}

    def told(client: Any) -> set[str]:
        """The addresses that name the case or its referral, by code or id."""
        marks = (here.code, str(here.case_id), str(referral_id))
        found = set()
        for path in addresses(here, ids):
            answer = client.get(path, headers=heads if path.startswith("/api/") else {})
            said = answer.get_data(as_text=True) if answer.status_code == 200 else ""
            if any(mark in said for mark in marks):
                found.add(path)
        return found

    before = told(left)
    assert {"/cases", "/", f"/cases/{here.case_id}", "/api/v1/cases"} <= before
    page = text_of(left.get(f"/cases/{here.case_id}/conflict"))
    assert "Những gì đã đọc trước đó thì vẫn biết." in page
    typed = CONFLICT | {"member_id": str(member_id(here, "supervisor"))}
    answer = left.post(f"/cases/{here.case_id}/conflict", data=typed)
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert told(left) == {"/api/v1/audit-entries"}  # the agency's log, by random ids alone
    assert left.get(f"/cases/{here.case_id}").status_code == 404

    stays = here.place.officer()
    shown = text_of(stays.get(f"/cases/{here.case_id}"))
    assert "Người quen thân, đồng nghiệp, hàng xóm của người được hỗ trợ" in shown
    assert here.code in text_of(stays.get("/referrals?show=sent"))
    assert "Một hồ sơ đã được chuyển sang nhóm của mình" in text_of(stays.get("/notices"))


@pytest.mark.promise("named-circle-by-key")
def test_an_administrator_makes_a_circle_whose_cases_stay_shut_to_the_maker(
    here: Neighbours,
) -> None:
    boss = here.place.client(here.place.police.administrator)
    officer_id, chief_id = member_id(here, "police_officer"), member_id(here, "supervisor")
    assert boss.post("/circles", data={}).status_code == 422
    assert boss.post("/circles", data={"member_ids": [str(officer_id)]}).status_code == 303
    (circle,) = named(here)
    page = text_of(boss.get("/circles"))
    assert circle.name_vi in page
    assert "Thêm cán bộ vào nhóm" not in page
    path = f"/circles/{circle.id}/members"
    assert boss.post(path, data={"member_id": str(chief_id)}).status_code == 403

    officer = here.place.officer()
    move = f"/cases/{here.case_id}/circle"
    assert circle.name_vi in text_of(officer.get(move))
    assert officer.post(move, data={}).status_code == 422
    assert officer.post(move, data={"circle_id": str(circle.id)}).status_code == 303
    assert text_of(officer.get(f"/cases/{here.case_id}"))
    assert chief(here).get(f"/cases/{here.case_id}").status_code == 404
    assert officer.post(path, data={"member_id": str(chief_id)}).status_code == 303
    assert text_of(chief(here).get(f"/cases/{here.case_id}"))
    assert boss.get(f"/cases/{here.case_id}").status_code == 404


def test_a_referral_is_passed_on_from_its_page_before_anybody_answers(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    assert "Chuyển cho nhóm khác" in text_of(nurse.get(f"/referrals/{referral_id}"))
    path = f"/referrals/{referral_id}/circle"
    refused = nurse.post(path, data={"circle_id": "others"})
    assert refused.status_code == 422, "nobody else is there"
    with here.app.app_context():
        house = here.place.hospital
        db.session().add_all([house.agency, *house.circles.values()])
        here.place.province.member(house, "social_worker", "second")
        db.rollback()
    assert nurse.post(path, data={"circle_id": "others"}).status_code == 303
    assert nurse.get(f"/referrals/{referral_id}").status_code == 404
    second = sign_in(here.app.test_client(), "second")
    assert "Cần khám trong đêm." in text_of(second.get(f"/referrals/{referral_id}"))
    with here.app.app_context():
        row = db.session().get_one(Referral, referral_id)
        assert row.to_circle_id == named(here)[0].id
