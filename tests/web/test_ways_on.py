"""What a page offers can be done, and a step that was taken leads on to a page that is there."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

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


def test_a_night_keeper_is_offered_no_report_that_nobody_there_could_go_on_with(
    here: Neighbours,
) -> None:
    night = here.place.client(here.shelter.users["night_keeper"])

    assert "/cases/report" not in text_of(night.get("/"))
    assert night.get("/cases/report").status_code == 403
    assert "/cases/report" in text_of(here.place.officer().get("/"))


def soon() -> dict[str, str]:
    at = clock.local(clock.now() + timedelta(hours=1))
    return {
        "first_contact_at-date": f"{at:%d/%m/%Y}",
        "first_contact_at-time": f"{at:%H:%M}",
    }
