"""Referrals on the pages: three steps out, one answer back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from referral.kernel import clock
from referral.referrals.queries import contact_due
from referral.web.referrals import suggested_contact
from tests.web.neighbours import SHELTER, SOCIAL, UNIT, Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, POLICE
from tests.web.staff import text_of as page_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def text_of(answer: Any) -> str:
    """The page, with spaces that do not break as plain ones."""
    return page_of(answer).replace("\u00a0", " ")


def when(hours: float = 1) -> dict[str, str]:
    moment = clock.local(clock.now() + timedelta(hours=hours))
    return {
        "first_contact_at-date": f"{moment:%d/%m/%Y}",
        "first_contact_at-time": f"{moment:%H:%M}",
    }


def own_id(page: str, name: str) -> str:
    found = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{re.escape(name)}', page)
    assert found
    return found[1]


@pytest.mark.promise("only-what-she-agreed")
def test_three_steps_send_what_was_agreed_and_keep_back_the_rest(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs", "safe_contact")
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/referral"

    first = text_of(officer.get(path))
    assert "Trung tâm Y tế huyện A Lưới" in first
    recipient = f"service:{here.circle(HOSPITAL)}"
    assert officer.post(path, data={"recipient": recipient}).status_code == 303

    second = text_of(officer.get(f"{path}/2"))
    assert re.findall(r'name="kinds" value="(\w+)" checked', second) == ["safe_contact", "needs"]
    assert officer.post(f"{path}/2", data={"urgency": "p1"}).status_code == 303

    third = text_of(officer.get(f"{path}/3"))
    assert "Gửi 2 phần, giữ lại 2 phần." in third
    assert "Gấp" in third
    answer = officer.post(f"{path}/3", data={"s-reason": "Cần khám trong đêm."})
    assert answer.status_code == 303

    sent = text_of(officer.get(answer.headers["Location"]))
    assert "Đã gửi" in sent
    nurse = here.place.nurse()
    page = text_of(nurse.get(answer.headers["Location"]))
    assert "Cần khám trong đêm." in page
    assert "nhu cầu hỗ trợ" in page
    assert "Hồ Thị Mây" not in page


@pytest.mark.promise("only-what-she-agreed")
def test_less_may_go_than_she_agreed_to(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs", "safe_contact")
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})
    shown = {"urgency": "p1", "offered": ["needs", "safe_contact"]}

    none = officer.post(f"{path}/2", data=shown)
    assert none.status_code == 422
    assert "Cần chọn ít nhất một phần." in none.get_data(as_text=True)
    assert officer.post(f"{path}/2", data=shown | {"kinds": ["needs"]}).status_code == 303
    assert ' value="safe_contact"><span>' in text_of(officer.get(f"{path}/2"))

    assert "Gửi 1 phần, giữ lại 3 phần." in text_of(officer.get(f"{path}/3"))
    sent = officer.post(f"{path}/3", data={"s-reason": "Cần khám trong đêm."})
    page = text_of(here.place.nurse().get(sent.headers["Location"]))
    assert "nhu cầu hỗ trợ" in page
    assert "liên hệ an toàn" not in page


def test_ticks_are_forgotten_with_their_recipient(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs", "safe_contact")
    here.agree(SOCIAL, "needs", "safe_contact")
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})
    officer.post(
        f"{path}/2",
        data={"urgency": "p1", "offered": ["needs", "safe_contact"], "kinds": ["needs"]},
    )

    officer.post(path, data={"recipient": f"service:{here.circle(SOCIAL)}"})

    assert "Gửi 2 phần, giữ lại 2 phần." in text_of(officer.get(f"{path}/3"))


def test_step_two_offers_consent_where_nobody_has_asked(here: Neighbours) -> None:
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})

    page = text_of(officer.get(f"{path}/2"))

    assert "Chưa hỏi" in page
    assert f"/cases/{here.case_id}/consents/new?" in page
    assert f"/cases/{here.case_id}/bases/new?" in page
    assert "disabled" in page


def test_a_wrong_step_answers_with_what_to_write(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs")
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/referral"

    assert officer.post(path, data={}).status_code == 422
    assert officer.get(f"{path}/3").status_code == 303
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})
    assert officer.post(f"{path}/2", data={}).status_code == 422
    officer.post(f"{path}/2", data={"urgency": "p2"})
    refused = officer.post(f"{path}/3", data={"s-reason": ""})
    assert refused.status_code == 422
    assert "Cần có câu trả lời này." in refused.get_data(as_text=True)


@pytest.mark.promise("nothing-typed-is-lost")
def test_steps_are_kept_as_a_sealed_draft_and_forgotten_once_sent(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs")
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})
    officer.post(f"{path}/2", data={"urgency": "p0"})
    saved = officer.post(f"{path}/draft", data={"s-reason": "Chưa viết xong"})
    assert re.fullmatch(r"\d\d:\d\d", saved.get_json()["saved_at"])

    again = here.place.officer()
    assert "Chưa viết xong" in text_of(again.get(f"{path}/3"))
    assert again.post(f"{path}/3", data={"s-reason": "Xong"}).status_code == 303
    assert again.get(f"{path}/3").status_code == 303


@pytest.mark.promise("second-click-does-nothing")
def test_a_second_press_of_send_leads_to_what_the_first_has_sent(here: Neighbours) -> None:
    here.agree(HOSPITAL, "needs")
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})
    officer.post(f"{path}/2", data={"urgency": "p0"})
    mark = re.findall(r'name="once" value="(\w+)"', text_of(officer.get(f"{path}/3")))[0]

    typed = {"s-reason": "Cần khám ngay", "once": mark}
    answers = [officer.post(f"{path}/3", data=typed) for _ in range(2)]

    assert "/referrals/" in answers[0].location
    assert answers[1].location == answers[0].location
    assert "Cần khám ngay" not in text_of(officer.get(path))
    assert officer.get(f"{path}/3").location.endswith("/referral")


@pytest.mark.promise("accepted-while-the-sender-sleeps")
def test_a_name_a_time_and_the_content_opens(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    assert here.code in text_of(nurse.get("/referrals"))
    page = text_of(nurse.get(f"/referrals/{referral_id}"))
    assert nurse.get(f"/cases/{here.case_id}").status_code == 404

    worker = own_id(page, here.place.hospital.users["health_worker"])
    answer = nurse.post(f"/referrals/{referral_id}/accept", data={"worker_id": worker, **when()})

    assert answer.status_code == 303
    assert here.state_of(referral_id) == "accepted"
    assert nurse.get(f"/cases/{here.case_id}").status_code == 200
    assert "0400123456" not in text_of(here.place.officer().get(f"/referrals/{referral_id}"))


@pytest.mark.parametrize(
    ("urgency", "waited", "expected"),
    [
        ("p0", 0, "25/11/2024 22:40"),
        ("p0", 12, "25/11/2024 22:40"),
        ("p0", 57, "25/11/2024 22:43"),
        ("p0", 300, "26/11/2024 02:50"),  # the limit is over: at once
        ("p1", 5, "26/11/2024 21:40"),
        ("p2", 5, "28/11/2024 21:40"),
        ("p3", 5, "02/12/2024 21:40"),
    ],
)
def test_the_first_contact_offered_keeps_the_limit_of_the_urgency(
    urgency: str, waited: int, expected: str
) -> None:
    sent_at = datetime(2024, 11, 25, 14, 43, tzinfo=UTC)
    due = contact_due(sent_at, urgency)

    with time_machine.travel(sent_at + timedelta(minutes=waited), tick=False):
        assert f"{suggested_contact(due):%d/%m/%Y %H:%M}" == expected


def test_an_acceptance_says_all_that_is_wrong_and_keeps_what_was_typed(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    typed = {"first_contact_at-date": "31/02/2025", "first_contact_at-time": "08:15"}

    refused = here.place.nurse().post(f"/referrals/{referral_id}/accept", data=typed)

    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Cần chọn cán bộ phụ trách." in page
    assert "Cần ghi cả ngày và giờ." in page
    assert 'value="31/02/2025"' in page
    assert 'value="08:15"' in page


def test_an_acceptance_without_a_time_says_what_to_write(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    worker = own_id(
        text_of(nurse.get(f"/referrals/{referral_id}")), here.place.hospital.users["health_worker"]
    )

    none = nurse.post(f"/referrals/{referral_id}/accept", data={"worker_id": worker})
    late = nurse.post(
        f"/referrals/{referral_id}/accept", data={"worker_id": worker, **when(hours=-5)}
    )

    assert (none.status_code, late.status_code) == (422, 422)
    assert here.state_of(referral_id) == "sent"


def test_whoever_comes_second_is_told_who_was_first(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    name = here.place.hospital.users["health_worker"]
    worker = own_id(text_of(nurse.get(f"/referrals/{referral_id}")), name)
    typed = {"worker_id": worker, **when()}
    nurse.post(f"/referrals/{referral_id}/accept", data=typed)

    again = nurse.post(f"/referrals/{referral_id}/accept", data=typed)
    said = text_of(nurse.get(again.headers["Location"]))

    assert "Đã có người làm trước" in said
    assert name in said


@pytest.mark.promise("no-referral-is-lost")
def test_a_refusal_needs_a_reason_and_the_sender_sees_it(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()

    assert nurse.post(f"/referrals/{referral_id}/decline", data={}).status_code == 422
    nurse.post(f"/referrals/{referral_id}/decline", data={"reason": "no_capacity"})

    assert here.state_of(referral_id) == "declined"
    assert "Hiện không còn khả năng tiếp nhận" in text_of(
        here.place.officer().get(f"/referrals/{referral_id}")
    )


def test_what_was_sent_can_be_taken_back_before_it_is_answered(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    officer = here.place.officer()

    officer.post(f"/referrals/{referral_id}/cancel")

    assert here.state_of(referral_id) == "cancelled"
    assert here.code in text_of(officer.get("/referrals?show=sent"))


def test_the_receiver_begins_and_completes(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    worker = own_id(
        text_of(nurse.get(f"/referrals/{referral_id}")), here.place.hospital.users["health_worker"]
    )
    nurse.post(f"/referrals/{referral_id}/accept", data={"worker_id": worker, **when()})

    nurse.post(f"/referrals/{referral_id}/start")
    assert here.state_of(referral_id) == "in_service"
    nurse.post(f"/referrals/{referral_id}/complete")

    assert here.state_of(referral_id) == "completed"
    assert "Đã hỗ trợ xong" in text_of(here.place.officer().get(f"/referrals/{referral_id}"))


@pytest.mark.promise("unseen-case-does-not-exist")
def test_a_referral_of_others_is_not_there(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)

    assert here.keeper().get(f"/referrals/{referral_id}").status_code == 404


def test_a_case_is_handed_over_with_what_its_new_custodian_must_know(here: Neighbours) -> None:
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"custody:{here.circle(SOCIAL)}"})
    assert "Được bàn giao cùng hồ sơ." in text_of(officer.get(f"{path}/2"))
    officer.post(f"{path}/2", data={"urgency": "p3"})
    sent = officer.post(f"{path}/3", data={"s-reason": "Cần quản lý trường hợp."})
    address = sent.headers["Location"]
    worker = here.place.client(here.social.users["social_worker"])
    member = own_id(text_of(worker.get(address)), here.social.users["social_worker"])

    worker.post(f"{address}/accept", data={"worker_id": member, **when()})

    taken = text_of(worker.get(address))
    assert "Đã tiếp nhận hồ sơ" in taken
    assert f'href="/cases/{here.case_id}"' in taken
    told = f"{POLICE} bàn giao hồ sơ cho {SOCIAL}"
    assert text_of(worker.get(f"/cases/{here.case_id}")).count(told) == 1
    assert text_of(officer.get(f"/cases/{here.case_id}")).count(told) == 1
    assert "Hồ Thị Mây" in text_of(worker.get(f"/cases/{here.case_id}"))


@pytest.mark.promise("shelter-place-stays-secret")
def test_a_bed_is_asked_of_the_keepers_of_an_area_not_of_a_place(here: Neighbours) -> None:
    here.agree(SHELTER, "needs")
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"
    first = text_of(officer.get(path))
    assert "4 chỗ trống đêm nay" in first
    assert "Thôn Mẫu 7" not in first

    elsewhere = officer.post(path, data={"unit": "19753", "look_up": "1"})
    assert elsewhere.status_code == 303
    assert "Chưa có nơi tạm lánh phục vụ" in text_of(officer.get(path))

    officer.post(path, data={"unit": UNIT, "look_up": "1"})
    officer.post(path, data={"recipient": f"shelter:{here.circle(SHELTER, 'shelter')}"})
    officer.post(f"{path}/2", data={"urgency": "p0"})
    sent = officer.post(f"{path}/3", data={"s-reason": "Cần chỗ ngủ đêm nay."})
    assert sent.status_code == 303
    assert "Cần chỗ ngủ đêm nay." in text_of(here.keeper().get(sent.headers["Location"]))


def test_pages_are_complete_in_english(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    nurse.set_cookie("lang", "en")

    page = text_of(nurse.get(f"/referrals/{referral_id}"))

    assert "The content opens on acceptance: " in page
    assert "Nhận hỗ trợ" not in page


def test_an_unfinished_referral_waits_on_the_first_page(here: Neighbours) -> None:
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"

    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})

    assert f'href="{path}"' in text_of(officer.get("/"))


def test_who_took_custody_is_not_asked_to_have_her_tell_the_incident_again(
    here: Neighbours,
) -> None:
    referral_id = here.refer(SOCIAL, "custody")
    social = here.place.client(here.social.users["social_worker"])
    worker = own_id(
        text_of(social.get(f"/referrals/{referral_id}")), here.social.users["social_worker"]
    )
    social.post(f"/referrals/{referral_id}/accept", data={"worker_id": worker, **when()})
    page = text_of(social.get(f"/cases/{here.case_id}"))
    assert f"/cases/{here.case_id}/close" in page
    assert "Hỗ trợ đã thực hiện" in page
    assert f"/cases/{here.case_id}/sections/incident" not in page
