"""One person at a browser of their own, and what every page they meet is held against."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import time
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Locator, Page, expect

from tests.infrastructure.browser import accessibility_faults

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TITLE = re.compile(r"^[^–]+ – Cổng phối hợp$")
TELLING = re.compile(
    "bạo lực|bạo hành|nạn nhân|tạm lánh|công an|bệnh viện|y tế|công tác xã hội|phụ nữ", re.I
)
TELLING_ADDRESS = re.compile(
    "violence|survivor|shelter|medical|police|hospital|incident|abuse|victim|danger", re.I
)
STEP = 30  # seconds a one-time code is good for (RFC 6238)
QUICK, SLOW = 15_000, 120_000  # milliseconds until an answer that does not come fails the test


@dataclass
class Scene:
    """What the actors share: where the product is served, and which pages axe has judged."""

    url: str
    accounts: Mapping[str, Mapping[str, str]]
    page_for: Callable[..., Page]
    judges: bool = True
    judged: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    """Names that no title may carry: members and agencies."""


@dataclass
class Person:
    """An actor with a browser; `seen` is the markup of every page they were shown."""

    scene: Scene
    page: Page
    username: str
    passphrase: str
    secret: str
    seen: list[str] = field(default_factory=list)
    step: int = 0
    """The step of the last code used: a code is good once."""

    @classmethod
    def of(cls, scene: Scene, username: str, device: str) -> "Person":
        account = scene.accounts[username]
        page = scene.page_for(username, device=device)
        return cls(scene, page, username, account["passphrase"], account["totp_secret"])

    def code(self) -> str:
        """A one-time code that was not used yet; the next one where the present one was."""
        self.step = max(int(time()) // STEP, self.step + 1)
        return pyotp.TOTP(self.secret).generate_otp(self.step)

    def sign_in(self) -> None:
        self.go("/sign-in")
        self.write("Tên đăng nhập", self.username)
        self.page.get_by_label("Mật khẩu").fill(self.passphrase)
        self.write("Mã xác thực", self.code())
        self.press("Đăng nhập")
        self.heading("Việc hôm nay")

    def leave(self) -> None:
        """Quick exit: the session ends, a calendar stands there."""
        self.page.get_by_role("link", name=re.compile("^Thoát")).click()
        self.page.wait_for_url("**/exit")

    def go(self, path: str) -> int:
        """Open a path; gives the status of the answer."""
        answer = self.page.goto(self.scene.url + path)
        assert answer is not None
        self.look()
        return answer.status

    def press(self, name: str, *, within: Locator | None = None, slow: bool = False) -> None:
        """`slow`: the answer takes the server seconds of calculation, more on a busy machine."""
        button = (within or self.page).get_by_role("button", name=name, exact=True)
        patience = SLOW if slow else QUICK
        with self.page.expect_navigation(timeout=patience):
            button.click(timeout=patience)
        self.look()

    def follow(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        link = (within or self.page).get_by_role("link", name=name, exact=isinstance(name, str))
        with self.page.expect_navigation():
            link.first.click()
        self.look()

    def open_row(self, code: str) -> None:
        """The row of a list that carries this code of a case."""
        rows = self.page.locator("a.task", has_text=code)
        with self.page.expect_navigation():
            rows.filter(visible=True).first.click()
        self.look()

    def write(self, name: str, words: str) -> None:
        self.page.get_by_role("textbox", name=re.compile(f"^{re.escape(name)}")).fill(words)

    def choose(self, name: str, option: str) -> None:
        self.page.get_by_role("combobox", name=re.compile(f"^{name}")).select_option(label=option)

    def tick(self, group: str, *options: str) -> None:
        asked = self.group(group)
        for option in options:
            asked.get_by_label(re.compile(f"^{re.escape(option)}")).first.check()

    def group(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=re.compile(f"^{name}")).first

    def moment(self, group: str) -> None:
        """Type the present moment of the page's clock into the two boxes of a question."""
        day, hour = self.now()
        asked = self.group(group)
        asked.get_by_label("Ngày").fill(day)
        asked.get_by_label("Giờ").fill(hour)

    def now(self) -> tuple[str, str]:
        """Day and hour that the page says it is, as one types them."""
        clock = self.page.locator(".demo").inner_text()
        found = re.search(r"(\d{1,2}/\d{1,2}/\d{4})\D+(\d{1,2}:\d{2})", clock)
        assert found, clock
        return found.group(1), found.group(2)

    def unfold(self, name: str) -> None:
        """Open a folded part of the page, unless it stands open."""
        fold = self.page.locator("main details", has=self.page.get_by_text(re.compile(f"^{name}")))
        if fold.last.get_attribute("open") is None:
            fold.last.locator("summary").first.click()

    def heading(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(words)

    def reads(self, words: str) -> None:
        expect(self.page.locator("main")).to_contain_text(words)

    def open_sections(self) -> set[str]:
        """The sections of a case that stand open on the page; sealed ones are not among them."""
        titles = self.page.locator("section.panel:has(> .foot .seen) > .head h2")
        return {title.strip() for title in titles.all_inner_texts()}

    def text(self) -> str:
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def has_not_seen(self, *secrets: str) -> None:
        """None of these stood in the markup of any page this person was ever shown."""
        for markup in self.seen:
            for secret in secrets:
                assert secret not in markup, f"{self.username} was shown {secret!r}"

    def has_seen(self, words: str) -> None:
        """The control of `has_not_seen`: who may read it did."""
        assert any(words in markup for markup in self.seen), f"{self.username}: {words!r}"

    def look(self) -> None:
        """What holds on every page: it says that it is a demo; title and address do not tell."""
        page = self.page
        self.seen.append(page.content())
        title, address = page.title(), urlsplit(page.url)
        assert TITLE.match(title), f"{title!r} at {page.url}"
        assert not TELLING.search(title), f"{title!r} at {page.url}"
        assert not [name for name in self.scene.untold if name in title], title
        told = TELLING_ADDRESS.search(f"{address.path}?{address.query}")
        assert not told, page.url
        expect(page.get_by_role("note").filter(has_text="Bản trình diễn").first).to_be_visible()
        place = UUID.sub("…", address.path)
        if self.scene.judges and place not in self.scene.judged:
            self.scene.judged.add(place)
            self._judge()

    def _judge(self) -> None:
        """Axe, on a page as tall as what stands on it, so that no sticky bar lies over a word."""
        size = self.page.viewport_size
        assert size is not None
        tall = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": tall})
        assert accessibility_faults(self.page) == [], self.page.url
        self.page.set_viewport_size(size)
