"""The four small scripts, and the same pages without them."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.gallery import EndedSessions
from tests.web.test_gallery import open_gallery

pytestmark = pytest.mark.browser


@pytest.mark.promise("quick-exit")
def test_escape_twice_leaves_ends_the_session_and_back_does_not_return(
    gallery_url: str, page_for: Callable[..., Page], ended_sessions: EndedSessions
) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery.html")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.wait_for_url("**/exit")
    assert ended_sessions.was_called.wait(timeout=10)
    page.go_back()
    assert "gallery" not in page.url


@pytest.mark.promise("quick-exit")
def test_other_tabs_leave_too(gallery_url: str, page_for: Callable[..., Page]) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery.html")
    other = page.context.new_page()
    open_gallery(other, gallery_url, "gallery_case.html")
    page.bring_to_front()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    other.wait_for_url("**/exit")


@pytest.mark.promise("lock-opens-by-its-pin")
def test_a_page_on_which_nobody_works_goes_away_by_itself(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer")
    page.clock.install()
    open_gallery(page, gallery_url, "gallery_form.html")
    link = page.get_by_role("link", name="Khóa màn hình")
    after = 1000 * int(link.get_attribute("data-lock") or 0)
    page.clock.fast_forward(after * 2 // 3)
    page.get_by_role("textbox", name="Việc đã xảy ra").fill("a")
    page.clock.fast_forward(after * 2 // 3)
    assert "/lock" not in page.url
    page.clock.fast_forward(after // 2)

    page.wait_for_url(re.compile(r"/lock\?next="))


def test_one_escape_stays(gallery_url: str, page_for: Callable[..., Page]) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery.html")
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", name="Việc hôm nay")).to_be_visible()


@pytest.mark.promise("quick-exit")
@pytest.mark.parametrize("script", [True, False])
def test_exit_button_leaves_with_and_without_script(
    gallery_url: str,
    page_for: Callable[..., Page],
    ended_sessions: EndedSessions,
    script: bool,
) -> None:
    page = page_for("officer", script=script)
    open_gallery(page, gallery_url, "gallery_form.html")
    page.get_by_role("link", name="Thoát nhanh").click()

    page.wait_for_url("**/exit")
    expect(page.get_by_role("heading", name="Lịch tháng")).to_be_visible()
    assert ended_sessions.was_called.wait(timeout=10)


@pytest.mark.promise("nothing-typed-is-lost")
def test_what_is_typed_is_sent_to_the_draft_with_its_token(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery_form.html")
    with page.expect_request("**/draft") as sent:
        page.get_by_role("textbox", name="Việc đã xảy ra").fill("Ẫm Ỗ ậ ợ")

    assert sent.value.headers["x-csrftoken"]
    assert "Ẫm Ỗ ậ ợ" in (sent.value.post_data_buffer or b"").decode()
    expect(page.get_by_role("status").filter(has_text="Đã lưu nháp 21:13")).to_be_visible()


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_draft_that_could_not_be_saved_is_said_and_sent_again(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer")
    page.clock.install()
    open_gallery(page, gallery_url, "gallery_form.html")
    attempts = []
    page.route(
        "**/draft",
        lambda route: (
            attempts.append(1) or (route.abort() if len(attempts) == 1 else route.fallback())
        ),
    )
    page.get_by_role("textbox", name="Việc đã xảy ra").fill("a")
    page.clock.fast_forward(1600)
    expect(page.get_by_text("Chưa lưu được nháp, đang thử lại")).to_be_visible()
    page.clock.fast_forward(15_100)

    expect(page.get_by_text("Đã lưu nháp 21:13")).to_be_visible()


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_line_more_keeps_what_was_typed_takes_the_focus_and_goes_into_the_draft(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery_form.html")
    page.get_by_role("textbox", name="Việc đã xảy ra").fill("Ẫm Ỗ")
    with page.expect_request(
        lambda asked: asked.url.endswith("/draft") and "others-0" in (asked.post_data or "")
    ) as sent:
        page.get_by_role("button", name="Thêm một dòng Người đi cùng").click()

    assert 'name="others-4-age"\r\n\r\nba' in (sent.value.post_data or "")
    expect(page.get_by_role("textbox", name="Việc đã xảy ra")).to_have_value("Ẫm Ỗ")
    expect(page.get_by_role("group", name="Người đi cùng (2)", exact=True)).to_be_focused()
    page.get_by_role("button", name="Bỏ dòng Người đi cùng (1)").click()
    expect(page.get_by_role("group", name="Người đi cùng (1)", exact=True)).to_have_count(1)
    expect(page.locator("[name='others-4-age']")).to_have_count(0)


def test_the_enter_key_saves_and_presses_no_button_that_stands_before(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("officer")
    open_gallery(page, gallery_url, "gallery_form.html")
    with page.expect_request("**/gallery/gallery_form.html") as sent:
        page.get_by_role("textbox", name="Lý do chuyển gửi").press("Enter")
    assert "reason=" in (sent.value.post_data or "")
    assert "-line" not in (sent.value.post_data or "")


def test_number_is_shown_in_place_only_after_it_was_asked_for(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("nurse")
    open_gallery(page, gallery_url, "gallery_case.html")
    assert "0400 123 456" not in page.content()
    page.get_by_role("button", name="Hiện số").click()

    expect(page.get_by_text("0400 123 456")).to_be_visible()


def test_clocks_go_on_by_the_servers_time(gallery_url: str, page_for: Callable[..., Page]) -> None:
    page = page_for("nurse")
    page.clock.install()
    open_gallery(page, gallery_url, "gallery.html")
    page.evaluate(
        """() => {
          const now = Date.parse(document.querySelector('meta[name="server-now"]').content);
          const clock = document.querySelectorAll('.clock[data-due]')[1];
          clock.dataset.due = new Date(now + 90_000).toISOString();
          clock.dataset.started = new Date(now - 60 * 60_000).toISOString();
          clock.dataset.watched = '';
        }"""
    )
    watched = page.locator("[data-watched]")
    page.clock.fast_forward(60_500)
    expect(watched).to_contain_text("Còn dưới một phút")
    page.clock.fast_forward(120_000)

    expect(watched).to_contain_text("Quá hạn 1 phút")
    expect(watched).to_have_class("clock late")
