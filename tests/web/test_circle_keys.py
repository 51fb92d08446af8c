"""The page of a circle's keys: what is left is sealed anew, and the older key ends."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, POLICE, text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


@pytest.mark.promise("old-keys-come-to-an-end")
def test_a_press_seals_what_is_left_and_ends_the_older_key(here: Neighbours) -> None:
    here.refer(HOSPITAL)
    page = f"/circles/{here.circle(POLICE)}/keys"
    boss = here.place.client(here.place.police.administrator)
    assert "Mọi nội dung đã được niêm phong bằng khóa mới nhất" in text_of(boss.get(page))
    assert boss.post(f"{page}/renew").status_code == 303
    officer = here.place.officer()
    shown = text_of(officer.get(page))
    assert "còn 2" in shown
    assert "Đổi khóa" not in shown
    assert officer.post(f"{page}/renew").status_code == 403
    assert boss.post(f"{page}/rewrap").status_code == 303
    shown = text_of(boss.get(page))
    assert "Khóa cũ đã hết hiệu lực" in shown
    assert "Mọi nội dung đã được niêm phong bằng khóa mới nhất" in shown


def test_a_circle_of_another_agency_is_not_there(here: Neighbours) -> None:
    page = f"/circles/{here.circle(POLICE)}/keys"
    stranger = here.place.client(here.place.hospital.administrator)
    assert stranger.get(page).status_code == 404
    for step in ("rewrap", "share", "renew"):
        assert stranger.post(f"{page}/{step}").status_code == 404
