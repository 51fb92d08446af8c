"""The versions of a section, as its page tells what each changed."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case, section_form

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    del compiled_catalogue
    return make_place(settle_whole)


def test_a_correction_shows_what_stood_there_before_and_who_changed_it(place: Place) -> None:
    address, officer = open_a_case(place), place.officer()
    assert "/history/" not in text_of(officer.get(address)), "nothing has been corrected yet"
    where, revision, _ = section_form(officer, address, "needs")
    officer.post(where, data={"revision": revision, "needs": ["shelter"], "children_count": "1"})
    (link,) = re.findall(rf'href="({address}/history/[^"]+)"', text_of(officer.get(address)))
    page = text_of(officer.get(link))
    newest, first = page.partition("Bản 1")[::2]
    assert "<del>Chăm sóc, điều trị y tế</del>" in newest
    assert "<ins>Chỗ tạm lánh</ins>" in newest
    assert "Số trẻ em đi cùng" not in newest, "what stayed as it was is not listed"
    assert "Chăm sóc, điều trị y tế" in first
    assert "Ghi lần đầu" in first
    assert place.nurse().get(link).status_code == 404
