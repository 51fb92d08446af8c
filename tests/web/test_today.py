"""The first page after sign-in, for each role."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from referral.kernel import clock, db
from referral.referrals import service as referrals
from referral.web.format import clock_face
from referral.web.today import Row
from tests.factories.province import case_of, consent_of
from tests.web.staff import HOSPITAL, POLICE, Place, make_place, text_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
SUMMARY = {
    "age_band": "25_39",
    "sex": "female",
    "needs": ["health_care"],
    "reason": "cần khám ngay",
}


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def send(place: Place, urgency: str = "p0", count: int = 1) -> list[str]:
    """Referrals from the police to the hospital, each of a case of its own; gives their codes."""
    codes = []
    with place.app.app_context():
        officer = place.province.worker(place.police, "police_officer")
        for _ in range(count):
            case = case_of(officer)
            consent_of(officer, case, agency_id=place.hospital_id, kinds=["incident", "needs"])
            with db.unit_of_work():
                referrals.send_referral(
                    officer,
                    case,
                    kind="service",
                    circle_id=place.hospital_circle_id,
                    urgency=urgency,
                    kinds=["incident", "needs"],
                    summary=SUMMARY,
                )
            codes.append(case.code)
        db.rollback()
    return codes


def group_of(page: str, title: str) -> str:
    """What stands under one heading."""
    return page.split(f">{title}")[1].split('class="group"', maxsplit=1)[0]


def test_a_request_in_an_emergency_stands_first_with_its_clock_and_without_a_name(
    place: Place,
) -> None:
    (code,) = send(place)

    page = text_of(place.nurse().get("/"))

    pressing = group_of(page, "Cần làm ngay")
    assert code in pressing
    assert f"từ {POLICE}" in pressing
    assert "Từ 25 đến 39 tuổi" in pressing
    assert "data-due=" in pressing
    assert "Hồ Thị Mây" not in page
    assert '<span class="n">1</span>' in page


def test_what_can_wait_does_not_press(place: Place) -> None:
    (code,) = send(place, "p3")

    page = text_of(place.nurse().get("/"))

    assert "Cần làm ngay" not in page
    assert code in group_of(page, "Trong ca này")


def test_a_task_of_another_day_stands_apart_from_this_shift(place: Place) -> None:
    with place.app.test_request_context():
        soon, distant = (
            Row("/", face=clock_face(clock.now() + timedelta(hours=hours))) for hours in (23, 25)
        )
        asked = Row("/", level="p3", face=clock_face(clock.now() + timedelta(hours=72)))

        assert [row.is_distant for row in (soon, distant, asked)] == [False, True, False]


def test_the_sender_sees_who_looks_after_it_now(place: Place) -> None:
    (code,) = send(place)

    with_others = group_of(text_of(place.officer().get("/")), "Đơn vị khác đang lo")

    assert code in with_others
    assert HOSPITAL in with_others
    assert "Đã gửi" in with_others


def test_a_role_that_opens_no_case_meets_none(place: Place) -> None:
    codes = send(place)

    page = text_of(place.client(place.police.administrator).get("/"))

    assert not any(code in page for code in codes)
    assert "/cases" not in page
    assert "Hiện không có việc đang chờ" in page


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_form_begun_is_offered_again_and_leads_back_to_itself(place: Place) -> None:
    client = place.officer()
    client.post("/drafts/incident_report", data={"least_facts": "ba mẹ con ở nhà hàng xóm"})

    shift = group_of(text_of(client.get("/")), "Bản nháp của tôi")

    assert "Viết tiếp bản nháp: Tin báo" in shift
    (href,) = re.findall(r'href="([^"]+)"', shift)
    assert "ba mẹ con ở nhà hàng xóm" in text_of(client.get(href))


def test_what_is_late_is_shown_whole_and_of_the_rest_the_first_with_more_on_demand(
    place: Place,
) -> None:
    send(place, urgency="p3", count=10)
    page = text_of(place.nurse().get("/"))
    shown, _, folded = page.partition('<details class="jump gap-s">')
    assert (shown.count('class="task"'), folded.count('class="task"')) == (8, 2)
    assert "2 mục nữa" in folded
    with time_machine.travel(clock.now() + timedelta(days=4)):
        late = group_of(text_of(place.nurse().get("/")), "Cần làm ngay")
    assert late.count('class="task"') == 10
    assert "<details" not in late


def test_the_number_of_queries_does_not_grow_with_the_list(place: Place) -> None:
    send(place)
    few = queries_of(place)
    send(place, count=4)

    assert few
    assert queries_of(place) == few


def queries_of(place: Place) -> int:
    client = place.nurse()
    client.get("/")
    counted: list[str] = []
    with place.app.app_context():
        engine = db.db.engine

    def count(_connection, _cursor, statement, *_rest) -> None:
        counted.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        text_of(client.get("/"))
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([statement for statement in counted if statement.lstrip().startswith("SELECT")])


def test_who_stands_duty_is_told_how_much_waits_and_of_no_case(place: Place) -> None:
    codes = send(place, "p0", 2)
    with place.app.app_context():
        db.session().add(place.hospital.agency)
        duty = place.province.member(place.hospital, "duty_officer")
        db.rollback()

    fresh = text_of(place.client(duty).get("/"))
    with time_machine.travel(clock.now() + timedelta(minutes=31), tick=False):
        late = text_of(place.client(duty).get("/"))

    assert counts_of(fresh) == ["2", "0", "0", "0"]
    assert counts_of(late) == ["2", "2", "0", "0"]
    assert "2 phiếu khẩn cấp chờ trả lời" in fresh
    assert place.hospital.users["health_worker"] in fresh
    assert "Hiện không có việc đang chờ" not in fresh
    for page in (fresh, late):
        assert not any(code in page for code in codes)
        assert POLICE not in page
        assert "/referrals" not in page
        assert "/cases" not in page


def test_counts_are_for_the_duty_of_this_agency_only(place: Place) -> None:
    send(place, "p0")
    with place.app.app_context():
        db.session().add(place.police.agency)
        duty = place.province.member(place.police, "duty_officer")
        db.rollback()

    elsewhere = text_of(place.client(duty).get("/"))

    # the sender's own task to call back begins only once the answer is late
    assert counts_of(elsewhere)[:2] == ["0", "0"]
    assert 'class="big"' not in text_of(place.nurse().get("/"))


def counts_of(page: str) -> list[str]:
    return re.findall(r'class="big">(\d+)<', page)


def test_an_accepted_request_shows_its_state_and_first_contact(place: Place) -> None:
    (code,) = send(place)
    with place.app.app_context():
        nurse = place.province.worker(place.hospital, "health_worker")
        line = referral_of(nurse)
        with db.unit_of_work():
            referrals.accept_referral(
                nurse,
                line,
                worker_id=nurse.member_id,
                first_contact_at=clock.now() + timedelta(hours=5),
            )
        db.rollback()

    shift = group_of(text_of(place.nurse().get("/")), "Trong ca này")

    assert code in shift
    assert "Đã nhận hỗ trợ" in shift
    assert "Liên hệ lần đầu" in shift


def referral_of(actor):
    from referral.referrals.queries import inbox, visible_referral

    return visible_referral(actor, inbox(actor).rows[0].id)
