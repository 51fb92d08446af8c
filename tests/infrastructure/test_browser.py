import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.infrastructure.browser import Watch, accessibility_faults, open_context

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
CLEAN = (
    '<!doctype html><html lang="vi"><title>Trang</title><link rel="icon" href="data:,">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<main><h1>Việc hôm nay</h1></main>"
)
PAGES = {
    "/clean": CLEAN,
    "/inline-style": CLEAN + '<p style="color:red">x</p>',
    "/inline-script": CLEAN + "<script>document.title = 'x'</script>",
    "/missing-style": CLEAN + '<link rel="stylesheet" href="/none.css">',
    "/failing-script": CLEAN + '<script src="/fail.js"></script>',
    "/complaint": CLEAN + '<script src="/complain.js"></script>',
    "/unlabelled": CLEAN + "<img src='/dot.svg'>",
    "/fail.js": "throw new Error('boom')",
    "/complain.js": "console.error('complaint')",
    "/dot.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
}
KINDS = {"js": "text/javascript", "svg": "image/svg+xml"}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        text = PAGES.get(self.path)
        self.send_response(200 if text else 404)
        self.send_header("Content-Type", KINDS.get(self.path.rpartition(".")[2], "text/html"))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write((text or CLEAN).encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the test says what went wrong."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def _faults(browser, url: str) -> list[str]:
    watch = Watch("nurse")
    context = open_context(browser, watch)
    page = context.new_page()
    page.goto(url, wait_until="load")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    context.close()
    return watch.faults


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/inline-style", "Content Security Policy"),
        ("/inline-script", "Content Security Policy"),
        ("/missing-style", "missing: 404"),
        ("/failing-script", "boom"),
        ("/complaint", "complaint"),
    ],
)
def test_each_kind_of_fault_on_a_page_is_reported(browser, site, path, word):
    faults = _faults(browser, site + path)
    assert any(word in fault for fault in faults), faults
    assert all(fault.startswith("nurse: ") for fault in faults)


def test_a_request_to_another_machine_is_stopped_and_reported(browser, site):
    watch = Watch("nurse")
    context = open_context(browser, watch)
    page = context.new_page()
    page.goto(f"{site}/clean")
    page.evaluate("() => { location.href = 'https://elsewhere.example/' }")
    page.wait_for_event("requestfailed")
    context.close()
    assert watch.faults == ["nurse: third party: https://elsewhere.example/"]


def test_a_sound_page_and_a_page_that_is_not_there_are_no_fault(browser, site):
    assert _faults(browser, f"{site}/clean") == []
    assert _faults(browser, f"{site}/none") == []


def test_a_persons_device_speaks_vietnamese_in_the_provinces_time(page_for, site):
    page = page_for("nurse", base_url=site, device="phone", scheme="dark")
    page.goto("/clean")
    assert page.evaluate("navigator.language") == "vi-VN"
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert zone in ("Asia/Ho_Chi_Minh", "Asia/Saigon")
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert page.evaluate("innerWidth") < 500


def test_two_actors_share_no_cookie(page_for, site):
    nurse, officer = (page_for(actor, base_url=site) for actor in ("nurse", "officer"))
    nurse.goto("/clean")
    officer.goto("/clean")
    nurse.evaluate("document.cookie = 'who=nurse'")
    assert officer.evaluate("document.cookie") == ""


def test_a_picture_without_words_is_an_accessibility_fault(page_for, site):
    page = page_for("nurse", base_url=site)
    page.goto("/unlabelled")
    assert any(fault.startswith("image-alt") for fault in accessibility_faults(page))
    page.goto("/clean")
    assert accessibility_faults(page) == []
