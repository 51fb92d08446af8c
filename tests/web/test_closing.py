"""Closing a case on its page: what still runs is shown, and what stays shared is chosen."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from referral.kernel import clock
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL
from tests.web.test_referrals import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def test_who_closes_a_case_is_shown_what_still_runs(here: Neighbours) -> None:
    supervisor = here.place.client(here.place.police.users["supervisor"])
    form = f"/cases/{here.case_id}/close"
    assert "Còn phiếu chuyển gửi chưa xong" not in text_of(supervisor.get(form))
    referral_id = here.refer(HOSPITAL)
    page = text_of(supervisor.get(form))
    assert "Còn phiếu chuyển gửi chưa xong" in page
    assert HOSPITAL in page
    assert f'href="/referrals/{referral_id}"' in page
    assert "mở lại" not in page


def test_two_referrals_and_bases_of_one_agency_are_told_apart_by_service_and_day(
    here: Neighbours, time_machine_hours: Callable[[float], None]
) -> None:
    here.refer(HOSPITAL)
    time_machine_hours(48)
    here.agree(HOSPITAL, "safe_contact")
    supervisor = here.place.client(here.place.police.users["supervisor"])
    page = text_of(supervisor.get(f"/cases/{here.case_id}/close"))
    first, second = (clock.today() - timedelta(days=2), clock.today())
    assert re.search(rf">Dịch vụ hỗ trợ · đã gửi {first:%d/%m/%Y}", page)
    told = re.findall(r"ghi (\d\d/\d\d/\d{4}),.\d\d:\d\d, đến \d\d/\d\d/\d{4}", page)
    assert set(told) >= {f"{first:%d/%m/%Y}", f"{second:%d/%m/%Y}"}


def test_who_closes_a_case_chooses_what_stays_shared(here: Neighbours) -> None:
    supervisor = here.place.client(here.place.police.users["supervisor"])
    form = f"/cases/{here.case_id}/close"
    assert 'name="keeping"' not in text_of(supervisor.get(form))
    referral_id = here.refer(HOSPITAL)
    basis_id = str(re.findall('name="keeping" value="([^"]+)"', text_of(supervisor.get(form)))[0])
    today = f"{clock.today():%d/%m/%Y}"
    typed = {"closed_on": today, "reason": "goals_met"}
    assert supervisor.post(form, data=typed | {"keeping": "x"}).status_code == 422
    again = supervisor.post(form, data={"keeping": basis_id})
    assert again.status_code == 422
    assert f'value="{basis_id}" checked' in again.text
    assert f'value="{basis_id}" checked' in text_of(supervisor.get(form)), "its draft keeps it"
    assert here.state_of(referral_id) == "sent"
    assert supervisor.post(form, data=typed).status_code == 303
    assert here.state_of(referral_id) == "withdrawn"
    assert here.place.nurse().get(f"/cases/{here.case_id}").status_code == 404
