"""Take the pictures of docs/images/: the demo in a folder of its own, Chromium, a few pages.

python -m tools.make_screenshots            load the demo, serve it, take every picture
python -m tools.make_screenshots NAME…      only those

Needs the development packages and Chromium (`make test` installs it; CHROMIUM_BIN names another).
The demo says on every page that nothing in it is real, and so do the pictures.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "images"
LARGEST = 250 * 1000  # bytes
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
ARGON2_FLOOR = {"ARGON2_MEMORY_KIB": "19456", "ARGON2_PASSES": "2"}
Account = Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """One page as one member sees it. `link` is followed from `path` when it is named."""

    name: str
    username: str
    path: str
    device: str
    scheme: str = "light"
    link: str = ""


CASE = "main a[href^='/cases/']:not([href$='/report'])"
REFERRAL = "main a[href^='/referrals/']"
PICTURES = (
    Picture("today-phone", "pon.hongha", "/", "phone"),
    Picture("today-phone-dark", "pon.hongha", "/", "phone", "dark"),
    Picture("case-phone", "pon.hongha", "/cases", "phone", link=CASE),
    Picture("today-desktop", "nghia.aluoi", "/", "desktop"),
    Picture("referral-desktop-dark", "nghia.aluoi", "/referrals", "desktop", "dark", link=REFERRAL),
    Picture("places-desktop", "lieu.baotro", "/places", "desktop"),
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def run_flask(environment: Mapping[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    answer = subprocess.run(
        command, cwd=ROOT, env=dict(environment), check=True, stdout=subprocess.PIPE, text=True
    )
    return answer.stdout


@contextmanager
def demo() -> Iterator[tuple[str, dict[str, Account]]]:
    """A loaded and served demo: its address, and its sign-ins by user name."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        database = f"sqlite:///{folder}/referral.db"
        own = {"INSTANCE_PATH": folder, "DATABASE_URL": database, **ARGON2_FLOOR}
        environment = os.environ | own
        run_flask(environment, "db", "upgrade")
        run_flask(environment, "demo", "load")
        accounts = json.loads(run_flask(environment, "demo", "accounts", "--json"))
        with serving(environment) as address:
            yield address, {account["username"]: account for account in accounts}


@contextmanager
def serving(environment: Mapping[str, str]) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--threads", "4", "--no-control-socket", "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment))
    try:
        wait_until_ready(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_until_ready(port: int, within: float = 60) -> None:
    until = time.monotonic() + within
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        finally:
            connection.close()


def sign_in(page: Page, account: Account) -> None:
    """A code is good once, so each member signs in at most once in thirty seconds."""
    page.goto("/sign-in")
    page.fill("[name=username]", account["username"])
    page.fill("[name=passphrase]", account["passphrase"])
    page.fill("[name=code]", pyotp.TOTP(account["totp_secret"]).now())
    page.locator("form:has([name=passphrase]) [type=submit]").click()
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))


def take(page: Page, picture: Picture) -> Path:
    width, height = SIZES[picture.device]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=picture.scheme, reduced_motion="reduce")  # type: ignore[arg-type] # a Literal there
    page.goto(picture.path)
    if picture.link:
        page.locator(picture.link).first.click()
        page.wait_for_load_state()
    target = TARGET / f"{picture.name}.png"
    page.screenshot(path=target)
    if target.stat().st_size > LARGEST:
        raise SystemExit(f"{target.name} has {target.stat().st_size} bytes; at most {LARGEST}")
    return target


def take_all(
    browser: Browser, address: str, accounts: Mapping[str, Account], wanted: set[str]
) -> None:
    """One session a member, for all of that member's pictures."""
    chosen = [picture for picture in PICTURES if not wanted or picture.name in wanted]
    for username in dict.fromkeys(picture.username for picture in chosen):
        context = browser.new_context(
            base_url=address, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        page = context.new_page()
        sign_in(page, accounts[username])
        for picture in chosen:
            if picture.username == username:
                print(take(page, picture).relative_to(ROOT))
        context.close()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="pictures; all when none is named")
    wanted = set(parser.parse_args(arguments).names)
    if unknown := wanted - {picture.name for picture in PICTURES}:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    chromium = shutil.which(os.environ.get("CHROMIUM_BIN", "chromium"))
    if chromium is None:
        parser.error("no chromium (tools/system-deps.sh installs it)")
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo() as (address, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        take_all(browser, address, accounts, wanted)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
