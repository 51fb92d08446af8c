"""A referral in a real browser, from the sender's phone to the receiver's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.infrastructure.server import threaded
from tests.security.own_account import CARRIED
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, PASSPHRASE

pytestmark = pytest.mark.browser


@dataclass
class Served:
    here: Neighbours
    url: str

    def enter(self, page: Page, username: str) -> None:
        page.goto(f"{self.url}/sign-in")
        page.locator("[name=username]").fill(username)
        page.locator("[name=passphrase]").fill(PASSPHRASE)
        page.locator("main form button[type=submit], form.stack button[type=submit]").last.click()
        page.wait_for_url(f"{self.url}/")


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def served(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Iterator[Served]:
    here = make_neighbours(settle_whole, **CARRIED)
    here.agree(HOSPITAL, "needs", "safe_contact")
    here.app.config["WTF_CSRF_ENABLED"] = True
    with threaded(here.app) as url:
        yield Served(here, url)


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_referral_is_sent_and_accepted_on_phones(
    served: Served, page_for: Callable[..., Page]
) -> None:
    officer = page_for("officer", device="phone")
    served.enter(officer, served.here.place.police.users["police_officer"])
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
    served.enter(nurse, served.here.place.hospital.users["health_worker"])
    nurse.goto(f"{served.url}/referrals")
    nurse.get_by_role("link", name="Khẩn cấp").first.click()
    assert nurse.url == address
    nurse.get_by_role("button", name="Nhận hỗ trợ").click()
    nurse.get_by_text("Đã nhận hỗ trợ. Nội dung đã mở.").wait_for()
    nurse.get_by_role("link", name="Mở hồ sơ").click()
    nurse.get_by_role("heading", name="Nhu cầu hỗ trợ").wait_for()

    officer.reload()
    officer.get_by_text("Đã nhận hỗ trợ").first.wait_for()
