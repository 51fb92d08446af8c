"""Every part of the look in a real browser: clean console, clean axe, nothing sideways."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.infrastructure.browser import accessibility_faults

pytestmark = pytest.mark.browser

# pairwise over page × device × scheme × language
COMBINATIONS = [
    ("gallery.html", "phone", "light", "vi"),
    ("gallery.html", "desktop", "dark", "en"),
    ("gallery_case.html", "phone", "dark", "vi"),
    ("gallery_case.html", "desktop", "light", "en"),
    ("gallery_form.html", "phone", "dark", "en"),
    ("gallery_form.html", "desktop", "light", "vi"),
    ("gallery_sign_in.html?signed-out", "phone", "light", "en"),
    ("gallery_sign_in.html?signed-out", "desktop", "dark", "vi"),
]


def open_gallery(page: Page, url: str, name: str, language: str = "vi") -> None:
    page.context.add_cookies([{"name": "lang", "value": language, "url": url}])
    page.goto(f"{url}/gallery/{name}")


def show_whole(page: Page) -> None:
    """Make the window as tall as the page, so that no sticky bar lies over what is judged."""
    size = page.viewport_size
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"] if size else 1280, "height": tall})


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.promise("nothing-third-party")
@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_every_part_passes_axe_without_a_word_in_the_console(
    gallery_url: str, page_for: Callable[..., Page], combination: tuple[str, str, str, str]
) -> None:
    name, device, scheme, language = combination
    page = page_for("gallery", device=device, scheme=scheme)
    open_gallery(page, gallery_url, name, language)
    show_whole(page)

    assert accessibility_faults(page) == []


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize("name", sorted({row[0] for row in COMBINATIONS}))
def test_nothing_scrolls_sideways_down_to_320_px(
    gallery_url: str, page_for: Callable[..., Page], name: str
) -> None:
    page = page_for("gallery")
    for language in ("vi", "en"):
        open_gallery(page, gallery_url, name, language)
        for width in (320, 390, 640, 701, 901, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width


def test_main_button_and_tabs_are_large_enough_for_a_thumb(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("gallery", device="phone")
    for name in ("gallery.html", "gallery_case.html", "gallery_form.html"):
        open_gallery(page, gallery_url, name)
        sizes = page.eval_on_selector_all(
            ".button, .tabs a, .choice, .task, .input, .chip, summary",
            "all => all.map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])",
        )
        assert sizes
        assert [what for what, height in sizes if 0 < height < 44] == []


def test_dark_follows_the_system_until_it_is_set_by_hand(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("gallery", scheme="dark")
    open_gallery(page, gallery_url, "gallery.html")
    ground = page.locator("body")

    expect(ground).to_have_css("background-color", "rgb(17, 23, 26)")
    page.get_by_role("button", name="Giao diện sáng").click()
    expect(ground).to_have_css("background-color", "rgb(246, 244, 239)")


def test_paper_shows_the_content_and_none_of_the_controls(
    gallery_url: str, page_for: Callable[..., Page]
) -> None:
    page = page_for("gallery", scheme="dark")
    open_gallery(page, gallery_url, "gallery_case.html")
    page.emulate_media(media="print")

    assert page.locator(".print-foot").is_visible()
    assert page.locator(".demo").is_visible()
    assert not page.locator(".bar, .rail, .tabs, .button").filter(visible=True).count()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
