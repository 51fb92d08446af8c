"""The pages of cases, from the first word to the closed file."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.cases.forms_in_force import shelf
from referral.cases.model import CaseFile, Section, SectionRevision, SectionRevisionBody
from referral.kernel import clock, db
from referral.referrals import service as referrals
from tests.factories.province import case_of, consent_of
from tests.web.staff import HOSPITAL, POLICE, Place, make_place, text_of

SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"])
NAME, PHONE = "Hồ Thị Mây", "0400123456"
REPORT = {
    "received_at-date": "25/11/2024",
    "received_at-time": "19:30",
    "channel": "call_or_message",
    "immediate_danger": "yes",
    "least_facts": "Hàng xóm nghe tiếng kêu cứu",
}
ANSWERS = {
    "identity": {"age_band": "25_39", "spoken_name": NAME, "sex": "female"},
    "safe_contact": {"reach": "set_times", "phone": PHONE, "call_times": "9 giờ đến 10 giờ"},
    "incident": {"forms": ["physical"]},
    "needs": {"needs": ["health_care"]},
}


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def open_a_case(place: Place) -> str:
    """A case of the police made by its operations; gives its address."""
    with place.app.app_context():
        case = case_of(place.province.worker(place.police, "police_officer"))
        address = f"/cases/{case.id}"
        db.rollback()
    return address


def share(place: Place, address: str, kinds: list[str]) -> UUID:
    """Consent for the hospital, a referral sent and accepted; gives the consent's id."""
    with place.app.app_context():
        officer = place.province.worker(place.police, "police_officer")
        case = db.session().get_one(CaseFile, UUID(address.rsplit("/", 1)[1]))
        basis_id = consent_of(officer, case, agency_id=place.hospital_id, kinds=kinds)
        with db.unit_of_work():
            sent = referrals.send_referral(
                officer,
                case,
                kind="service",
                circle_id=place.hospital_circle_id,
                urgency="p1",
                kinds=kinds,
                summary={"reason": "cần khám"},
            )
        nurse = place.province.worker(place.hospital, "health_worker")
        with db.unit_of_work():
            referrals.accept_referral(
                nurse,
                sent,
                worker_id=nurse.member_id,
                first_contact_at=clock.now() + timedelta(hours=1),
            )
        db.rollback()
    return basis_id


def section_form(client: FlaskClient, address: str, kind: str) -> tuple[str, str, str]:
    """Address, revision and page of a section's form."""
    with client.application.test_request_context():
        from flask import url_for

        case_id = address.rsplit("/", 1)[1]
        href = url_for("cases.write_section", case_id=case_id, kind=kind)
    page = text_of(client.get(href))
    return href, re.findall(r'name="revision" value="(\d+)"', page)[0], page


@pytest.mark.promise("few-questions-first")
def test_from_the_first_word_to_a_recorded_consent(place: Place) -> None:
    client = place.officer()
    told = client.post("/cases/report", data=REPORT)
    address = told.location
    assert "Tin báo, chưa gặp" in text_of(client.get(address))

    step = client.post(f"{address}/meet").location
    asked = []
    for answers in ANSWERS.values():
        page = text_of(client.get(step))
        asked += re.findall(r"Câu ([\d–]+) trong (\d+)", page)
        step = client.post(step, data={**answers, "revision": "0"}).location
    assert [n for n, _all in asked] == ["4", "5", "6", "7"]
    assert {int(size) for _n, size in asked} < set(range(13))

    consent = {
        "recipient": f"agency:{place.hospital_id}",
        "kinds": ["incident", "needs"],
        "purpose": "support",
        "expires_at": (clock.today() + timedelta(days=90)).strftime("%d/%m/%Y"),
        "given_by": "survivor",
        "how": ["written"],
    }
    assert client.post(step, data=consent).location == address
    page = text_of(client.get(address))
    assert NAME in page
    assert HOSPITAL in page.split('id="bases"')[1]


@SQLITE
@pytest.mark.promise("second-click-does-nothing")
def test_who_writes_second_overwrites_nothing_and_keeps_the_text(place: Place) -> None:
    address = open_a_case(place)
    first, second = place.officer(), place.client(place.police.users["supervisor"])
    href, revision, _ = section_form(first, address, "incident")
    first.post(href, data={"account": "lời kể thứ nhất", "revision": revision})

    late = second.post(href, data={"account": "lời kể thứ hai", "revision": revision})

    page = late.get_data(as_text=True)
    assert late.status_code == 412
    assert "Người khác đã sửa phần này" in page
    assert "lời kể thứ nhất" in page
    assert "lời kể thứ hai" in page
    newest = re.findall(r'name="revision" value="(\d+)"', page)[0]
    again = second.post(href, data={"account": "lời kể thứ hai", "revision": newest})
    assert again.status_code == 303
    assert "lời kể thứ hai" in text_of(first.get(address))


@SQLITE
def test_a_form_that_names_no_revision_is_not_saved(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    href, _, _ = section_form(client, address, "needs")

    assert client.post(href, data={"needs": ["shelter"]}).status_code == 428


@pytest.mark.promise("second-click-does-nothing")
def test_a_second_press_writes_no_second_report(place: Place) -> None:
    client = place.officer()
    mark = re.findall(r'name="once" value="(\w+)"', text_of(client.get("/cases/report")))[0]

    answers = [client.post("/cases/report", data={**REPORT, "once": mark}) for _ in range(2)]

    assert answers[0].location == answers[1].location
    assert len(re.findall(r'class="task"', text_of(client.get("/cases")))) == 1


@SQLITE
@pytest.mark.promise("nothing-typed-is-lost")
def test_what_was_changed_after_going_back_is_written_too(place: Place) -> None:
    client = place.officer()
    first = client.post("/cases/report", data={**REPORT, "once": "the same mark"})
    changed = {**REPORT, "immediate_danger": "no", "once": "the same mark"}

    assert client.post("/cases/report", data=changed).location != first.location
    assert len(re.findall(r'class="task"', text_of(client.get("/cases")))) == 2


@SQLITE
@pytest.mark.promise("unseen-case-does-not-exist")
def test_a_case_of_others_is_not_there(place: Place) -> None:
    address = open_a_case(place)
    nurse = place.nurse()

    for path in ("", "/print", "/consents/new", "/bases/new"):
        assert nurse.get(address + path).status_code == 404, path
    assert nurse.post(f"{address}/number").status_code == 404
    assert address not in text_of(nurse.get("/cases"))


@SQLITE
@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_the_receiver_sees_what_was_agreed_until_it_is_withdrawn(place: Place) -> None:
    address = open_a_case(place)
    basis_id = share(place, address, ["incident", "needs"])
    nurse, officer = place.nurse(), place.officer()

    page = text_of(nurse.get(address))
    assert "Bạo lực thể chất" in page
    assert f"{POLICE} giữ phần này" in page
    assert NAME not in page

    asked = text_of(officer.get(f"{address}/bases/{basis_id}/withdraw"))
    assert "không thu về được" in asked
    assert HOSPITAL in asked
    assert officer.post(f"{address}/bases/{basis_id}/withdraw").status_code == 303
    after = nurse.get(address).get_data(as_text=True)
    assert "Bạo lực thể chất" not in after
    assert officer.post(f"{address}/bases/{basis_id}/withdraw").status_code == 409


@SQLITE
@pytest.mark.promise("nothing-on-her-screen-tells")
def test_lists_titles_addresses_and_paper_carry_no_name_and_no_number(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    page = text_of(client.get(address))

    titles = re.findall(r"<title>(.*?)</title>", page)
    assert NAME in page
    assert PHONE not in page
    assert titles == ["Hồ sơ – Cổng phối hợp"]
    assert NAME not in text_of(client.get("/cases"))
    paper = text_of(client.get(f"{address}/print"))
    assert NAME not in paper
    assert PHONE not in paper
    assert f"Người in: {place.police.users['police_officer']}" in paper
    links = " ".join(re.findall(r'href="(/[^"]*)"', page))
    assert not [kind for kind in shelf.all() if f"sections/{kind}" in links]
    assert "sections/" in links


@SQLITE
def test_the_number_comes_only_when_it_is_asked_for(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()

    assert PHONE in text_of(client.post(f"{address}/number"))
    script = client.post(f"{address}/number", headers={"Accept": "application/json"})
    assert script.json == {"number": PHONE}


@SQLITE
@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_legal_basis_is_claimed_with_a_reason_and_cosigned_by_another(place: Place) -> None:
    address = open_a_case(place)
    officer = place.officer()
    typed = {
        "reason": "danger_to_life",
        "recipient": f"agency:{place.hospital_id}",
        "kinds": ["needs"],
    }
    assert officer.post(f"{address}/bases/new", data={**typed, "account": "gấp"}).status_code == 422
    typed["account"] = "Người chồng đang cầm dao đe dọa cả nhà"
    claimed = officer.post(f"{address}/bases/new", data=typed)
    assert claimed.location == f"{address}/referral"
    assert "Chưa chia sẻ gì cho đến khi gửi" in text_of(officer.get(claimed.location))

    page = text_of(officer.get(address))
    (basis_id,) = set(re.findall(r"/bases/([0-9a-f-]{36})/", page))
    cosign = f"{address}/bases/{basis_id}/cosign"
    assert "cần ký xác nhận trước" in page
    assert officer.get(cosign).status_code == 403
    supervisor = place.client(place.police.users["supervisor"])
    asked = "Ký xác nhận căn cứ pháp lý"
    assert asked in text_of(supervisor.get("/"))
    assert asked not in text_of(officer.get("/"))
    assert "đang cầm dao" in text_of(supervisor.get(cosign))
    assert supervisor.post(cosign).status_code == 303
    assert "cần ký xác nhận trước" not in text_of(officer.get(address))


@SQLITE
@pytest.mark.promise("changed-record-is-not-shown")
def test_a_changed_record_is_named_and_not_shown(place: Place) -> None:
    address = open_a_case(place)
    with place.app.app_context(), db.unit_of_work():
        db.begin_write()
        rows = db.session().execute(
            select(SectionRevisionBody)
            .join(SectionRevision, SectionRevision.id == SectionRevisionBody.revision_id)
            .join(Section, Section.id == SectionRevision.section_id)
            .where(Section.kind == "identity")
        )
        (row,) = rows.scalars()
        row.body = row.body[:-1] + bytes([row.body[-1] ^ 1])

    page = text_of(place.officer().get(address))

    assert "Chưa xác thực được, không hiển thị" in page
    assert NAME not in page
    assert "Bạo lực thể chất" in page


@SQLITE
def test_closing_needs_a_reason_and_ends_writing(place: Place) -> None:
    address = open_a_case(place)
    supervisor = place.client(place.police.users["supervisor"])
    day = clock.today().strftime("%d/%m/%Y")

    assert supervisor.post(f"{address}/close", data={"closed_on": day}).status_code == 422
    typed = {"closed_on": day, "reason": "goals_met"}
    assert supervisor.post(f"{address}/close", data=typed).status_code == 303
    page = text_of(supervisor.get(address))
    assert "Đã kết thúc" in page
    assert ">Sửa<" not in page
    assert place.officer().get(f"{address}/close").status_code == 403


@SQLITE
def test_no_form_of_a_closed_case_opens_by_its_address(place: Place) -> None:
    address = open_a_case(place)
    supervisor = place.client(place.police.users["supervisor"])
    supervisor.post(f"{address}/referral", data={"recipient": "service:x"})
    day = clock.today().strftime("%d/%m/%Y")
    supervisor.post(f"{address}/close", data={"closed_on": day, "reason": "goals_met"})

    forms = ("referral", "referral/2", "consents/new", "bases/new", "follow-up", "sections/needs")
    for form in (*forms, "close"):
        refused = supervisor.get(f"{address}/{form}")
        assert refused.status_code == 409, form
        assert "Cần xem tình trạng hiện tại." in refused.get_data(True)
        assert f'href="{address}"' in refused.get_data(True)
    assert supervisor.post(f"{address}/referral/draft", data={"s-reason": "x"}).status_code == 409
    assert f"{address}/referral" not in text_of(supervisor.get("/"))
