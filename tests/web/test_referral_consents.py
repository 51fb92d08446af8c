"""What a consent has said, on the steps of a referral: whom it names, and what was left out."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.cases.queries import visible_case
from referral.cases.service import write_section
from referral.kernel import clock, db
from tests.web.neighbours import SOCIAL, Neighbours, make_neighbours
from tests.web.staff import HOSPITAL
from tests.web.test_referrals import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def test_step_two_tells_what_she_was_not_asked_about_from_what_was_left_out(
    here: Neighbours, time_machine_hours: Callable[[float], None]
) -> None:
    here.agree(HOSPITAL, "needs")
    time_machine_hours(1)
    with here.app.app_context():
        writer = here.actor(here.place.police, "police_officer")
        with db.unit_of_work():
            write_section(
                writer,
                visible_case(writer, here.case_id),
                kind="medical",
                answers={"seen_at": f"{clock.now():%Y-%m-%dT%H:%M:00Z}"},
                expected_revision=0,
            )
    officer, path = here.place.officer(), f"/cases/{here.case_id}/referral"
    officer.post(path, data={"recipient": f"service:{here.circle(HOSPITAL)}"})

    page = text_of(officer.get(f"{path}/2"))

    list_of = page.partition('<ul class="check">')[2].partition("</ul>")[0]
    rows = dict(re.findall(r"<b>([^<]+)</b>(.+?)</li>", list_of, re.DOTALL))
    said = {title: re.findall(r'class="why">([^.]+)\.', row) for title, row in rows.items()}
    assert said == {
        "Cách liên hệ an toàn": ["Không có trong sự đồng ý đã ghi"],
        "Người được hỗ trợ": ["Không có trong sự đồng ý đã ghi"],
        "Vụ việc": ["Không có trong sự đồng ý đã ghi"],
        "Chăm sóc y tế": ["Chưa hỏi"],
    }
    assert "Không đồng ý" not in page


@pytest.mark.parametrize("name", [HOSPITAL, SOCIAL])
def test_whom_a_consent_names_is_chosen_for_whoever_comes_from_it(
    here: Neighbours, name: str
) -> None:
    officer, path = here.place.officer(), f"/cases/{here.case_id}"
    assert " checked" not in officer.get(f"{path}/referral").text
    here.agree(name, "needs")

    link = re.search(rf'href="({path}/referral[^"]+)">Chuyển gửi', officer.get(path).text)
    assert link
    page = officer.get(html.unescape(link[1])).text

    assert re.findall(r'value="([^"]+)" checked', page) == [f"service:{here.circle(name)}"]
