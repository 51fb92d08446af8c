"""A case is found from the list in a real browser, on a phone without script and at a desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.infrastructure.browser import accessibility_faults
from tests.infrastructure.server import threaded
from tests.web.staff import PASSPHRASE, Place, make_place
from tests.web.test_cases import open_a_case

pytestmark = pytest.mark.browser


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def served(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Iterator[str]:
    place: Place = make_place(settle_whole)
    open_a_case(place)
    place.app.config["WTF_CSRF_ENABLED"] = True
    with threaded(place.app) as url:
        yield url


@pytest.mark.promise("found-by-name-without-tones")
@pytest.mark.parametrize(
    ("device", "scheme", "script"), [("phone", "light", False), ("desktop", "dark", True)]
)
def test_a_case_is_found_from_the_list(
    served: str, page_for: Callable[..., Page], device: str, scheme: str, script: bool
) -> None:
    officer = page_for("officer", device=device, scheme=scheme, script=script)
    officer.goto(f"{served}/sign-in")
    officer.locator("[name=username]").fill("Công an xã Hồng Hạ.police_officer")
    officer.locator("[name=passphrase]").fill(PASSPHRASE)
    officer.locator("main form button[type=submit], form.stack button[type=submit]").last.click()
    officer.wait_for_url(f"{served}/")
    officer.goto(f"{served}/cases")
    field = officer.get_by_label("Tìm hồ sơ theo tên")
    button = officer.get_by_role("button", name="Tìm", exact=True)
    boxes = [part.bounding_box() for part in (field, button)]
    assert all(box and box["height"] >= 44 for box in boxes)
    field.fill("khong co ai")
    button.click()
    officer.get_by_text("Không tìm thấy hồ sơ nào").wait_for()
    assert field.input_value() == "khong co ai"
    faults = accessibility_faults(officer) if script else []
    field.fill("may ho")
    field.press("Enter")
    officer.get_by_text("khớp theo tên gọi").first.wait_for()
    assert field.input_value() == ""
    assert officer.url == f"{served}/cases/search"
    assert faults + (accessibility_faults(officer) if script else []) == []
