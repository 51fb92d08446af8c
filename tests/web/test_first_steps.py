"""The first steps of an officer in a real browser: sign in, report, meet, ask, record a consent."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.infrastructure.application import Environment
from tests.infrastructure.browser import accessibility_faults
from tests.infrastructure.server import LiveServer
from tests.web.staff import HOSPITAL, PASSPHRASE, Place, make_place

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine_name", ["sqlite"])]
NAME = "Nguyễn Thị Ngọc Ánh Tuyết"
WIDTHS = (320, 390, 1280)
FITS = "(width) => document.documentElement.scrollWidth <= width"


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


@pytest.fixture
def site(
    place: Place,
    start_server: Callable[[Environment], LiveServer],
) -> str:
    """The product on this test's database, its forms with real tokens."""
    return start_server(place.environment).url


def sign_in(page: Page, username: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSPHRASE)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Việc hôm nay")


def look(page: Page) -> None:
    """Nothing that axe finds, nothing sideways from the smallest phone to a desk."""
    size = page.viewport_size or {"width": 390, "height": 844}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(FITS, arg=width, timeout=5_000)  # a phone's layout settles late
    page.set_viewport_size(size)
    tall = page.evaluate("document.documentElement.scrollHeight")
    # as tall as the page, so that no sticky bar lies over what is judged
    page.set_viewport_size({"width": size["width"], "height": tall})
    assert accessibility_faults(page) == [], page.url
    page.set_viewport_size(size)


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.promise("nothing-third-party")
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_an_officer_comes_from_the_first_word_to_a_consent(
    place: Place, site: str, page_for: Callable[..., Page], scheme: str
) -> None:
    page = page_for("officer", base_url=site, device="phone", scheme=scheme)
    page.goto("/sign-in")
    look(page)
    sign_in(page, place.police.users["police_officer"])
    look(page)

    page.get_by_role("link", name="Ghi tin báo").click()
    look(page)
    page.get_by_label("Gọi điện, nhắn tin").check()
    danger = page.get_by_role("group", name=re.compile("Có nguy hiểm ngay"))
    danger.get_by_label("Có", exact=True).check()
    page.get_by_role("button", name="Lưu tin báo").click()
    look(page)
    page.get_by_role("button", name="Gặp người được hỗ trợ").click()

    answer_first_questions(page)
    look(page)
    page.get_by_label("Đơn vị nhận").select_option(label=HOSPITAL)
    page.get_by_role("group", name=re.compile("^Các phần")).get_by_label("Vụ việc").check()
    page.get_by_label("Chính người được hỗ trợ").check()
    page.get_by_label("Ký bằng văn bản").check()
    page.get_by_role("button", name="Lưu sự đồng ý").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.locator("#bases")).to_contain_text(HOSPITAL)
    expect(page).to_have_title("Hồ sơ – Cổng phối hợp")
    look(page)


def answer_first_questions(page: Page) -> None:
    """Identity, safe contact, incident, needs: the guided path."""
    look(page)
    page.get_by_label("Nhóm tuổi").select_option(label="Từ 25 đến 39 tuổi")
    page.get_by_text(re.compile("Câu hỏi thêm")).click()
    page.get_by_role("textbox", name="Tên thường gọi").fill(NAME)
    page.get_by_role("button", name="Lưu và tiếp tục").click()
    page.get_by_label("Chỉ gặp trực tiếp tại nơi an toàn").check()
    page.get_by_role("button", name="Lưu và tiếp tục").click()
    page.get_by_label("Bạo lực thể chất").check()
    page.get_by_role("button", name="Lưu và tiếp tục").click()
    page.get_by_label("Chăm sóc, điều trị y tế").check()
    page.get_by_role("button", name="Lưu và tiếp tục").click()


@pytest.mark.promise("nothing-typed-is-lost")
def test_what_is_typed_survives_a_closed_browser(
    place: Place, site: str, page_for: Callable[..., Page]
) -> None:
    username = place.police.users["police_officer"]
    first = page_for("first browser", base_url=site, device="phone")
    sign_in(first, username)
    first.goto("/cases/report")
    first.get_by_text(re.compile("Câu hỏi thêm")).click()
    first.get_by_role("textbox", name="Nội dung chính của tin").fill("ba mẹ con ở nhà hàng xóm")
    expect(first.locator("[data-draft-status]")).to_contain_text("Đã lưu nháp")
    first.close()

    second = page_for("second browser", base_url=site, device="phone")
    sign_in(second, username)
    second.get_by_role("link", name=re.compile("Viết tiếp bản nháp: Tin báo")).click()

    expect(second.get_by_role("textbox", name="Nội dung chính của tin")).to_have_value(
        "ba mẹ con ở nhà hàng xóm"
    )


def test_a_passphrase_is_shown_on_demand_and_covered_when_it_is_sent(
    place: Place, site: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("anybody", base_url=site, device="phone")
    page.goto("/sign-in")
    box = page.get_by_label("Mật khẩu")
    box.fill(PASSPHRASE)

    page.get_by_role("button", name="Hiện").click()
    expect(box).to_have_attribute("type", "text")
    page.get_by_role("button", name="Ẩn").click()
    expect(box).to_have_attribute("type", "password")


def test_every_step_works_without_script(
    place: Place, site: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer", base_url=site, script=False)
    sign_in(page, place.police.users["police_officer"])
    page.goto("/cases/report")
    page.get_by_label("Trực tiếp báo tin").check()
    page.get_by_role("group", name=re.compile("Có nguy hiểm ngay")).get_by_label("Không rõ").check()
    page.get_by_role("button", name="Lưu tin báo").click()

    expect(page.get_by_text("Tin báo, chưa gặp").first).to_be_visible()
    page.get_by_role("button", name="Gặp người được hỗ trợ").click()
    expect(page.get_by_text("Câu 4 trong")).to_be_visible()
