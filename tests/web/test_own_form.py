"""An installation's own form in a real browser: filled without script, printed blank, tried out."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from referral.cases.forms.sheets import read_sheet_number
from referral.web.cases.blueprint import code_of
from tests.infrastructure.application import Environment
from tests.infrastructure.server import LiveServer
from tests.web.own_form import write_own_form
from tests.web.staff import Place, make_place
from tests.web.test_cases import open_a_case
from tests.web.test_first_steps import look, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine_name", ["sqlite"])]
VISIT = code_of("home_visit")


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    made = make_place(settle_whole)
    write_own_form(Path(made.environment["INSTANCE_PATH"]) / "forms")
    return made


@pytest.fixture
def site(place: Place, start_server: Callable[[Environment], LiveServer]) -> str:
    return start_server(place.environment).url


@pytest.mark.promise("usable-by-everyone")
def test_a_form_of_the_installations_own_is_filled_without_script_and_printed_blank(
    place: Place, site: str, page_for: Callable[..., Page]
) -> None:
    address = open_a_case(place)
    page = page_for("officer", base_url=site, device="phone", script=False)
    sign_in(page, place.police.users["police_officer"])

    page.goto("/forms")
    page.get_by_role("link", name="In Thăm tại nhà").click()
    expect(page.locator("table.paper")).to_have_count(1)
    number = page.locator("table.paper").get_attribute("data-number") or ""
    assert read_sheet_number(number) == number
    page.emulate_media(media="print")
    printed = re.sub(r"\s+", " ", page.locator("body").inner_text())
    assert f"Phiếu {number}" in printed
    assert "Ngày đến" in printed
    for telling in ("Thăm tại nhà", "Ngoài sân", "Công an"):
        assert telling not in printed
    page.emulate_media(media="screen")

    page.goto(f"{address}/sections/{VISIT}")
    page.get_by_role("textbox", name="Ngày đến").fill("24/11/2024")
    page.get_by_role("button", name="Thêm một dòng Người có mặt").click()
    page.get_by_role("textbox", name="Gọi là").fill("Bà nội")
    page.get_by_role("textbox", name="Thời gian").fill("45")
    page.get_by_text("có thể ghi sau").click()
    page.get_by_role("textbox", name="Số phiếu giấy").fill(number.lower())
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    page.goto(address)
    for label, value in (
        ("Người có mặt (1)", "Gọi là: Bà nội"),
        ("Thời gian", "45 phút"),
        ("Số người có mặt", "1"),
        ("Số phiếu giấy", number),
    ):
        term = page.locator("dt", has_text=re.compile(f"^{re.escape(label)}$"))
        expect(term.locator("xpath=following-sibling::dd[1]")).to_have_text(value)


@pytest.mark.promise("usable-by-everyone")
def test_an_administrator_tries_a_form_out_and_finds_the_wrong_file(
    place: Place, site: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("administrator", base_url=site)
    sign_in(page, place.police.administrator)
    page.goto("/forms")
    look(page)
    page.get_by_role("link", name="Thăm tại nhà").first.click()
    page.get_by_role("button", name="Thử", exact=True).click()
    expect(page.locator("#f-visited_on .msg, #f-visited_on-msg").first).to_be_visible()
    look(page)
    page.get_by_role("textbox", name="Ngày đến").fill("24/11/2024")
    page.get_by_role("button", name="Thử", exact=True).click()
    expect(page.get_by_role("heading", name="Nội dung sẽ hiển thị và in ra")).to_be_visible()
    look(page)
    page.goto(f"/forms/{VISIT}/sheet")
    look(page)

    file = Path(place.environment["INSTANCE_PATH"]) / "forms" / "home_visit.toml"
    file.write_text(file.read_text(encoding="utf-8") + "[[fields]]\n", encoding="utf-8")
    page.goto("/forms")
    expect(page.get_by_text("Máy chủ sẽ không khởi động được với các tệp này")).to_be_visible()
    expect(page.get_by_text("home_visit.toml").first).to_be_visible()
    look(page)
