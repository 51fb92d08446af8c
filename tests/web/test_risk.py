"""A risk is worked out, may be judged higher by whoever works on it, and closes no service."""

from collections.abc import Callable
from typing import Any

import pytest

from referral.kernel import clock
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case, section_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    del compiled_catalogue
    return make_place(settle_whole)


def assess(place: Place, address: str, **answers: str) -> Any:
    client = place.officer()
    where, revision, _ = section_form(client, address, "risk_triage")
    today = f"{clock.today():%d/%m/%Y}"
    return client.post(where, data={"revision": revision, "assessed_on": today, **answers})


def head_of(place: Place, address: str) -> str:
    return text_of(place.officer().get(address)).partition('id="main"')[2]


def test_the_level_that_was_worked_out_stands_in_the_heading_with_its_tool_named_unproven(
    place: Place,
) -> None:
    address = open_a_case(place)
    assert "Mức độ nguy cơ" not in head_of(place, address)
    assert assess(place, address, pregnant="yes", escalating="yes").status_code == 303
    page = head_of(place, address)
    assert "Mức độ nguy cơ: Trung bình" in page
    assert "Trung bình · 8 mục chưa trả lời · công cụ chưa được kiểm định" in page
    assert assess(place, address, strangled="yes").status_code == 303
    assert "Mức độ nguy cơ: Cao" in head_of(place, address)


def test_a_worker_judges_it_higher_with_a_reason_and_not_lower(place: Place) -> None:
    address = open_a_case(place)
    raised = {"judged": "high", "judged_reason": "người đó vừa ra tù"}
    assert assess(place, address, judged="high").status_code == 422, "no reason"
    assert assess(place, address, **raised).status_code == 303
    assert "Mức độ nguy cơ: Cao" in head_of(place, address)
    lowered = assess(place, address, weapon="yes", judged="low", judged_reason="đã tịch thu")
    assert lowered.status_code == 422
    page = lowered.get_data(as_text=True)
    assert "Ở đây chỉ nâng được mức" in page
    assert "đã tịch thu" in page, "what was typed stays"


def test_a_low_level_takes_nothing_away_that_may_be_done(place: Place) -> None:
    address = open_a_case(place)
    before = head_of(place, address).count('class="button')
    assert assess(place, address).status_code == 303
    assert "Mức độ nguy cơ: Thấp" in head_of(place, address)
    assert head_of(place, address).count('class="button') >= before
