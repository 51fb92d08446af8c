"""What a page offers can be done, and a step that was taken leads on to a page that is there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from referral.accounts.queries import member_by_username
from referral.agencies.service import admit_to_circle
from referral.kernel import clock, db
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def test_who_may_not_answer_is_told_whom_to_call(here: Neighbours) -> None:
    name = "Ủy ban nhân dân xã Mẫu"
    with here.app.app_context():
        roles = ("social_worker", "commune_chair")
        committee = here.place.province.house(name, "commune_committee", *roles)
        here.agencies[name], here.circles[name, "cases"] = committee.id, committee.circle_id()
        db.rollback()
    address = f"/referrals/{here.refer(name)}"

    chair = text_of(here.place.client(committee.users["commune_chair"]).get(address))
    worker = text_of(here.place.client(committee.users["social_worker"]).get(address))

    told = "Cán bộ khác của đơn vị trả lời phiếu này"
    assert told in chair
    assert committee.users["social_worker"] in chair
    assert told not in worker


def test_a_follow_up_is_offered_to_the_custodian_alone(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse, case = here.place.nurse(), f"/cases/{here.case_id}"
    (member,) = re.findall(
        r'<option value="([0-9a-f-]{36})"', text_of(nurse.get(f"/referrals/{referral_id}"))
    )
    nurse.post(f"/referrals/{referral_id}/accept", data={"worker_id": member, **soon()})

    assert f"{case}/follow-up" in text_of(here.place.officer().get(case))
    assert f"{case}/follow-up" not in text_of(nurse.get(case))


def test_a_report_of_the_night_says_whom_to_call_and_leads_to_a_page_that_is_there(
    here: Neighbours,
) -> None:
    with here.app.app_context():
        province, roles = here.place.province, ("social_worker", "night_keeper")
        home = province.house("Cơ sở trợ giúp xã hội", "social_services", *roles)
        keeper = member_by_username(home.users["night_keeper"].lower())
        assert keeper is not None
        with db.unit_of_work():
            administrator = province.actor(home.administrator)
            admit_to_circle(administrator, home.circles["cases"], member_id=keeper.id)
        db.rollback()
    night = here.place.client(home.users["night_keeper"])
    moment = clock.local(clock.now())
    typed = {
        "received_at-date": f"{moment:%d/%m/%Y}",
        "received_at-time": f"{moment:%H:%M}",
        "channel": "in_person",
        "immediate_danger": "no",
        "once": mark_of(text_of(night.get("/cases/report"))),
    }

    written = night.post("/cases/report", data=typed)

    assert written.status_code == 303
    assert "Cần gọi ngay người phụ trách nơi tạm lánh" in text_of(night.get(written.location))
    assert "Tin báo, chưa gặp" in text_of(
        here.place.client(home.users["social_worker"]).get("/cases")
    )


def mark_of(page: str) -> str:
    (found,) = re.findall(r'name="once" value="([^"]+)"', page)
    return found


def soon() -> dict[str, str]:
    at = clock.local(clock.now() + timedelta(hours=1))
    return {
        "first_contact_at-date": f"{at:%d/%m/%Y}",
        "first_contact_at-time": f"{at:%H:%M}",
    }
