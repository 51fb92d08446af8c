"""A system administrator enters an agency and invites its first administrator."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.kernel.paging import PAGE_SIZE
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, text_of

CODE = re.compile(r"(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}")
AGENCY = {
    "kind": "school",
    "name_vi": "Trường THCS Hồng Kim",
    "name_en": "Hong Kim school",
    "unit_code": "20050",
    "valid_from": "01/01/2024",
    "phone": "0234 000 000",
}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_an_agency_waits_for_countersigning_after_its_code_was_shown_once(
    here: Neighbours,
) -> None:
    operator = here.place.client(here.desk()["system"])

    invite = operator.post("/agencies/new", data=AGENCY).headers["Location"]
    person = {"display_name": "Lê Thị Ẫn", "username": "hongkim.quantri"}
    shown = text_of(operator.post(invite, data=person))

    assert CODE.search(shown)
    assert "flask directory countersign" in shown
    assert not CODE.search(text_of(operator.get(invite)))
    assert operator.post(invite, data=person | {"username": "khac"}).status_code == 409
    assert "Chờ ký xác nhận" in text_of(operator.get("/agencies?show=pending"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("kind", "palace"),
        ("name_vi", ""),
        ("unit_code", "99999"),
        ("valid_from", "32/13/2024"),
        ("valid_to", "01/01/2023"),
        ("phone", "gọi ông Hai"),
    ],
)
def test_what_cannot_be_an_agency_is_named(here: Neighbours, name: str, wrong: str) -> None:
    operator = here.place.client(here.desk()["system"])

    answer = operator.post("/agencies/new", data=AGENCY | {name: wrong})

    assert answer.status_code == 422
    assert f'id="f-{name}-msg"' in answer.get_data(as_text=True)


def test_every_fault_of_an_agency_is_named_at_once(here: Neighbours) -> None:
    operator = here.place.client(here.desk()["system"])
    wrong = {"kind": "", "name_vi": "", "name_en": "", "unit_code": "", "valid_from": "hôm nay"}

    page = operator.post("/agencies/new", data=wrong).get_data(as_text=True)

    assert {name for name in AGENCY if f'id="f-{name}-msg"' in page} == wrong.keys()


def test_nobody_else_enters_agencies(here: Neighbours) -> None:
    administrator = here.place.client(here.place.hospital.administrator)

    assert administrator.post("/agencies/new", data=AGENCY).status_code == 403
    assert "Thêm đơn vị" not in text_of(administrator.get("/agencies"))
    assert here.place.nurse().get("/agencies").status_code == 403


def test_an_agency_is_found_by_its_name_typed_without_tones(here: Neighbours) -> None:
    operator = here.place.client(here.desk()["system"])
    operator.post("/agencies/new", data=AGENCY)

    found = text_of(operator.get("/agencies?name=truong thcs&show=listed"))
    nowhere = text_of(operator.get("/agencies?name=truong thcs&show=live"))

    assert "Trường THCS Hồng Kim" in found
    assert HOSPITAL not in found
    assert "Trường THCS Hồng Kim" not in nowhere
    assert operator.get("/agencies?after=x").status_code == 400


def test_a_long_directory_goes_on_on_another_page(here: Neighbours) -> None:
    operator = here.place.client(here.desk()["system"])
    for number in range(PAGE_SIZE):
        operator.post("/agencies/new", data=AGENCY | {"name_vi": f"Trường {number:02}"})

    first = operator.get("/agencies?name=truong").get_data(as_text=True)
    assert "after=" not in first
    first = operator.get("/agencies").get_data(as_text=True)
    after = re.search(r'href="(/agencies\?after=[^"]+)"', first)
    assert after
    second = operator.get(after[1].replace("&amp;", "&")).get_data(as_text=True)
    shown = [set(re.findall(r"Trường \d\d", page)) for page in (first, second)]
    assert shown[1]
    assert not shown[0] & shown[1]
    assert len(shown[0] | shown[1]) == PAGE_SIZE
