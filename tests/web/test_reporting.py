"""Figures on the pages: frozen by one, approved by another, read by the rest."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from referral.agencies.geography import units_on
from referral.audit.operation import PROOF_LIFE
from referral.cases.forms_in_force import shelf
from referral.kernel import clock, db
from referral.reporting import service
from referral.reporting.model import Edition
from referral.reporting.service import FrozenDraft
from referral.reporting.tables import (
    SUPPRESSED,
    Category,
    Coverage,
    Frame,
    build_tables,
    digest,
    freeze,
    protect_tables,
)
from tests.factories.province import PASSPHRASE
from tests.sweeps.test_pages import parts_of
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import text_of


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Iterator[Neighbours]:
    shift = clock.clock.shift
    yield make_neighbours(settle_whole)
    clock.clock.shift = shift


def approved(here: Neighbours) -> tuple[str, str]:
    """An edition that may be exported: its address, and who reads it."""
    desk = here.desk()
    first, second = here.place.client(desk["statistician"]), here.place.client(desk["second"])
    edition = first.post("/figures", data={"year": ""}).headers["Location"]
    assert second.post(f"{edition}/approve").status_code == 303
    return edition, desk["coordinator"]


def charts_of(page: str) -> set[str]:
    """Addresses of the chart, its looks apart."""
    return set(re.findall(r'(?:src|srcset)="(/figures/[^"?]+)', page))


def year_of_the_province() -> dict[str, Any]:
    """The largest edition of a year: nine districts, twelve months, and every number withheld."""

    def options(kind: str, question: str) -> list[Category]:
        found = shelf.form(kind).field(question).options
        return [Category(o.id, o.label("vi"), o.label("en")) for o in found]

    units = units_on(date(2024, 12, 31), "district")
    assert len(units) == 9
    frame = Frame(
        [Category(unit.code, unit.name("vi"), unit.name("en")) for unit in units],
        [f"2024-{month:02d}" for month in range(1, 13)],
        options("incident", "forms"),
        options("service", "kind"),
    )
    tables = build_tables([], frame, Coverage(9))
    edition = freeze(tables, protect_tables(tables), cut_off_on=date(2024, 12, 31))
    for table in edition["tables"]:
        table["values"] = [[SUPPRESSED for _ in row] for row in table["values"]]
    return edition


def frozen_year(here: Neighbours) -> tuple[str, str]:
    """Its address, and who made it."""
    reader = here.desk()["statistician"]
    with here.app.app_context():
        actor = here.place.province.actor(reader)
        draft = FrozenDraft(2024, date(2024, 12, 31), year_of_the_province(), clock.now())
        with db.unit_of_work():
            edition = service.freeze_edition(actor, None, draft=draft).id
    return f"/figures/{edition}", reader


def recipient(sheet: Any) -> bool:
    """Whether it is the spreadsheet, with the coordinator's name in it."""
    assert sheet.status_code == 200, sheet.text
    book = openpyxl.load_workbook(io.BytesIO(sheet.data))
    cells = [str(cell.value) for page in book for row in page.iter_rows() for cell in row]
    return any("Sở chủ trì.coordinator" in text for text in cells)


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.promise("figures-without-cases")
def test_an_edition_is_seen_by_others_only_after_a_second_person(here: Neighbours) -> None:
    desk = here.desk()
    first, second = here.place.client(desk["statistician"]), here.place.client(desk["second"])
    coordinator = here.place.client(desk["coordinator"])

    edition = first.post("/figures", data={"year": ""}).headers["Location"]
    page = text_of(first.get(edition))
    assert "Chờ người thứ hai ký duyệt" in page
    assert charts_of(page) == {f"{edition}/chart"}
    assert coordinator.get(f"{edition}/chart").status_code == 404
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


@pytest.mark.promise("stolen-cookie-changes-no-member")
def test_an_export_asks_for_the_passphrase_again_and_then_gives_the_very_sheet(
    here: Neighbours,
) -> None:
    edition, reader = approved(here)
    coordinator, sheet = here.place.client(reader), f"{edition}/export"
    assert recipient(coordinator.get(sheet)), "the passphrase was given at the sign-in"
    clock.clock.shift += PROOF_LIFE
    asked = coordinator.get(sheet)
    assert (asked.status_code, asked.mimetype) == (403, "text/html")
    assert f'name="next" value="{sheet}"' in asked.text
    typed = {"next": sheet, "proof_passphrase": "đoán mò một câu nào đó"}
    wrong = coordinator.post("/proof", data=typed)
    assert wrong.status_code == 422
    assert f'name="next" value="{sheet}"' in wrong.text
    assert coordinator.get(sheet).status_code == 403
    given = coordinator.post("/proof", data=typed | {"proof_passphrase": PASSPHRASE})
    assert (given.status_code, given.location) == (303, sheet)
    assert recipient(coordinator.get(sheet))


@pytest.mark.promise("stolen-cookie-changes-no-member")
def test_an_export_over_the_api_asks_for_the_passphrase_again_too(here: Neighbours) -> None:
    edition, reader = approved(here)
    client = here.app.test_client(use_cookies=False)
    sent = {"username": reader, "passphrase": PASSPHRASE, "code": ""}
    token = client.post("/api/v1/sessions", json=sent).json["token"]
    sheet = f"/api/v1/editions/{edition.split('/')[-1]}/spreadsheet"
    bearer = {"Authorization": f"Bearer {token}"}
    clock.clock.shift += PROOF_LIFE
    refused = client.get(sheet, headers=bearer)
    assert (refused.status_code, refused.json["type"]) == (403, "urn:problem:proof-needed")
    proof = {"passphrase": PASSPHRASE}
    renewed = client.post("/api/v1/sessions/current/proof", json=proof, headers=bearer).json
    assert client.get(sheet, headers=bearer).status_code == 401
    assert recipient(client.get(sheet, headers={"Authorization": f"Bearer {renewed['token']}"}))


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
        assert charts_of(page) == set()
        assert reader.get(f"{edition}/chart").status_code == 404
        assert f"{edition}/export" not in page
        assert reader.get(f"{edition}/export").status_code == 400


def test_a_year_to_come_is_not_frozen(here: Neighbours) -> None:
    statistician = here.place.client(here.desk()["statistician"])

    statistician.post("/figures", data={"year": "2099"})

    assert "Năm này chưa bắt đầu." in text_of(statistician.get("/figures"))


def test_figures_are_not_for_those_who_work_on_cases(here: Neighbours) -> None:
    assert here.place.officer().get("/figures").status_code == 403


def test_the_figures_of_a_whole_year_are_light_enough_for_a_weak_line(here: Neighbours) -> None:
    """At most 100 KB of HTML, style and script; the chart is a picture that comes after them."""
    edition, reader = frozen_year(here)
    client, packed = here.place.client(reader), {"Accept-Encoding": "gzip"}
    page = client.get(edition).text
    parts = parts_of(page)
    assert len(parts) >= 3
    assert page.count(SUPPRESSED) > 400
    sent = sum(len(client.get(address, headers=packed).data) for address in parts)
    assert len(page.encode()) + sent <= 100_000


def test_what_is_not_published_is_said_once_and_named_by_every_such_cell(here: Neighbours) -> None:
    edition, reader = frozen_year(here)
    page = here.place.client(reader).get(edition).text
    assert page.count('<span id="unpublished">không công bố để bảo mật</span>') == 1
    hidden = re.findall(r"<td([^>]*)>…</td>", page)
    assert hidden
    assert all('aria-labelledby="unpublished"' in cell for cell in hidden)
    assert page.count("…</td>") == len(hidden)


@pytest.mark.parametrize(
    ("chosen", "offered"),
    [("light", {"light"}), ("dark", {"dark"}), ("", {"light", "dark"})],
)
def test_the_chart_is_a_picture_of_the_theme_said_in_a_sentence(
    here: Neighbours, chosen: str, offered: set[str]
) -> None:
    edition, reader = approved(here)
    client = here.place.client(reader)
    client.set_cookie("theme", chosen)
    page = client.get(edition).text
    assert set(re.findall(r'srcset="[^"]+theme=(\w+)', page)) == offered
    assert page.count("shape=narrow") == len(offered)
    assert re.search(r'<img class="chart" src="[^"]+" alt="Toàn tỉnh, 01/\d{4} đến [^"]+"', page)


def test_a_chart_is_drawn_for_whoever_reads_the_edition(here: Neighbours) -> None:
    edition, reader = approved(here)
    for look in ("", "?theme=dark&shape=narrow", "?theme=pink&shape=round"):
        picture = here.place.client(reader).get(f"{edition}/chart{look}")
        assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
        assert picture.text.startswith('<svg role="img"')
    assert here.place.officer().get(f"{edition}/chart").status_code == 403
