"""A real browser, in which anything a user's console would complain of fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    sync_playwright,
)

from tests.infrastructure.network import is_local

FLAGS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root, as which containers run tests
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No other machine is found. (A route handler would stop requests too, and the cache with them.)
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
VIEWPORTS = {"phone": (390, 844), "desktop": (1280, 900)}
# A page may meet a 404 on purpose; a style, script or picture that is missing is a fault.
PARTS = {"stylesheet", "script", "image", "font", "manifest"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

Device = Literal["phone", "desktop"]
Scheme = Literal["light", "dark"]


@dataclass
class Watch:
    """What went wrong in one browser context, in the words of its console."""

    actor: str
    faults: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        # Chromium reports a failed load without its kind; `on_response` judges those.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.add(f"console: {message.text}")

    def on_error(self, error: Any) -> None:
        self.add(f"script: {error}")

    def on_response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type in PARTS:
            self.add(f"missing: {response.status} {response.url}")

    def on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and not is_local(address.hostname):
            self.add(f"third party: {request.url}")

    def add(self, fault: str) -> None:
        self.faults.append(f"{self.actor}: {fault}")


def chromium() -> str | None:
    """$CHROMIUM_BIN, or the Chromium without windows, which takes half the time, or any other."""
    if named := os.environ.get("CHROMIUM_BIN"):
        return shutil.which(named)
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker; skips without one, fails where CI=true."""
    path = chromium()
    if path is None:
        outcome = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        outcome("no chromium (tools/system-deps.sh installs it)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def open_context(
    browser: Browser,
    watch: Watch,
    *,
    base_url: str | None = None,
    device: Device = "desktop",
    scheme: Scheme = "light",
    locale: str = "vi-VN",
    script: bool = True,
) -> BrowserContext:
    """A context as one person's own device: own cookies, Vietnamese, the province's time."""
    width, height = VIEWPORTS[device]
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        is_mobile=device == "phone",
        has_touch=device == "phone",
        locale=locale,
        timezone_id="Asia/Ho_Chi_Minh",
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
    )
    context.set_default_timeout(15_000)
    context.on("console", watch.on_console)
    context.on("weberror", lambda fault: watch.on_error(fault.error))
    context.on("response", watch.on_response)
    context.on("request", watch.on_request)
    return context


@pytest.fixture
def page_for(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page in a fresh context for the named actor; at the end no context may have a fault.

    Keywords: base_url, device ("phone", "desktop"), scheme ("light", "dark"), locale, script.
    """
    watches: list[Watch] = []
    contexts: list[BrowserContext] = []

    def open_page(actor: str, **keywords: Any) -> Page:
        watch = Watch(actor)
        watches.append(watch)
        contexts.append(open_context(browser, watch, **keywords))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        try:
            context.close()
        except Error as failure:
            watches[0].add(f"closing: {failure}")
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)


def accessibility_faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, one line a rule with the first place it meets."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{item['id']}: {item['help']} {item['nodes'][0]['target']}" for item in violations]
