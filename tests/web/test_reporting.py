"""Figures on the pages: frozen by one, approved by another, read by the rest."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from referral.kernel import db
from referral.reporting.model import Edition
from referral.reporting.tables import digest
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.promise("figures-without-cases")
def test_an_edition_is_seen_by_others_only_after_a_second_person(here: Neighbours) -> None:
    desk = here.desk()
    first, second = here.place.client(desk["statistician"]), here.place.client(desk["second"])
    coordinator = here.place.client(desk["coordinator"])

    edition = first.post("/figures", data={"year": ""}).headers["Location"]
    page = text_of(first.get(edition))
    assert "Chờ người thứ hai ký duyệt" in page
    assert page.count('<svg role="img"') == 2
    assert coordinator.get(edition).status_code == 404
    assert first.post(f"{edition}/approve").status_code == 403
    assert first.get(f"{edition}/export").status_code == 403
    asked = "Kiểm tra, ký duyệt bản số liệu"
    assert asked in text_of(second.get("/"))
    assert asked not in text_of(first.get("/"))

    assert second.post(f"{edition}/approve").status_code == 303
    assert asked not in text_of(second.get("/"))

    seen = text_of(coordinator.get(edition))
    assert "không công bố để bảo mật" in seen
    assert "Hồ Thị Mây" not in seen
    assert here.code not in seen
    sheet = coordinator.get(f"{edition}/export")
    book = openpyxl.load_workbook(io.BytesIO(sheet.data))
    assert len(book.sheetnames) == 5


@pytest.mark.promise("changed-record-is-not-shown")
def test_figures_that_were_altered_are_shown_to_nobody(here: Neighbours) -> None:
    desk = here.desk()
    first, second = here.place.client(desk["statistician"]), here.place.client(desk["second"])
    coordinator = here.place.client(desk["coordinator"])
    edition = first.post("/figures", data={"year": ""}).headers["Location"]
    second.post(f"{edition}/approve")
    assert "Chưa xác thực được" not in text_of(coordinator.get("/figures"))
    with here.app.app_context(), db.unit_of_work():
        db.begin_write()
        row = db.session().scalars(select(Edition)).one()
        row.frozen = {**row.frozen, "rule": {"threshold": 2, "symbol": "-"}}
        row.digest = digest(row.frozen)
    for reader in (coordinator, first):
        assert "Chưa xác thực được" in text_of(reader.get("/figures"))
        page = text_of(reader.get(edition))
        assert "Chưa xác thực được" in page
        assert "<table" not in page
        assert "<svg role=" not in page
        assert f"{edition}/export" not in page
        assert reader.get(f"{edition}/export").status_code == 400


def test_a_year_to_come_is_not_frozen(here: Neighbours) -> None:
    statistician = here.place.client(here.desk()["statistician"])

    statistician.post("/figures", data={"year": "2099"})

    assert "Năm này chưa bắt đầu." in text_of(statistician.get("/figures"))


def test_figures_are_not_for_those_who_work_on_cases(here: Neighbours) -> None:
    assert here.place.officer().get("/figures").status_code == 403
