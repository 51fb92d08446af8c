"""Headers: nothing foreign loads, nothing is kept, nothing is told onward."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from referral.web.security import CONTENT_SECURITY_POLICY
from tests.web.gallery import ROOT

INLINE = re.compile(
    r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|https?://", re.I
)


@pytest.fixture
def client(gallery: Flask) -> FlaskClient:
    return gallery.test_client()


@pytest.mark.parametrize("path", ["/gallery/gallery.html", "/exit", "/no-such-page"])
def test_every_page_is_closed_to_the_outside_and_never_kept(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered(client: FlaskClient) -> None:
    headers = client.get("/exit", base_url="https://portal.example").headers

    assert headers["Strict-Transport-Security"].startswith("max-age=63072000")


def test_static_file_is_kept_only_under_its_digest(client: FlaskClient) -> None:
    page = client.get("/exit").text
    addresses = re.findall(r'(?:href|src)="(/[^"]+\?v=[0-9a-f]+)"', page)

    assert len(addresses) == 4
    for address in addresses:
        with client.get(address) as kept, client.get(address.partition("?")[0]) as bare:
            assert (kept.status_code, "immutable" in kept.headers["Cache-Control"]) == (200, True)
            assert bare.headers["Cache-Control"] == "no-store"
    for other in ("/static/look.css?v=0", "/static/none.css?v=0"):
        assert client.get(other).headers["Cache-Control"] == "no-store"


@pytest.mark.promise("nothing-third-party")
@pytest.mark.parametrize(
    "template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_template_has_no_inline_code_and_no_foreign_address(template: Path) -> None:
    assert INLINE.search('<p style="x">')  # the detector detects
    assert INLINE.search("<script>x</script>")

    assert not INLINE.findall(template.read_text(encoding="utf-8"))


@pytest.mark.promise("nothing-third-party")
@pytest.mark.parametrize("sheet", sorted((ROOT / "referral/web/static").glob("*.css")), ids=str)
def test_style_sheet_loads_nothing(sheet: Path) -> None:
    assert not re.findall(r"@import|url\(|https?://", sheet.read_text(encoding="utf-8"))
