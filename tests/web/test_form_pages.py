"""Forms as such: blank sheets for whoever works on cases, previews and files for administrators."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from referral.audit.model import AuditEntry
from referral.cases.forms.sheets import read_sheet_number
from referral.cases.forms_in_force import shelf
from referral.cases.model import Draft, SectionRevision
from referral.kernel import db
from referral.web.cases.blueprint import code_of
from tests.web.own_form import EVERYTHING, own_form
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
    client = place.officer()
    (number,) = numbers_on(text_of(client.get(f"{VISIT}/sheet")))
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


def kept(place: Place) -> list[int]:
    """How much there is of what a page could leave behind."""
    with place.app.app_context():
        found = [
            db.session().scalar(select(func.count()).select_from(table)) or 0
            for table in (AuditEntry, Draft, SectionRevision)
        ]
        db.rollback()
    return found


def test_a_form_is_tried_out_and_nothing_of_it_is_kept(
    place: Place, administrator: FlaskClient
) -> None:
    before = kept(place)
    page = text_of(administrator.get(VISIT))
    assert "Kể cả thời gian chờ." in page
    assert "data-draft-url" not in page

    longer = text_of(administrator.post(VISIT, data={**TRIED, "add-line": "others"}))
    assert longer.count('name="others-row"') == 2
    page = text_of(administrator.post(VISIT, data=TRIED))
    assert "<dt>Đã mang theo</dt><dd>Gạo; Quần áo</dd>" in page
    assert "<dt>Số người có mặt</dt><dd>1</dd>" in page
    assert kept(place) == before


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_what_the_file_says_of_a_question_stands_on_the_page_and_in_the_api_document(
    administrator: FlaskClient, lang: str
) -> None:
    administrator.set_cookie("lang", lang)
    page = text_of(administrator.get(VISIT))
    described = shelf.form("home_visit").openapi()["properties"]
    minutes, place = described["minutes"], described["place"]
    told = {
        "vi": ("x-title-vi", "x-description-vi", "x-unit-vi"),
        "en": ("title", "description", "x-unit"),
    }
    said = [minutes[key] for key in told[lang]] + [
        label[lang] for label in place["x-answers"].values()
    ]
    assert len(said) == 6
    assert [words for words in said if words not in page] == []
    assert minutes["anyOf"][0] == {"type": "integer", "minimum": 0, "maximum": 600}
    answer = administrator.post(VISIT, data={**TRIED, "minutes": "601"})
    assert 'id="f-minutes-msg"' in answer.get_data(as_text=True)


def test_what_the_form_would_refuse_is_said_in_the_preview(administrator: FlaskClient) -> None:
    answer = administrator.post(VISIT, data={"visited_on": "31/02/2024", "door": "no"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-visited_on-msg"' in page
    assert 'id="f-brought-msg"' in page
    assert 'value="31/02/2024"' in page


def test_a_file_that_changed_is_previewed_and_asks_nobody_before_the_next_start(
    place: Place, administrator: FlaskClient, folder: Path
) -> None:
    later = EVERYTHING.replace("Ngày đến", "Ngày thăm")
    (folder / "home_visit.toml").write_text(later, encoding="utf-8")
    other = EVERYTHING.replace("home_visit", "phone_call").replace("Thăm tại nhà", "Gọi điện")
    (folder / "phone_call.toml").write_text(other, encoding="utf-8")

    page = text_of(administrator.get("/forms"))
    assert page.count("Dùng từ lần khởi động tới") == 2
    in_force, _, own = page.partition("Biểu mẫu đang dùng")[2].partition("Riêng của hệ thống này")
    assert "Gọi điện" in own
    assert "Gọi điện" not in in_force
    assert "Ngày thăm" in text_of(administrator.get(VISIT))
    assert "Gọi điện" in text_of(administrator.get(f"/forms/{code_of('phone_call')}"))
    asked = text_of(place.officer().get(f"{open_a_case(place)}/sections/home_visit"))
    assert "Ngày đến" in asked
    assert "Ngày thăm" not in asked


def test_each_wrong_file_is_named_with_line_and_reason_while_the_forms_stay(
    administrator: FlaskClient, folder: Path
) -> None:
    wrong = EVERYTHING.replace('type = "time"', 'type = "clock"')
    (folder / "home_visit.toml").write_text(wrong, encoding="utf-8")
    line = wrong[: wrong.index('type = "clock"')].count("\n") + 1
    (folder / "torn.toml").write_text('id = "torn"\nversion =\n', encoding="utf-8")

    page = re.sub(r"<[^>]+>", "", text_of(administrator.get("/forms")))
    assert f"home_visit.toml, dòng {line}, hour: type: Must be one of: " in page
    assert "torn.toml, dòng 2: Invalid value" in page
    assert "Giờ thuận tiện" in text_of(administrator.get(VISIT))


def test_files_that_are_wrong_only_together_are_named_as_well(
    administrator: FlaskClient, folder: Path
) -> None:
    twin = folder / "home_visit.1.toml"
    twin.write_text(EVERYTHING, encoding="utf-8")
    page = re.sub(r"<[^>]+>", "", text_of(administrator.get("/forms")))
    assert "version 1 stands in two files" in page


def test_whoever_works_on_cases_prints_and_does_not_preview(place: Place, folder: Path) -> None:
    officer = place.officer()
    page = text_of(officer.get("/forms"))
    assert "home_visit.toml" not in page
    assert officer.get(VISIT).status_code == 403
    administrator = place.client(place.police.administrator)
    assert administrator.get("/forms/00000000").status_code == 404
