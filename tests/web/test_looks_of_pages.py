"""The pages of referrals, places, figures and administration in a real browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page

from referral.web.cases.blueprint import code_of
from tests.infrastructure.browser import accessibility_faults
from tests.infrastructure.server import threaded
from tests.security.own_account import CARRIED
from tests.web.neighbours import Neighbours, make_neighbours, make_stay
from tests.web.staff import HOSPITAL, PASSPHRASE

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 390, 1280
WIDTHS = (320, PHONE, DESKTOP)


@dataclass
class Served:
    here: Neighbours
    url: str
    referral_id: UUID
    place_referral_id: UUID
    stay_id: UUID
    site_id: UUID
    edition: str = ""
    users: dict[str, str] = field(default_factory=dict)

    def enter(self, page: Page, who: str) -> None:
        page.goto(f"{self.url}/sign-in")
        page.locator("[name=username]").fill(self.users[who])
        page.locator("[name=passphrase]").fill(PASSPHRASE)
        page.locator("main form button[type=submit], form.stack button[type=submit]").last.click()
        page.wait_for_url(f"{self.url}/")

    def choose(self, page: Page) -> None:
        """The first two steps of a referral, so that the next two have something to show."""
        case = f"{self.url}/cases/{self.here.case_id}/referral"
        page.goto(case)
        page.get_by_role("radio", name=HOSPITAL).check()
        page.get_by_role("button", name="Tiếp tục").click()
        page.get_by_role("radio", name="Gấp").check()
        page.get_by_role("button", name="Tiếp tục").click()
        page.wait_for_url("**/3")

    def paths(self) -> list[tuple[str, str]]:
        case = f"/cases/{self.here.case_id}"
        return [
            ("officer", f"{case}/referral"),
            ("officer", f"{case}/referral/2"),
            ("officer", f"{case}/referral/3"),
            ("officer", f"{case}/follow-up"),
            ("officer", f"/referrals/{self.referral_id}"),
            ("officer", "/referrals?show=sent"),
            ("officer", "/notices"),
            ("officer", f"{case}/openings"),
            ("nurse", "/channels"),
            ("nurse", "/referrals"),
            ("nurse", f"/referrals/{self.referral_id}"),
            ("keeper", "/places"),
            ("keeper", f"/places/{self.site_id}"),
            ("keeper", "/places/new"),
            ("keeper", f"/referrals/{self.place_referral_id}/places"),
            ("keeper", f"/stays/{self.stay_id}"),
            ("administrator", "/members"),
            ("administrator", "/members/new"),
            ("administrator", "/log"),
            ("administrator", "/forms"),
            ("administrator", f"/forms/{code_of('needs')}"),
            ("nurse", f"/forms/{code_of('incident')}/sheet"),
            ("system", "/agencies"),
            ("system", "/agencies/new"),
            ("system", "/letters"),
            ("statistician", "/figures"),
            ("statistician", self.edition),
            ("auditor", "/log"),
        ]


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def served(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Iterator[Served]:
    here = make_neighbours(settle_whole, **CARRIED)
    _give_address(here)
    here.app.config["WTF_CSRF_ENABLED"] = True
    referral_id = here.refer(HOSPITAL)
    stay_id, waiting = make_stay(here)
    users = {
        "officer": here.place.police.users["police_officer"],
        "nurse": here.place.hospital.users["health_worker"],
        "keeper": here.shelter.users["shelter_keeper"],
        "administrator": here.place.hospital.administrator,
        **here.desk(),
    }
    edition = freeze(here, users["statistician"])
    with threaded(here.app) as url:
        yield Served(here, url, referral_id, waiting, stay_id, here.site(), edition, users)


def _give_address(here: Neighbours) -> None:
    """An address that waits for its code, so that the page asks for it."""
    typed = {"medium": "email", "address": "mot.dia.chi.thu.dien.tu.rat.dai@benhvien.example.vn"}
    assert here.place.nurse().post("/channels", data=typed).status_code == 303


def alternately(number: int, width: int) -> bool:
    """Axe judges each page once, every other one as on a phone."""
    return width == (PHONE, DESKTOP)[number % 2]


def always(number: int, width: int) -> bool:
    """Axe judges every page both as on a phone and as at a desk."""
    return width in (PHONE, DESKTOP)


def freeze(here: Neighbours, username: str) -> str:
    """An edition of the year, and its address."""
    here.app.config["WTF_CSRF_ENABLED"] = False
    answer = here.place.client(username).post("/figures", data={"year": ""})
    here.app.config["WTF_CSRF_ENABLED"] = True
    return str(answer.headers["Location"])


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize("judges", [alternately, pytest.param(always, marks=pytest.mark.long)])
def test_every_page_is_clean_for_axe_and_never_scrolls_sideways(
    served: Served, page_for: Callable[..., Page], judges: Callable[[int, int], bool]
) -> None:
    pages: dict[str, Page] = {}
    faults = []
    for number, (who, path) in enumerate(served.paths()):
        if who not in pages:
            scheme = "dark" if number % 2 else "light"
            pages[who] = page_for(who, scheme=scheme)
            served.enter(pages[who], who)
            if who == "officer":
                served.choose(pages[who])
        page = pages[who]
        page.goto(served.url + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append(f"{path} scrolls sideways at {width}")
            if judges(number, width):
                tall = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": tall})
                faults += [f"{path} at {width}: {fault}" for fault in accessibility_faults(page)]
        assert "referral" not in page.title()

    assert faults == []


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_referral_is_sent_and_accepted_on_phones(
    served: Served, page_for: Callable[..., Page]
) -> None:
    officer = page_for("officer", device="phone")
    served.enter(officer, "officer")
    officer.goto(f"{served.url}/cases/{served.here.case_id}/referral")
    officer.get_by_text("Cơ sở khám bệnh, chữa bệnh").locator("visible=true").first.wait_for()
    officer.get_by_role("radio", name=HOSPITAL).check()
    officer.get_by_role("button", name="Tiếp tục").click()
    officer.get_by_role("radio", name="Khẩn cấp trong 30 phút").check()
    officer.get_by_role("button", name="Tiếp tục").click()
    officer.get_by_text("Gửi 2 phần, giữ lại 2 phần.").wait_for()
    officer.get_by_label("Lý do chuyển gửi").fill("Cần khám trong đêm nay.")
    officer.get_by_role("button", name="Gửi", exact=True).click()
    officer.get_by_text("Đã gửi. Thời hạn trả lời bắt đầu tính.").wait_for()
    address = officer.url

    nurse = page_for("nurse", device="phone", scheme="dark")
    served.enter(nurse, "nurse")
    nurse.goto(f"{served.url}/referrals")
    nurse.get_by_role("link", name="Khẩn cấp").first.click()
    assert nurse.url == address
    nurse.get_by_role("button", name="Nhận hỗ trợ").click()
    nurse.get_by_text("Đã nhận hỗ trợ. Nội dung đã mở.").wait_for()
    nurse.get_by_role("link", name="Mở hồ sơ").click()
    nurse.get_by_role("heading", name="Nhu cầu hỗ trợ").wait_for()

    officer.reload()
    officer.get_by_text("Đã nhận hỗ trợ").first.wait_for()
