"""Take every page of the address map, on phone and desktop, light and dark, in both languages.

python -m tools.make_shots              build the province of the sweeps, serve it, take them all
python -m tools.make_shots NAME…        only the routes whose name contains one of these

They go to build/shots/ with an index.html to leaf through; nothing of it is committed. Whom to ask
for a page, and about which objects, is known to tests/sweeps. Needs the development packages and
Chromium, as tools/make_screenshots.py does.
"""

import argparse
import itertools
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright
from sqlalchemy import text

from referral.kernel import db
from tests.infrastructure.application import application, let_go
from tests.infrastructure.browser import FLAGS, VIEWPORTS
from tests.infrastructure.copies import copy_of, keep
from tests.infrastructure.server import serve
from tests.sweeps import world
from tests.sweeps.asks import address, routes
from tests.sweeps.conftest import SETTINGS
from tests.sweeps.every_ask import PAGES
from tests.sweeps.hostile import Hostile
from tests.sweeps.test_looks import BEFORE_SIGN_IN, LEADS_ON

TARGET = Path(__file__).resolve().parents[1] / "build" / "shots"
BROWSERS = 2
DEVICES, SCHEMES, LANGUAGES = ("phone", "desktop"), ("light", "dark"), ("vi", "en")
NOT_TO_BE_READ = LEADS_ON | {"health.healthz", "health.readyz", "api-docs.openapi_json"}
BEYOND = {"404": "/khong-co"}
SAID = "Kể lại việc tối qua; cần phiên dịch."
NAMED = {
    "agency": "Trung tâm Công tác xã hội và Quỹ Bảo trợ trẻ em tỉnh",
    "member": "Nguyễn Thị Ngọc Ánh Tuyết",
    "site": "Hoa Sim Tím",
}
HOUSES = {
    "ca": "Công an xã Hồng Hạ",
    "yt": "Trung tâm Y tế huyện A Lưới",
    "nt": "Nơi tạm lánh khu vực A Lưới",
    "ub": "Ủy ban nhân dân xã Hồng Hạ",
}


class Plain(Hostile):
    """What an official would type, as long as the field takes."""

    def __call__(self, label: str) -> str:
        room = len(super().__call__(label))
        return NAMED.get(label.partition(".")[0], SAID[:room].strip())


@dataclass(frozen=True)
class Shot:
    """One page, and who asks for it; nobody where `token` is empty."""

    name: str
    path: str
    token: str
    cookies: Mapping[str, str]


def built() -> dict[str, Any]:
    """The province of the sweeps with plain texts, and with names as long as real ones."""
    found = world.built(Plain())
    with db.unit_of_work():
        for short, name in HOUSES.items():
            values = {"short": short, "name": name}
            db.session().execute(
                text("UPDATE agency SET name_vi = :name, name_en = :name WHERE name_vi = :short"),
                values,
            )
        db.session().execute(
            text("UPDATE member SET display_name = :name WHERE display_name LIKE '%.%'"),
            {"name": NAMED["member"]},
        )
    return found


@contextmanager
def province(folder: Path) -> Iterator[tuple[str, list[Shot]]]:
    """The served province: its address, and every page of it."""
    kept = keep("shots", "sqlite", folder, built, **SETTINGS)
    (folder / "copy").mkdir()
    with copy_of(kept, folder, folder / "copy") as copy:
        app = application(copy.environment)
        shots = list(shots_of(app, kept["told"]))
        let_go(app)
        server = serve(copy.environment, folder / "server.log")
        try:
            yield server.url, shots
        finally:
            server.stop()


def shots_of(app: Any, told: Mapping[str, Any]) -> Iterator[Shot]:
    """Every page that somebody reads, as the sweeps ask for it."""
    officer = told["tokens"]["police_officer"]
    for name, path in BEYOND.items():
        yield Shot(name, path, officer, {})
    for route in routes(app):
        if route.is_api or route.writes or route.rule.endpoint in NOT_TO_BE_READ:
            continue
        good = PAGES[route.name]
        sent = good.headers(told["objects"]).get("Cookie", "")
        cookies = dict(part.split("=", 1) for part in sent.split("; ") if part)
        query = good.query(told["objects"]) if callable(good.query) else good.query
        path = address(app, route, told["objects"], good.ids)
        path += "?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else ""
        name = route.name.removeprefix("GET ").replace(" ", "-")
        is_before = route.rule.endpoint in BEFORE_SIGN_IN
        yield Shot(name, path, "" if is_before else told["tokens"][good.by], cookies)


def take_all(url: str, shots: Sequence[Shot], chromium: str) -> list[str]:
    """Each page in each way, in a browser of this process's own; gives what went wrong."""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for shot in shots:
            for language in LANGUAGES:
                context = browser.new_context(base_url=url, reduced_motion="reduce")
                faults += take(context, shot, language, url)
                context.close()
        browser.close()
    return faults


def take(context: BrowserContext, shot: Shot, language: str, url: str) -> list[str]:
    """A page in one language: it is asked for once, then shown in each width and scheme."""
    context.add_cookies([{"name": "lang", "value": language, "url": url}])
    context.add_cookies([{"name": n, "value": v, "url": url} for n, v in shot.cookies.items()])
    if shot.token:
        context.add_cookies([{"name": "session-token", "value": shot.token, "url": url}])
    page = context.new_page()
    page.goto(shot.path)
    faults = [] if page.title() else [f"{shot.name}: no title"]
    for device, scheme in itertools.product(DEVICES, SCHEMES):
        width, height = VIEWPORTS[device]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # a Literal there
        if page.locator("picture").count():
            page.reload()  # else it is taken before the picture of this width and scheme is there
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append(f"{shot.name}: scrolls sideways on a {device} in {language}")
        # As tall as the page, so that no sticky bar lies in the middle of the picture.
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": tall})
        page.screenshot(path=TARGET / file_of(shot.name, device, scheme, language))
    return faults


def file_of(name: str, device: str, scheme: str, language: str) -> str:
    return f"{name}.{device}.{scheme}.{language}.png"


def write_index(names: Sequence[str]) -> None:
    """One row a page, one picture a way."""
    ways = list(itertools.product(DEVICES, SCHEMES, LANGUAGES))
    rows = [
        f"<h2>{escape(name)}</h2><p>"
        + "".join(
            f'<a href="{escape(file_of(name, *way))}">'
            f'<img loading="lazy" height="300" src="{escape(file_of(name, *way))}"'
            f' alt="{" ".join(way)}"></a> '
            for way in ways
        )
        + "</p>"
        for name in names
    ]
    page = "<!DOCTYPE html><meta charset='utf-8'><title>Shots</title>" + "".join(rows)
    (TARGET / "index.html").write_text(page, encoding="utf-8")


def in_turns(shots: Sequence[Shot], work: Callable[[Sequence[Shot]], Any]) -> list[Any]:
    """The shots dealt out, one share a browser."""
    return [work(shots[start::BROWSERS]) for start in range(BROWSERS)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="parts of names of routes")
    wanted = parser.parse_args(arguments).names
    chromium = shutil.which(os.environ.get("CHROMIUM_BIN", "chromium"))
    if chromium is None:
        parser.error("no chromium (tools/system-deps.sh installs it)")
    TARGET.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shots-") as folder, province(Path(folder)) as found:
        url, every = found
        shots = [s for s in every if not wanted or any(part in s.name for part in wanted)]
        with ProcessPoolExecutor(BROWSERS) as pool:
            shares = in_turns(shots, lambda share: pool.submit(take_all, url, share, chromium))
            faults = [fault for share in shares for fault in share.result()]
    write_index(sorted(shot.name for shot in every))
    print("\n".join(faults))
    print(f"{len(shots)} pages in {time.monotonic() - begun:.0f} s: {TARGET / 'index.html'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
