"""What stands around every page: neutral title, own destinations, exit, language, theme."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.kernel import clock
from referral.kernel.permissions import Permission
from referral.web.frame import local_path
from tests.web.gallery import EndedSessions, Person

GALLERY = "/gallery/gallery.html"
TELLING = re.compile("bạo lực|gia đình|tạm lánh|nạn nhân|violence|shelter|survivor|referral", re.I)


@pytest.fixture
def client(gallery: Flask) -> FlaskClient:
    return gallery.test_client()


def token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


def title(page: str) -> str:
    return page.split("<title>")[1].split("</title>", maxsplit=1)[0]


@pytest.mark.promise("nothing-on-her-screen-tells")
def test_title_names_the_portal_and_tells_nothing(client: FlaskClient) -> None:
    shown = title(client.get(GALLERY).text)

    assert shown == "Việc hôm nay – Cổng phối hợp"
    assert not TELLING.search(shown)


def test_notices_stand_at_the_foot_of_a_phone_whatever_else_one_may_do(client: FlaskClient) -> None:
    page = client.get(GALLERY).text
    foot = page.split('<nav class="tabs"')[1].split("</nav>")[0]
    assert foot.count("<a ") == 5
    assert "Thông báo" in foot
    elsewhere = page.split('class="inline elsewhere"')[1].split("</nav>")[0]
    assert "Thông báo" not in elsewhere


@pytest.mark.promise("quick-exit")
def test_exit_page_has_no_word_of_the_product(client: FlaskClient) -> None:
    page = client.get("/exit").text

    assert TELLING.search("Nơi tạm lánh")  # the detector detects
    assert not TELLING.search(page)
    assert "Cổng phối hợp" not in page
    assert title(page).startswith("Lịch tháng")


@pytest.mark.promise("quick-exit")
def test_quick_exit_without_script_ends_the_session_and_lands_on_the_calendar(
    client: FlaskClient, ended_sessions: EndedSessions
) -> None:
    page = client.get(GALLERY).text
    assert '<a class="button exit" href="/leave"' in page

    answers = [client.get("/leave"), client.post("/exit", data={"csrf_token": token(page)})]

    assert [(a.status_code, a.location) for a in answers] == [(303, "/exit")] * 2
    assert ended_sessions.count == 2


def test_quick_exit_cannot_be_forged_from_another_site(
    client: FlaskClient, ended_sessions: EndedSessions
) -> None:
    assert client.post("/exit").status_code == 400
    assert client.get("/leave", headers={"Sec-Fetch-Site": "cross-site"}).location == "/exit"
    assert ended_sessions.count == 0


def test_every_page_of_a_demo_says_so_with_its_time(client: FlaskClient) -> None:
    page = client.get(GALLERY).text

    assert "Bản trình diễn" in page
    assert f"{clock.local(clock.now()):%d/%m/%Y}" in page


def test_navigation_shows_only_what_the_role_may_open(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = frozenset({Permission.CASE_READ})
    assert "Số liệu" in client.get(GALLERY).text
    monkeypatch.setattr("tests.web.gallery.Person", lambda: Person(permissions=own))

    page = client.get(GALLERY).text

    assert "Hồ sơ" in page
    assert "Số liệu" not in page


def test_page_before_sign_in_has_the_exit_and_no_navigation(client: FlaskClient) -> None:
    page = client.get("/gallery/gallery_sign_in.html?signed-out").text

    assert 'href="/leave"' in page
    assert "Mục chính" not in page


@pytest.mark.parametrize(("language", "words"), [("vi", "Ai xem được"), ("en", "Who can see")])
def test_language_is_kept_and_the_page_returned_to(
    client: FlaskClient, language: str, words: str
) -> None:
    sent = {"language": language, "next": "/gallery/gallery_case.html"}
    sent["csrf_token"] = token(client.get(GALLERY).text)

    page = client.post("/preferences/language", data=sent, follow_redirects=True).text

    assert f'<html lang="{language}"' in page
    assert words in page


def test_theme_is_kept_without_script_and_a_wrong_one_is_passed_over(client: FlaskClient) -> None:
    sent = {"csrf_token": token(client.get(GALLERY).text)}
    client.post("/preferences/theme", data={**sent, "theme": "dark"})
    client.post("/preferences/theme", data={**sent, "theme": '"><script>'})

    assert '<html lang="vi" data-theme="dark">' in client.get(GALLERY).text


def test_what_was_typed_comes_back_escaped(client: FlaskClient) -> None:
    page = client.get("/gallery/gallery_form.html").text

    assert 'value="Ẫm &lt;b&gt;Ỗ&lt;/b&gt; ậ ợ"' in page
    assert 'value="26/11/2024"' in page


@pytest.mark.parametrize(
    "asked",
    ["", "//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "/a\nb", "x"],
)
def test_choice_never_redirects_to_another_site(asked: str) -> None:
    assert local_path("/today?of=all") == "/today?of=all"
    assert local_path(asked) == "/"
