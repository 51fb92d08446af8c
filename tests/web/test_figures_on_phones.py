"""Figures in a real browser on a phone: frozen once, and a chart that can be read there."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from referral.kernel import clock
from tests.infrastructure.server import threaded
from tests.web.neighbours import make_neighbours
from tests.web.test_referral_on_phones import Served
from tests.web.test_reporting import approved

pytestmark = pytest.mark.browser
# Whether the page itself has held back each sending; none leaves, so that the page can be read.
STAY = """
window.held = [];
document.addEventListener("submit", (event) => {
  window.held.push(event.defaultPrevented);
  event.preventDefault();
});
"""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def served(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Iterator[Served]:
    shift = clock.clock.shift
    here = make_neighbours(settle_whole)
    with threaded(here.app) as url:
        yield Served(here, url)
    clock.clock.shift = shift


def test_freezing_says_that_it_takes_time_and_is_sent_once(
    served: Served, page_for: Callable[..., Page]
) -> None:
    page = page_for("statistician", device="phone")
    served.enter(page, served.here.desk()["statistician"])
    page.goto(f"{served.url}/figures")
    page.evaluate(STAY)
    button = page.get_by_role("button", name="Chốt số liệu")
    expect(button).to_have_accessible_description(re.compile("tối đa một phút"))
    button.click()
    expect(button).to_have_accessible_description(re.compile("Đang chốt số liệu"))
    expect(button).to_have_attribute("aria-disabled", "true")
    button.dispatch_event("click")
    assert page.evaluate("window.held") == [False, True]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chart_is_drawn_as_large_as_a_phone_and_nothing_runs_sideways(
    served: Served, page_for: Callable[..., Page], scheme: str
) -> None:
    edition, reader = approved(served.here)
    page = page_for("coordinator", device="phone", scheme=scheme)
    served.enter(page, reader)
    page.goto(f"{served.url}{edition}")
    chart = page.get_by_role("img", name=re.compile("Toàn tỉnh"))
    expect(chart).to_be_visible()
    expect(chart).to_have_js_property("complete", value=True)
    assert chart.evaluate("picture => picture.currentSrc").endswith(
        f"/chart?theme={scheme}&shape=narrow"
    )
    shown, drawn = chart.evaluate("picture => [picture.width, picture.naturalWidth]")
    assert shown / drawn > 0.95, "letters are as large as they were drawn"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
