"""Lines of a group on a page, without script: one more, one less, nothing lost, nothing saved."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.cases.forms_in_force import shelf
from referral.cases.model import Section
from referral.kernel import db
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case

OWN = """
id = "company"
version = 1
title_vi = "Người đi cùng"
title_en = "Company"

[[fields]]
id = "ill"
type = "yes_no_unknown"
vi = "Có bệnh?"
en = "Ill?"

[[fields]]
id = "illness"
type = "text"
vi = "Bệnh gì"
en = "Which illness"
required = true
shown_when = { field = "ill", any_of = ["yes"] }

[[fields]]
id = "account"
type = "long_text"
vi = "Ghi chú"
en = "Note"

[[fields]]
id = "came_on"
type = "date"
vi = "Ngày đến"
en = "Came on"

[[fields]]
id = "left_on"
type = "date"
vi = "Ngày đi"
en = "Left on"
not_before = "came_on"
required_when = { field = "ill", any_of = ["yes", "unknown"] }

[[fields]]
id = "children"
type = "group"
vi = "Trẻ em"
en = "Child"
most = 3

[[fields.fields]]
id = "sex"
type = "one_of"
options = "sex"
vi = "Giới tính"
en = "Sex"
required = true

[[fields.fields]]
id = "age"
type = "number"
vi = "Tuổi"
en = "Age"
maximum = 25
unit_vi = "năm"
unit_en = "years"

[[fields]]
id = "how_many"
type = "calculated"
vi = "Số trẻ"
en = "How many"
calculated = { rows = "children" }
"""


@pytest.fixture
def place(
    settle_whole: Callable[..., Any], compiled_catalogue: None, tmp_path: Path
) -> Iterator[Place]:
    """An installation with a form of its own."""
    made = make_place(settle_whole)
    folder = tmp_path / "forms"
    folder.mkdir()
    (folder / "company.toml").write_text(OWN, encoding="utf-8")
    shelf.configure(folder)
    yield made
    shelf.configure(None)


def count_of(place: Place, address: str) -> int:
    with place.app.app_context():
        case_id = UUID(address.rsplit("/", 1)[1])
        query = select(Section).where(Section.case_id == case_id, Section.kind == "company")
        found = len(db.session().scalars(query).all())
        db.rollback()
    return found


def worked_out(page: str) -> str:
    return re.findall(r'id="f-how_many">.*?<p>(.*?)</p></div>', page)[0]


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_line_comes_and_goes_and_only_saving_writes(place: Place) -> None:
    address = open_a_case(place)
    client, href = place.officer(), f"{address}/sections/company"
    typed = {"revision": "0", "account": "hai trẻ"}

    page = text_of(client.post(href, data={**typed, "add-line": "children"}))
    assert "hai trẻ" in page
    assert 'name="children-row" value="0"' in page
    assert 'name="children-0-age"' in page

    first = {"children-row": ["0"], "children-0-sex": "female", "children-0-age": "ba"}
    page = text_of(client.post(href, data={**typed, **first, "add-line": "children"}))
    assert 'name="children-row" value="1"' in page
    assert 'value="ba"' in page

    both = {**first, "children-row": ["0", "1"], "children-1-sex": "male", "children-1-age": "13"}
    page = text_of(client.post(href, data={**typed, **both, "drop-line": "children-0"}))
    assert 'name="children-0-age"' not in page
    assert 'name="children-1-age" type="text" value="13"' in page
    assert worked_out(page) == "1"
    assert count_of(place, address) == 0

    kept = {**typed, **both, "children-0-age": "3"}
    assert client.post(href, data=kept).status_code == 303
    page = text_of(client.get(address))
    assert "<dt>Trẻ em (1)</dt><dd>Giới tính: Nữ; Tuổi: 3 năm</dd>" in page
    assert "<dt>Trẻ em (2)</dt><dd>Giới tính: Nam; Tuổi: 13 năm</dd>" in page
    assert "<dt>Số trẻ</dt><dd>2</dd>" in page
    page = text_of(client.get(href))
    assert page.count('name="children-row"') == 2
    assert worked_out(page) == "2"
    assert 'name="how_many"' not in page


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_wrong_in_a_line_is_said_beside_its_box_and_on_top(place: Place) -> None:
    address = open_a_case(place)
    rows = {"children-row": ["5", "2"], "children-5-sex": "female", "children-2-age": "99"}
    answer = place.officer().post(f"{address}/sections/company", data={**rows, "revision": "0"})
    page = answer.get_data(as_text=True).replace("\u00a0", " ")
    assert answer.status_code == 422
    assert 'href="#f-children-2-sex">Trẻ em (2): Giới tính: ' in page
    assert 'href="#f-children-2-age">Trẻ em (2): Tuổi: ' in page
    assert 'id="f-children-2-age-msg"' in page
    assert 'id="f-children-5-age-msg"' not in page


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_form_holds_no_more_lines_than_it_says(place: Place) -> None:
    address = open_a_case(place)
    full = {"revision": "0", "children-row": ["0", "1", "2"], "add-line": "children"}
    page = text_of(place.officer().post(f"{address}/sections/company", data=full))
    assert page.count('name="children-row"') == 3
    assert 'name="add-line" value="children"' not in page


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_page_without_script_says_what_a_question_depends_on(place: Place) -> None:
    address = open_a_case(place)
    page = text_of(place.officer().get(f"{address}/sections/company"))
    assert "Không trước: Ngày đến" in page
    assert "Cần trả lời nếu “Có bệnh?” là: Có; Không rõ" in page


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_required_only_sometimes_says_when_beside_its_label_and_is_not_marked_as_always(
    place: Place,
) -> None:
    address = open_a_case(place)
    page = text_of(place.officer().get(f"{address}/sections/company"))
    label = re.search(r'<label for="f-illness">(.+?)</label>', page, re.DOTALL)
    assert label
    assert label[1].strip().startswith("Bệnh gì")
    assert "Chỉ trả lời nếu “Có bệnh?” là: Có · khi đó bắt buộc" in label[1]
    assert "(bắt buộc)" not in label[1]
    box = re.search(r'<input[^>]+id="f-illness"[^>]*>', page)
    assert box
    assert "aria-required" not in box[0]
    report = text_of(place.officer().get("/cases/report"))
    assert "(bắt buộc)" in report, "what is always required is still marked"
