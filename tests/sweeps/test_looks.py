"""Every page of the address map in a real browser: clean for axe, headed, and never sideways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, Response

from tests.infrastructure.browser import accessibility_faults
from tests.infrastructure.server import threaded
from tests.sweeps.asks import Route, address, sent
from tests.sweeps.conftest import Ground
from tests.sweeps.every_ask import PAGES
from tests.sweeps.test_pages import compiled_catalogue, pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]
__all__ = ["compiled_catalogue"]

WIDTHS = (320, 390, 1280)
VIEWS = tuple(product(("light", "dark"), WIDTHS))
Judged = Callable[[int], tuple[tuple[str, int], ...]]
BEFORE_SIGN_IN = {"accounts.enrol", "accounts.recover", "accounts.sign_in", "locking.unlock"}
LEADS_ON = {"accounts.confirm_heads", "reporting.export_edition", "reporting.show_chart"}
"""Where the address is answered with another page, or with a file."""


@dataclass
class Reader:
    """Opens each page as whoever may read it, each with a browser of their own."""

    ground: Ground
    url: str
    page_for: Callable[..., Page]
    devices: dict[tuple[str, str], Page] = field(default_factory=dict)

    def open(self, route: Route, language: str) -> tuple[Page, Response | None]:
        """The page in the language, and the answer that brought it."""
        ask = PAGES[route.name]
        how = sent(route, ask, self.ground.objects)
        path = address(self.ground.app, route, self.ground.objects, ask.ids)
        who = "" if route.rule.endpoint in BEFORE_SIGN_IN else str(ask.by)
        page = self._device(who, how["headers"].get("Cookie", ""))
        self._cookie(page, "lang", language)
        return page, page.goto(f"{self.url}{path}?{urlencode(how['query_string'])}")

    def _device(self, who: str, cookie: str) -> Page:
        if (who, cookie) not in self.devices:
            page = self.devices[who, cookie] = self.page_for(who or "stranger")
            if who:
                self._cookie(page, "session-token", self.ground.tokens[who])
            if cookie:
                self._cookie(page, *cookie.split("=", 1))
        return self.devices[who, cookie]

    def _cookie(self, page: Page, name: str, value: str) -> None:
        page.context.add_cookies([{"name": name, "value": value, "url": self.url}])


@pytest.fixture
def reader(ground: Ground, page_for: Callable[..., Page]) -> Iterator[Reader]:
    with threaded(ground.app) as url:
        yield Reader(ground, url, page_for)


def at_one_view(number: int) -> tuple[tuple[str, int], ...]:
    """Another view for each page in turn."""
    return (VIEWS[number % len(VIEWS)],)


def at_every_view(_number: int) -> tuple[tuple[str, int], ...]:
    """The whole product of themes and widths."""
    return VIEWS


def faults_of(page: Page, answer: Response | None, views: tuple[tuple[str, int], ...]) -> list[str]:
    """What is wrong with the page that stands open."""
    faults = []
    if answer is None or answer.status != 200:
        faults.append(f"answered {answer.status if answer else 'nothing'}")
    headings = page.locator("h1").all_inner_texts()
    if len(headings) != 1 or not headings[0].strip():
        faults.append(f"headings {headings}")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"scrolls sideways at {width}")
    for scheme, width in views:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 900})
        # As tall as the page, so that no sticky bar lies over what is judged.
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": tall})
        faults += [f"{scheme} at {width}: {fault}" for fault in accessibility_faults(page)]
    return faults


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize(
    ("views", "language"),
    [
        (at_one_view, ""),
        pytest.param(at_every_view, "vi", marks=pytest.mark.long),
        pytest.param(at_every_view, "en", marks=pytest.mark.long),
    ],
)
def test_every_page_is_headed_clean_for_axe_and_never_sideways(
    reader: Reader, views: Judged, language: str
) -> None:
    found, seen = [], 0
    for number, route in enumerate(pages(reader.ground)):
        if route.rule.endpoint in LEADS_ON:
            continue
        spoken = language or ("vi", "en")[number // len(VIEWS) % 2]
        page, answer = reader.open(route, spoken)
        found += [f"{route.name} ({spoken}): {f}" for f in faults_of(page, answer, views(number))]
        seen += 1
    assert not found, "\n".join(found)
    assert seen > 60


def test_a_page_without_heading_and_one_that_scrolls_are_found(reader: Reader) -> None:
    page, answer = reader.open(pages(reader.ground)[0], "vi")
    page.evaluate("document.querySelector('h1').remove()")
    page.evaluate("document.body.append(new Image(), document.createElement('hr'))")
    page.evaluate("document.body.lastChild.style.width = '2000px'")
    found = faults_of(page, answer, (("light", 390),))
    assert "headings []" in found
    assert "scrolls sideways at 1280" in found
    assert any("image-alt" in fault for fault in found)
