"""The page of parts shows every public macro by calling it, and stands in a demo only."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from referral.kernel import db
from referral.kernel.deployment import Deployment
from tests.web.staff import Place, make_place, text_of

ROOT = Path(__file__).resolve().parents[2]
MACROS = sorted((ROOT / "templates/_macros").glob("*.html"))
PAGE = ROOT / "templates/styleguide/show_styleguide.html"


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def macros_of(files: Iterable[Path]) -> set[str]:
    """The public macros of these files, as the page calls them: `parts.clock`."""
    found = {
        f"{path.stem}.{name}"
        for path in files
        for name in re.findall(r"{%-? macro (\w+)\(", path.read_text(encoding="utf-8"))
    }
    return {name for name in found if "._" not in name}


def shown_by(source: str) -> set[str]:
    """The parts that the page's source names and, under that name, calls."""
    sections = source.split("{% call part('")[1:]
    parts = [section.partition("') %}") for section in sections]
    return {name for name, _, body in parts if re.search(rf"\b{name.partition('.')[2]}\(", body)}


def test_every_public_macro_is_shown_on_the_page_of_parts(place: Place) -> None:
    wanted = macros_of(MACROS)
    assert len(wanted) > 40
    assert wanted - shown_by(PAGE.read_text(encoding="utf-8")) == set()
    page = text_of(place.officer().get("/styleguide"))
    assert wanted - set(re.findall(r'data-part="([\w.]+)"', page)) == set()


def test_a_macro_that_is_not_shown_or_only_named_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "parts.html"
    file.write_text("{% macro st(a) %}{% macro gone() %}{% macro _own() %}", encoding="utf-8")
    assert macros_of([file]) == {"parts.st", "parts.gone"}
    source = "{% call part('parts.st') %}{{ st(1) }}{% call part('parts.gone') %}<p>gone</p>"
    assert shown_by(source) == {"parts.st"}


def test_the_page_of_parts_stands_in_a_demo_only(place: Place) -> None:
    officer, stranger = place.officer(), place.app.test_client()
    assert (officer.get("/styleguide").status_code, stranger.get("/styleguide").status_code) == (
        200,
        200,
    )
    with place.app.app_context(), db.unit_of_work():
        db.session().query(Deployment).one().is_demo = False
        db.read_again(("deployment",))
    assert officer.get("/styleguide").status_code == 404
    assert stranger.get("/styleguide").status_code == 404


def test_samples_are_marked_as_vietnamese(place: Place) -> None:
    client = place.officer()
    client.set_cookie("lang", "en")
    page = text_of(client.get("/styleguide"))
    samples = page.partition('<div lang="vi">')[2]
    assert samples.count("data-part=") > 50
