"""Following up on the pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from referral.kernel import clock
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def day(ahead: int) -> str:
    return f"{clock.today() + timedelta(days=ahead):%d/%m/%Y}"


def test_a_follow_up_sets_the_next_day(here: Neighbours) -> None:
    officer = here.place.officer()
    path = f"/cases/{here.case_id}/follow-up"
    assert "Ngày theo dõi tiếp theo" in text_of(officer.get(path))
    typed = {"met_on": day(0), "meeting": "visit", "next_on": day(-1)}

    past = officer.post(path, data=typed)
    assert past.status_code == 422
    assert "Cần chọn hôm nay hoặc một ngày sau đó." in past.get_data(as_text=True)
    done = officer.post(path, data=typed | {"next_on": day(7)})

    assert done.status_code == 303
    assert f"{clock.today() + timedelta(days=7):%d/%m}" in text_of(officer.get("/"))


def test_who_may_not_follow_up_is_refused(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)

    assert administrator.get(f"/cases/{here.case_id}/follow-up").status_code == 403


def test_what_was_typed_stays_after_a_refusal(here: Neighbours) -> None:
    officer = here.place.officer()

    answer = officer.post(
        f"/cases/{here.case_id}/follow-up", data={"how_she_is": "Đã bình tĩnh hơn."}
    )

    assert answer.status_code == 422
    assert "Đã bình tĩnh hơn." in answer.get_data(as_text=True)
