"""What was typed is kept: as a draft, by a refused form, and until it stands where it belongs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.cases.model import Section
from referral.kernel import clock, db
from tests.web.neighbours import make_neighbours, make_stay
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import ANSWERS, REPORT, SQLITE, open_a_case, section_form


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


@SQLITE
@pytest.mark.parametrize("kind", list(ANSWERS))
def test_a_first_question_left_empty_is_put_off_and_writes_no_section(
    place: Place, kind: str
) -> None:
    client = place.officer()
    address = client.post("/cases/report", data=REPORT).location
    client.post(f"{address}/meet")
    href = f"{section_form(client, address, kind)[0]}?guided=1"
    page = text_of(client.get(href))
    put_off = re.findall(r'href="([^"]*)"[^>]*>Để sau', page)
    untouched = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))
    untouched |= dict.fromkeys(re.findall(r'<(?:textarea|select)[^>]* name="([^"]*)"', page), "")
    assert "revision" in untouched

    left_empty = client.post(href, data=untouched)

    assert [left_empty.location] == put_off
    assert "Để sau: " in text_of(client.get(left_empty.location))
    assert section_form(client, address, kind)[1] == "0"
    with place.app.app_context():
        written = db.session().scalars(select(Section.kind)).all()
        assert kind not in written


@SQLITE
def test_a_first_question_that_was_answered_can_be_emptied_again(place: Place) -> None:
    client = place.officer()
    address = client.post("/cases/report", data=REPORT).location
    client.post(f"{address}/meet")
    href, _, _ = section_form(client, address, "needs")
    client.post(f"{href}?guided=1", data={**ANSWERS["needs"], "revision": "0"})

    client.post(f"{href}?guided=1", data={"revision": "1"})

    assert section_form(client, address, "needs")[1] == "2"


@SQLITE
def test_a_refused_form_keeps_what_was_typed_and_says_what_to_write(place: Place) -> None:
    answer = place.officer().post("/cases/report", data={"least_facts": "kêu cứu", "channel": "x"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "kêu cứu" in page
    assert "data-error-summary" in page
    assert 'href="#f-channel"' in page


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_draft_comes_back_until_it_is_saved_where_it_belongs(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    href, revision, _ = section_form(client, address, "needs")
    saved = client.post(f"/drafts/needs:{address[7:]}", data={"other_needs": "sữa cho cháu"})
    assert re.fullmatch(r"\d\d:\d\d", saved.json["saved_at"])

    assert "sữa cho cháu" in section_form(place.officer(), address, "needs")[2]
    assert client.post(href, data={"needs": ["shelter"], "revision": revision}).status_code == 303
    assert "sữa cho cháu" not in section_form(client, address, "needs")[2]


def shown_again(client: FlaskClient, path: str, typed: dict[str, Any], words: str) -> str:
    """The page after a refusal and a return to the form, both without script."""
    refused = client.post(path, data=typed)
    page = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert re.search(r"data-draft-status.*Đã lưu nháp \d\d:\d\d<", page)
    assert words in page
    client.get("/")
    return text_of(client.get(path))


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_refused_report_is_kept_as_a_draft_until_it_is_taken(place: Place) -> None:
    client = place.officer()
    typed = {"least_facts": "kêu cứu lúc nửa đêm", "csrf_token": "mark-of-the-page"}

    page = shown_again(client, "/cases/report", typed, "kêu cứu lúc nửa đêm")

    assert "kêu cứu lúc nửa đêm" in page
    assert "mark-of-the-page" not in page
    assert client.post("/cases/report", data=REPORT).status_code == 303
    assert not re.search(r"Đã lưu nháp \d", text_of(client.get("/cases/report")))


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.parametrize(
    ("form", "words_in"),
    [
        ("consents/new", "limits"),
        ("bases/new", "account"),
        ("follow-up", "done"),
        ("sections/incident", "account"),
        ("close", "summary"),
    ],
)
def test_every_refused_form_about_a_case_is_kept_as_a_draft(
    place: Place, form: str, words_in: str
) -> None:
    address = open_a_case(place)
    client = place.client(place.police.users["supervisor"]) if form == "close" else place.officer()

    typed = {words_in: "chữ đã gõ", "revision": "0", "occurred_on": "no day"}

    page = shown_again(client, f"{address}/{form}", typed, "chữ đã gõ")

    assert "chữ đã gõ" in page
    assert re.search(r"Đã lưu nháp \d", page)


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_refused_form_too_long_for_a_draft_is_still_only_refused(place: Place) -> None:
    answer = place.officer().post("/cases/report", data={"least_facts": "x" * 250_000})

    assert answer.status_code == 422
    assert "x" * 250_000 in answer.get_data(as_text=True)
    assert not re.search(r"Đã lưu nháp \d", answer.get_data(as_text=True))


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_the_first_page_says_until_when_a_draft_is_kept(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    client.post(f"/drafts/needs:{address[7:]}", data={"other_needs": "sữa cho cháu"})
    until = clock.local(clock.now() + timedelta(days=30))

    page = client.get("/").get_data(as_text=True)

    own = page.partition('id="drafts"')[2]
    assert own.startswith(">Bản nháp của tôi")
    assert f"sẽ xóa sau {until:%d/%m/%Y}" in own
    assert "sữa cho cháu" not in page


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_a_refused_line_of_the_house_log_is_kept_and_leads_back_to_it(
    settle_whole: Callable[..., Any], compiled_catalogue: None
) -> None:
    here = make_neighbours(settle_whole)
    stay_id, _ = make_stay(here)
    path, keeper = f"/stays/{stay_id}", here.keeper()
    moment = clock.local(clock.now())
    when = {"at-date": f"{moment:%d/%m/%Y}", "at-time": f"{moment:%H:%M}"}
    assert keeper.post(f"{path}/arrival", data=when).status_code == 303

    refused = keeper.post(f"{path}/notes", data={"note": "Cháu nhỏ sốt nhẹ"})

    assert refused.status_code == 422
    own = keeper.get("/").get_data(as_text=True).partition('id="drafts"')[2]
    assert f'href="{path}"' in own
    assert here.code in own
    assert "Cháu nhỏ sốt nhẹ" in keeper.get(path).get_data(as_text=True)
    night = here.place.client(here.shelter.users["night_keeper"])
    assert "Cháu nhỏ sốt nhẹ" not in night.get(path).get_data(as_text=True)
    line = {"noted_at-date": when["at-date"], "noted_at-time": when["at-time"], "kind": "other"}
    assert keeper.post(f"{path}/notes", data={**line, "note": "Đã hạ sốt"}).status_code == 303
    assert "Cháu nhỏ sốt nhẹ" not in keeper.get(path).get_data(as_text=True)
    assert 'id="drafts"' not in keeper.get("/").get_data(as_text=True)


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_enter_in_a_box_does_not_drop_the_draft(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    client.post(f"/drafts/needs:{address[7:]}", data={"other_needs": "sữa cho cháu"})

    page = section_form(client, address, "needs")[2]

    buttons = re.findall(r'<button[^>]*type="submit"[^>]*>', page.partition("<form")[2])
    dropping = [number for number, one in enumerate(buttons) if "/drafts/" in one]
    assert dropping, "the draft is offered to be dropped"
    assert 0 not in dropping  # a browser presses the first one for Enter
