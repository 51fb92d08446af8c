"""By keyboard alone: into the content, over the room plan, and never beneath a bar."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.infrastructure.server import threaded
from tests.web.neighbours import Neighbours, make_neighbours, make_stay
from tests.web.staff import sign_in

pytestmark = pytest.mark.browser
HIDDEN = """
    () => {
      const focused = document.activeElement;
      if (focused === document.body) return ""; // past the end of the page
      const { left, right, top, bottom } = focused.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const above = document.elementFromPoint(x, y);
      const seen = above && (focused.contains(above) || above.contains(focused));
      return seen || bottom <= top ? "" : focused.outerHTML.slice(0, 120);
    }
"""
"""What has the focus, where something else lies over its middle."""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Neighbours:
    return make_neighbours(settle_whole)


@pytest.fixture
def url(here: Neighbours) -> Iterator[str]:
    with threaded(here.app) as address:
        yield address


def enter(page: Page, url: str, here: Neighbours, username: str) -> Page:
    """Put the session of a member into the browser."""
    token = sign_in(here.app.test_client(), username).get_cookie("session-token")
    assert token is not None
    page.context.add_cookies([{"name": "session-token", "value": token.value, "url": url}])
    return page


@pytest.mark.promise("usable-by-everyone")
def test_the_first_tab_leads_into_the_content(
    here: Neighbours, url: str, page_for: Callable[..., Page]
) -> None:
    page = enter(page_for("officer"), url, here, here.place.police.users["police_officer"])
    page.goto(url)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_what_has_the_focus_is_never_beneath_a_bar(
    here: Neighbours, url: str, page_for: Callable[..., Page], device: str
) -> None:
    page = enter(
        page_for("officer", device=device), url, here, here.place.police.users["police_officer"]
    )
    for path in ("/", f"/cases/{here.case_id}", f"/cases/{here.case_id}/consents/new", "/help"):
        page.goto(url + path)
        for _ in range(40):
            page.keyboard.press("Tab")
            assert page.evaluate(HIDDEN) == "", path


def test_a_focus_beneath_a_bar_is_reported(
    here: Neighbours, url: str, page_for: Callable[..., Page]
) -> None:
    page = enter(page_for("officer"), url, here, here.place.police.users["police_officer"])
    page.goto(f"{url}/help")
    page.evaluate(
        "document.querySelector('main a').focus();"
        "document.activeElement.style.position = 'fixed';"
        "document.activeElement.style.top = '10px'; document.activeElement.style.zIndex = -1"
    )
    assert page.evaluate(HIDDEN) != ""


@pytest.mark.promise("usable-by-everyone")
def test_arrow_keys_lead_over_the_room_plan(
    here: Neighbours, url: str, page_for: Callable[..., Page]
) -> None:
    make_stay(here)
    page = enter(page_for("keeper"), url, here, here.shelter.users["shelter_keeper"])
    page.goto(f"{url}/places")
    claims = page.locator(".board a")
    claims.first.focus()
    page.keyboard.press("ArrowUp")
    expect(claims.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(claims.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(claims.first).to_be_focused()
