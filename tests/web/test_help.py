"""Help and what the system is: for everybody, without a word of the subject; guides for members."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral.kernel.version import VERSION
from tests.web.staff import Place, make_place, text_of
from tests.web.test_guides import SUBJECT

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
GUIDE = re.compile(r'href="/help/(\d+)"')


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def in_english(client: FlaskClient) -> FlaskClient:
    client.set_cookie("lang", "en")
    return client


@pytest.mark.parametrize("path", ["/help", "/about"])
def test_help_before_signing_in_names_neither_subject_nor_members(place: Place, path: str) -> None:
    stranger = place.app.test_client()
    for client in (stranger, in_english(place.app.test_client())):
        page = text_of(client.get(path))
        assert not SUBJECT.search(page)
        assert GUIDE.findall(page) == []
        assert place.police.users["police_officer"] not in page
    assert SUBJECT.search("Phần hồ sơ")
    assert "113" in text_of(stranger.get("/help"))


def test_sign_in_and_every_page_lead_to_help(place: Place) -> None:
    stranger = text_of(place.app.test_client().get("/sign-in"))
    member = text_of(place.officer().get("/"))
    for page in (stranger, member):
        assert 'href="/help"' in page
        assert 'href="/about"' in page


def test_the_guide_of_ones_own_role_stands_first_and_all_are_there(place: Place) -> None:
    officer = text_of(place.officer().get("/help"))
    nurse = text_of(place.nurse().get("/help"))
    assert GUIDE.findall(officer)[0] == "1"
    assert GUIDE.findall(nurse)[0] == "2"
    assert sorted(GUIDE.findall(officer)) == sorted(GUIDE.findall(nurse))


def test_a_guide_opens_after_signing_in_under_a_title_that_says_nothing(place: Place) -> None:
    stranger = place.app.test_client().get("/help/1")
    assert stranger.location.startswith("/sign-in")
    client = place.officer()
    page = text_of(client.get("/help/1"))
    title = re.findall(r"<title>(.+)</title>", page)[0]
    assert "<h2>Một ngày làm việc</h2>" in page
    assert not SUBJECT.search(title)
    assert "công an" not in title.lower()
    assert client.get("/help/99").status_code == 404


def test_the_words_are_explained_in_the_readers_language(place: Place) -> None:
    client = place.officer()
    assert "phiếu chuyển gửi" in text_of(client.get("/help/words"))
    assert "referral" in text_of(in_english(client).get("/help/words"))


def test_what_runs_here_is_told(place: Place) -> None:
    page = text_of(place.app.test_client().get("/about"))
    assert VERSION in page
    assert "Apache 2.0" in page
    assert "Cán bộ bảo vệ dữ liệu cá nhân" in page
