"""What was written on paper first, on the pages: asked without script, told in one sentence."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from referral.accounts.queries import names
from referral.kernel import clock
from tests.infrastructure.statements import counted
from tests.web.staff import Place, make_place, text_of
from tests.web.test_cases import open_a_case, section_form, share

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
    pytest.mark.promise("typed-from-paper"),
]
NAME = "Trưởng thôn A Lưới"


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def typed(**more: str) -> dict[str, Any]:
    """The inputs of a paper that was written two hours ago and is kept for a month."""
    taken = clock.local(clock.now() - timedelta(hours=2))
    until = clock.today() + timedelta(days=30)
    row = {
        "taken_at-date": f"{taken:%d/%m/%Y}",
        "taken_at-time": f"{taken:%H:%M}",
        "taken_by_name": NAME,
        "fate": "kept",
        "kept_until": f"{until:%d/%m/%Y}",
        **more,
    }
    return {"paper-row": ["0"], **{f"paper-0-{name}": value for name, value in row.items()}}


def sentence_on(page: str) -> str:
    return re.findall(r"Ghi trên giấy [^<]*", page)[-1]


def test_a_paper_is_asked_for_by_a_button_and_told_in_one_sentence(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, page = section_form(client, address, "needs")
    assert 'name="paper-0-taken_at-date"' not in page
    asked = client.post(href, data={"revision": revision, "add-line": "paper"})
    boxes = text_of(asked)
    assert 'name="paper-0-taken_at-date"' in boxes
    select = boxes.partition('name="paper-0-taken_by"')[2].partition("</select>")[0]
    assert len(re.findall(r'<option value="[0-9a-f-]{36}"', select)) == 3, "the own agency's"

    sent = {"revision": revision, **typed()}
    assert client.post(href, data=sent).status_code == 303
    shown = text_of(client.get(address))
    told = sentence_on(shown)
    assert f"bởi {NAME}, nhập " in told
    assert "Phiếu giấy được cất đến" in told
    printed = text_of(client.get(f"{address}/print"))
    assert "bởi người không có tài khoản, nhập " in sentence_on(printed)
    assert NAME not in printed


def test_another_agency_is_told_of_the_agency_and_of_no_person(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, _ = section_form(client, address, "needs")
    client.post(href, data={"revision": revision, **typed()})
    share(place, address, ["needs"])
    told = sentence_on(text_of(place.nurse().get(address)))
    assert "bởi Công an" in told
    assert NAME not in told


def test_the_page_of_a_paper_is_not_for_whom_the_section_was_only_shown(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, _ = section_form(client, address, "needs")
    client.post(href, data={"revision": revision, **typed()})
    (page,) = set(re.findall(r'href="(/cases/[^"]*/papers/[^"]*)"', text_of(client.get("/"))))
    share(place, address, ["needs"])
    nurse = place.nurse()
    shown = nurse.get(page)
    assert shown.status_code == 404
    assert NAME not in shown.get_data(as_text=True)
    destroyed = {"destroyed_on": f"{clock.today():%d/%m/%Y}"}
    assert nurse.post(page, data=destroyed).status_code == 404
    assert client.post(page, data=destroyed).status_code == 303


def test_no_id_that_is_typed_in_tells_a_name_of_another_agency(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, _ = section_form(client, address, "needs")
    with place.app.app_context():
        nurse = place.province.worker(place.hospital, "health_worker")
        colleague = place.province.worker(place.police, "supervisor")
        name, known = names([nurse.member_id])[nurse.member_id], names([colleague.member_id])
    for member, word in ((nurse, ""), (colleague, known[colleague.member_id])):
        by = {"taken_by": str(member.member_id), "taken_by_name": ""}
        page = client.post(href, data={"revision": revision, **typed(**by), "needs": "none"})
        shown = page.get_data(as_text=True)
        assert page.status_code == 422
        assert name not in shown
        assert word in shown


def test_a_paper_that_cannot_be_true_is_told_beside_its_box(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, _ = section_form(client, address, "needs")
    tomorrow = clock.today() + timedelta(days=1)
    wrong = typed(**{"taken_at-date": f"{tomorrow:%d/%m/%Y}", "taken_by_name": ""})
    answer = client.post(href, data={"revision": revision, **wrong})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-paper-0-taken_at-msg"' in page
    early = typed(taken_by_name="")
    page = client.post(href, data={"revision": revision, **early}).get_data(as_text=True)
    assert 'id="f-paper-0-taken_by-msg"' in page


def test_the_task_leads_to_where_the_paper_is_noted_as_destroyed(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    href, revision, _ = section_form(client, address, "needs")
    client.post(href, data={"revision": revision, **typed()})
    today = text_of(client.get("/"))
    (page,) = set(re.findall(r'href="(/cases/[^"]*/papers/[^"]*)"', today))
    assert f'<a href="{page}">Ghi nhận đã hủy phiếu giấy</a>' in text_of(client.get(address))
    assert NAME in text_of(client.get(page))
    refused = client.post(page, data={"destroyed_on": "31/02/2024"})
    assert refused.status_code == 422
    assert 'id="f-destroyed_on-msg"' in refused.get_data(as_text=True)
    assert client.post(page, data={"destroyed_on": f"{clock.today():%d/%m/%Y}"}).status_code == 303
    assert "Phiếu giấy đã hủy ngày" in sentence_on(text_of(client.get(address)))
    assert page not in text_of(client.get("/"))
    assert client.get(page).status_code == 409


def test_a_paper_survives_as_a_draft(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    assert client.post(f"/drafts/needs:{address[7:]}", data=typed()).status_code == 200
    page = section_form(place.officer(), address, "needs")[2]
    assert NAME in page
    assert 'name="paper-0-taken_at-time"' in page


def test_whoever_wrote_papers_is_looked_up_once_a_page(place: Place) -> None:
    address, client = open_a_case(place), place.officer()
    with place.app.app_context():
        officer = place.province.worker(place.police, "police_officer")
        colleague = place.province.worker(place.police, "supervisor")
        name = names([officer.member_id])[officer.member_id]

    def shown_with(kind: str, who: UUID | None) -> int:
        href, revision, _ = section_form(client, address, kind)
        by = {"taken_by": str(who), "taken_by_name": ""}
        saved = client.post(href, data={"revision": revision, **typed(**by)})
        assert saved.status_code == 303, saved.text
        with place.app.app_context(), counted() as sent:
            assert f"bởi {name}" in text_of(client.get(address))
            return sent()

    one = shown_with("needs", officer.member_id)
    assert shown_with("safe_contact", colleague.member_id) <= one


def received(page: str) -> list[str]:
    """What stands in the boxes of the moment in which a report was received."""
    return re.findall(r'name="received_at-(?:date|time)" value="([^"]*)"', page)


def inputs_of(page: str) -> dict[str, list[str]]:
    """What the page would send back unchanged."""
    names = ("received_at-date", "received_at-time", "filled_in")
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in names}


def test_a_report_from_paper_asks_anew_when_it_was_received(place: Place) -> None:
    client = place.officer()
    opened = client.get("/cases/report").text
    assert all(received(opened)), "who takes it down at once finds the moment filled in"
    with_paper = client.post("/cases/report", data=inputs_of(opened) | {"add-line": "paper"})
    assert received(with_paper.text) == ["", ""]
    sent = inputs_of(with_paper.text) | typed() | {"channel": "in_person", "immediate_danger": "no"}
    refused = client.post("/cases/report", data=sent)
    assert refused.status_code == 422
    assert 'id="f-received_at-msg"' in refused.text
    taken = clock.local(clock.now() - timedelta(hours=3))
    heard = {"received_at-date": f"{taken:%d/%m/%Y}", "received_at-time": f"{taken:%H:%M}"}
    assert client.post("/cases/report", data=sent | heard).status_code == 303


def test_a_moment_that_somebody_has_typed_stays_when_a_paper_is_added(place: Place) -> None:
    client = place.officer()
    opened = inputs_of(client.get("/cases/report").text)
    said = opened | {"received_at-time": ["03:15"], "add-line": ["paper"]}
    page = client.post("/cases/report", data=said).text
    assert received(page) == [*opened["received_at-date"], "03:15"]
