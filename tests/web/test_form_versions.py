"""A form gets a new version while sections, drafts and open pages of the old one are there."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral.cases.forms_in_force import shelf
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case

HEAD = 'id = "trip"\nversion = {}\ntitle_vi = "Đi lại"\ntitle_en = "Trip"\n'


def field(kind: str, name: str, vi: str, *lines: str) -> str:
    keys = [f'id = "{name}"', f'type = "{kind}"', f'vi = "{vi}"', 'en = "Ask"', *lines]
    return "\n[[fields]]\n" + "\n".join(keys) + "\n"


FIRST = (
    HEAD.format(1)
    + field("text", "from_where", "Đi từ đâu")
    + field("date", "left_on", "Đi ngày nào")
)
SECOND = (
    HEAD.format(2)
    + '\n[changes]\nsince = 1\nrenamed = { from_where = "origin" }\nremoved = ["left_on"]\n'
    + field("text", "origin", "Nơi xuất phát", "required = true")
    + field("datetime", "left_at", "Thời điểm đi")
)
SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The installation's own forms, in their first version."""
    made = tmp_path / "forms"
    made.mkdir()
    (made / "trip.toml").write_text(FIRST, encoding="utf-8")
    yield made
    shelf.configure(None)


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None, folder: Path) -> Place:
    made = make_place(settle_whole)
    shelf.configure(folder)
    return made


def upgrade(folder: Path) -> None:
    (folder / "trip.1.toml").write_text(FIRST, encoding="utf-8")
    (folder / "trip.toml").write_text(SECOND, encoding="utf-8")
    shelf.configure(folder)


def written(place: Place) -> tuple[FlaskClient, str, str]:
    """A case with a section of the first version; client, its address and that of the section."""
    address = open_a_case(place)
    client, href = place.officer(), f"{address}/sections/trip"
    typed = {"revision": "0", "from_where": "A Lưới", "left_on": "25/11/2024"}
    assert client.post(href, data=typed).status_code == 303
    return client, address, href


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_section_keeps_its_words_until_it_is_written_again(place: Place, folder: Path) -> None:
    client, address, href = written(place)
    upgrade(folder)
    for page in (text_of(client.get(address)), text_of(client.get(f"{address}/print"))):
        assert "<dt>Đi từ đâu</dt><dd>A Lưới</dd>" in page
        assert "<dt>Đi ngày nào</dt><dd>25/11/2024</dd>" in page

    page = text_of(client.get(href))
    assert 'name="origin" type="text" value="A Lưới"' in page
    assert "<dt>Đi ngày nào</dt><dd>25/11/2024</dd>" in page
    assert 'type="hidden" name="left_on" value="2024-11-25"' in page

    typed = {"revision": "1", "form-version": "2", "origin": "A Lưới", "left_on": "2024-11-25"}
    assert client.post(href, data=typed).status_code == 303
    page = text_of(client.get(address))
    assert "<dt>Nơi xuất phát</dt><dd>A Lưới</dd>" in page
    assert "<dt>Đi ngày nào</dt><dd>25/11/2024</dd>" in page

    moved = {**typed, "revision": "2", "former-moved": "left_on", "left_at-date": "25/11/2024"}
    wrong = client.post(href, data=moved)
    assert wrong.status_code == 422
    assert 'value="left_on" checked' in wrong.get_data(as_text=True)
    assert client.post(href, data={**moved, "left_at-time": "7:30"}).status_code == 303
    page = text_of(client.get(address))
    assert "<dt>Thời điểm đi</dt><dd>25/11/2024, 07:30</dd>" in page
    assert "Đi ngày nào" not in page


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_draft_and_an_open_page_of_the_old_version_lose_nothing(
    place: Place, folder: Path
) -> None:
    address = open_a_case(place)
    client, href = place.officer(), f"{address}/sections/trip"
    case_id = address.rsplit("/", 1)[1]
    typed = {"revision": "0", "form-version": "1", "from_where": "A Lưới", "left_on": "mai"}
    assert client.post(f"/drafts/trip:{case_id}", data=typed).status_code == 200
    upgrade(folder)
    page = text_of(client.get(href))
    assert 'name="origin" type="text" value="A Lưới"' in page
    assert 'type="hidden" name="left_on" value="mai"' in page

    answer = client.post(href, data=typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'name="origin" type="text" value="A Lưới"' in page
    assert 'class="msg"' in page.split('id="f-left_on"')[1]
    assert client.post(href, data={**typed, "left_on": "25/11/2024"}).status_code == 303
    page = text_of(client.get(address))
    assert "<dt>Nơi xuất phát</dt><dd>A Lưới</dd>" in page
    assert "<dt>Đi ngày nào</dt><dd>25/11/2024</dd>" in page


@SQLITE
def test_a_section_whose_form_is_gone_is_still_shown(place: Place, folder: Path) -> None:
    client, address, _ = written(place)
    (folder / "trip.toml").unlink()
    shelf.configure(folder)
    page = text_of(client.get(address))
    assert "<dt>from_where</dt><dd>A Lưới</dd>" in page


@SQLITE
def test_an_answer_of_a_version_that_was_not_kept_is_shown_to_be_copied(
    place: Place, folder: Path
) -> None:
    client, _, href = written(place)
    other = FIRST[: FIRST.index("\n[[fields]]")] + field("text", "origin", "Nơi xuất phát")
    (folder / "trip.toml").write_text(other, encoding="utf-8")
    shelf.configure(folder)
    assert "<dt>from_where</dt><dd>A Lưới</dd>" in text_of(client.get(href))
