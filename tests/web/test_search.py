"""Looking for a case on its page: without script, without a name, without a trace in an address."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.cli.demo import bulk
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import NAME, PHONE, open_a_case

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
OTHER = "Nguyễn Thị Sương"


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


@pytest.mark.promise("found-by-name-without-tones")
def test_a_case_is_found_from_the_list_and_no_name_is_shown(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    (action,) = set(
        re.findall(r'method="post" role="search" action="([^"]+)"', text_of(client.get("/cases")))
    )
    for words, by in (("may ho", "khớp theo tên gọi"), ("+84400 123456", "số điện thoại")):
        answer = client.post(action, data={"words": words})
        page = text_of(answer)
        assert f'href="{address}"' in page
        assert by in page
        assert "25–39" in page or "25 đến 39" in page
        for said in (NAME, PHONE, words):
            assert said not in page
        assert answer.headers["Cache-Control"] == "no-store"
        assert "?" not in action


def test_what_found_nothing_comes_back_to_be_mended(place: Place) -> None:
    open_a_case(place)
    page = text_of(place.officer().post("/cases/search", data={"words": OTHER}))
    assert f'value="{OTHER}"' in page
    assert "Không tìm thấy hồ sơ nào" in page
    assert OTHER not in re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0]


@pytest.mark.parametrize(
    ("words", "language", "said"),
    [
        ("h", "vi", "Gõ ít nhất hai chữ cái của tên"),
        ("12", "en", "Write at least two letters of a name"),
        ("", "en", "This answer is needed."),
        ("x" * 101, "en", "The text is too long."),
    ],
)
def test_too_little_or_too_much_is_refused_beside_the_field(
    place: Place, words: str, language: str, said: str
) -> None:
    client = place.officer()
    client.set_cookie("lang", language)
    answer = client.post("/cases/search", data={"words": words})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert 'aria-invalid="true"' in page


def test_the_page_can_be_asked_for_by_its_address(place: Place) -> None:
    assert 'name="words"' in text_of(place.officer().get("/cases/search"))


def test_many_hits_are_said_to_be_the_best(place: Place) -> None:
    with place.app.app_context():
        officer = place.province.worker(place.police, "police_officer")
        bulk.fill_cards(officer, [{"identity": {"paper_name": OTHER}}] * 51)
    page = text_of(place.officer().post("/cases/search", data={"words": "suong"}))
    assert page.count('class="task"') == 50
    assert "Đang hiện 50 hồ sơ khớp nhất" in page
