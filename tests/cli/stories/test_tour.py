"""The guided tour on the first page: what this member may see, and nothing that is not there."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event

from referral.accounts.founding import init_root
from referral.cases.queries import visible_case
from referral.cli.demo.accounts import DEMO_PASSPHRASE
from referral.cli.demo.stories.telling import STORIES, survivors_of
from referral.kernel import tour
from referral.kernel.db import db
from referral.kernel.tour import TOUR_FILE, Stop, keep_tour
from referral.referrals.queries import visible_referral
from referral.web.tour import tour_of
from tests.cli.stories.world import World, cast_of_stories
from tests.infrastructure.application import Environment, application, let_go
from tests.web.staff import text_of

pytestmark = [pytest.mark.heavy, pytest.mark.long]
TITLES = {story.name: story.title for story in STORIES}
ORDER = [story.name for story in STORIES]


@pytest.fixture(scope="module")
def app(environment: Environment, compiled_catalogue: None) -> Iterator[Flask]:
    app = application(environment)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    let_go(app)


def page(app: Flask, username: str, language: str = "vi") -> str:
    """The first page of a member who signs in by the form."""
    client = app.test_client()
    client.set_cookie("lang", language)
    typed = {"username": username, "passphrase": DEMO_PASSPHRASE, "code": ""}
    assert client.post("/sign-in", data=typed).status_code == 303
    return text_of(client.get("/"))


def panel(text: str) -> str:
    return text.split('<details class="jump tour">')[1].split("</details>", maxsplit=1)[0]


def test_every_link_of_every_member_opens_what_that_member_may_see(app: Flask) -> None:
    followed = 0
    for member in cast_of_stories().members:
        with app.test_request_context():
            actor = World(app).member(member.username)
            walk = tour_of(actor)
            assert walk is not None
            for step in walk.own:
                kind, _, text = step.href.strip("/").partition("/")
                if kind == "cases":
                    assert visible_case(actor, UUID(text))
                elif kind == "referrals":
                    assert visible_referral(actor, UUID(text))
                followed += bool(kind)
            assert {step.title for step in (*walk.own, *walk.others)} >= {
                title for title, _ in TITLES.values()
            }
            db.session.rollback()
    assert followed > 60


def hrefs(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', panel(text))


def test_the_stories_of_an_agency_stand_in_the_order_of_the_tour_and_open(app: Flask) -> None:
    client_page = page(app, "an.ctxh")
    own = [name for name in ORDER if name not in {"withdrawal", "guardian"}]
    titles = [TITLES[name][0] for name in own]
    shown = re.findall(r"<b>([^<]+)</b>", panel(client_page))
    assert shown == titles
    assert len(hrefs(client_page)) == len(own)
    client = app.test_client()
    client.post("/sign-in", data={"username": "an.ctxh", "passphrase": DEMO_PASSPHRASE})
    assert {client.get(href).status_code for href in hrefs(client_page)} == {200}


def test_who_may_not_open_a_story_of_the_agency_is_told_with_whom_to_sign_in(app: Flask) -> None:
    text = panel(page(app, "ky.ctxh"))  # stands duty, opens no case
    assert TITLES["man"][0] in text
    assert "href=" not in text
    assert "Để xem, đăng nhập bằng tài khoản an.ctxh." in text


def test_an_agency_in_no_story_is_told_where_they_are(app: Flask) -> None:
    text = panel(page(app, "soat.vanhanh"))
    assert "Đơn vị không có trong câu chuyện nào" in text
    assert text.count("<dt>") == len(STORIES) + 1
    assert "van.langco" in text
    assert "href=" not in text


def test_whoever_lost_the_case_is_led_to_what_is_left(app: Flask) -> None:
    """Legal aid: one referral withdrawn, one declined, one served; the figures are another's."""
    text = page(app, "luat.phaply")
    kinds = [href.split("/")[1] for href in hrefs(text)]
    assert kinds == ["referrals", "referrals", "cases"]


def test_the_figures_of_the_year_come_last_for_those_who_read_them(app: Flask) -> None:
    text = page(app, "so.thongke", "en")
    assert hrefs(text) == ["/figures"]
    assert "The figures of the year" in panel(text)
    assert "Sent to the wrong agency" in panel(text)


def test_the_panel_names_no_survivor(app: Flask) -> None:
    for username, language in (("an.ctxh", "vi"), ("an.ctxh", "en"), ("bup.hongha", "vi")):
        text = panel(page(app, username, language))
        words = set(re.findall(r"\w+", re.sub(r"<[^>]+>", " ", text)))
        for survivor in survivors_of(STORIES):
            assert not survivor.spoken_name or survivor.spoken_name not in words


def test_the_number_of_queries_does_not_grow_with_the_stories(app: Flask) -> None:
    with app.test_request_context():
        stops = tour.stops()
        actor = World(app).member("an.ctxh")
        try:
            all_of_them = queries_of(actor)
            keep_tour(stops[:2])
            assert queries_of(actor) == all_of_them
        finally:
            keep_tour(stops)
        db.session.rollback()
    assert 0 < all_of_them <= 3


def queries_of(actor: Any) -> int:
    tour_of(actor)
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert tour_of(actor) is not None
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(counted)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_an_installation_for_real_cases_has_no_tour_whatever_file_lies_there(
    make_app: Any, instance: Path
) -> None:
    stop = Stop(
        "man", "Một", "One", "Hai", "Two", case_ids=("b0127d46-7726-5d31-9156-0078ad73fa03",)
    )
    app = make_app()
    for is_demo in (False, True):
        with app.app_context():
            db.drop_all()
            db.create_all()
            (instance / "root.pub").unlink(missing_ok=True)
            init_root("gốc rễ bền lâu năm tháng", is_demo=is_demo, shift=timedelta(0))
            keep_tour([stop])
            assert json.loads((instance / TOUR_FILE).read_text())
            assert tour.stops() == ([stop] if is_demo else [])
