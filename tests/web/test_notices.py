"""Notices on the page: that something waits, never what."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def test_a_notice_leads_to_what_waits_and_is_then_seen(here: Neighbours) -> None:
    referral_id = here.refer(HOSPITAL)
    nurse = here.place.nurse()
    page = text_of(nurse.get("/notices"))
    assert "Có phiếu mới cần trả lời" in page
    assert here.code not in page
    found = re.search(r'action="(/notices/[0-9a-f-]{36})"', page)
    assert found

    answer = nurse.post(found[1])

    assert answer.headers["Location"] == f"/referrals/{referral_id}"
    assert "Đã xem" in text_of(nurse.get("/notices"))
    assert here.keeper().post(found[1]).status_code == 404
