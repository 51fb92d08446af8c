"""Forms as such: blank sheets for whoever works on cases."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral.cases.forms.sheets import new_sheet_number, read_sheet_number
from referral.web.cases.blueprint import code_of
from tests.web.own_form import own_form
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case, section_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
VISIT = f"/forms/{code_of('home_visit')}"
TRIED = {
    "visited_on": "24/11/2024",
    "door": "no",
    "brought": ["rice", "cloth"],
    "others-row": ["0"],
    "others-0-name": "Bà nội",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with own_form(tmp_path / "forms") as made:
        yield made


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


@pytest.fixture
def administrator(place: Place, folder: Path) -> FlaskClient:
    return place.client(place.police.administrator)


def numbers_on(page: str) -> list[str]:
    return re.findall(r'data-number="([^"]+)"', page)


def sheets_of(page: str) -> str:
    """What is printed: the main part, without the words about it."""
    return page[page.index('<table class="paper"') :]


def test_an_own_form_is_printed_blank_in_both_languages_with_a_number_each(
    place: Place, folder: Path
) -> None:
    client = place.officer()
    assert f'href="{VISIT}/sheet"' in text_of(client.get("/forms"))
    page = text_of(client.get(f"{VISIT}/sheet?copies=5&language=vi"))
    printed = numbers_on(page)
    assert [read_sheet_number(number) for number in printed] == printed
    assert len(set(printed)) == 5
    assert "Ngày đến" in sheets_of(page)
    assert "phút" in sheets_of(page)
    assert "Số người có mặt" not in sheets_of(page)

    english = sheets_of(text_of(client.get(f"{VISIT}/sheet?language=en")))
    assert "Visited on" in english
    assert "minutes" in english
    assert set(numbers_on(english)).isdisjoint(printed)


def test_a_sheet_says_neither_its_title_nor_what_stands_under_another_word(
    place: Place, folder: Path
) -> None:
    page = text_of(place.officer().get(f"{VISIT}/sheet?language=vi"))
    sheet, beside = sheets_of(page), page[: page.index('<table class="paper"')]
    for telling in ("Thăm tại nhà", "Ngoài sân", "Công an"):
        assert telling not in sheet
    assert "Mục A" in sheet
    assert re.search(r"<th scope=\"row\">1</th><td>Ngoài sân</td>", beside)


def test_a_number_of_copies_or_a_language_that_is_not_offered_prints_one_sheet(
    place: Place, folder: Path
) -> None:
    page = text_of(place.officer().get(f"{VISIT}/sheet?copies=9999&language=xx"))
    assert len(numbers_on(page)) == 1


def test_a_sheet_is_not_typed_into_a_case_twice(place: Place, folder: Path) -> None:
    address = open_a_case(place)
    client, number = place.officer(), new_sheet_number()
    typed = {"revision": "0", "sheet": number.lower(), **TRIED}
    assert client.post(f"{address}/sections/home_visit", data=typed).status_code == 303
    needs, revision, _ = section_form(client, address, "needs")
    again = client.post(needs, data={"revision": revision, "sheet": number})
    assert again.status_code == 422
    assert "Phiếu giấy này đã được nhập." in again.get_data(as_text=True)
    amended = {**typed, "revision": "1", "who": "Chị Lan"}
    assert client.post(f"{address}/sections/home_visit", data=amended).status_code == 303
    wrong = number[:-1] + ("2" if number[-1] != "2" else "3")
    answer = client.post(needs, data={"revision": revision, "sheet": wrong})
    assert answer.status_code == 422
    assert 'id="f-sheet-msg"' in answer.get_data(as_text=True)
