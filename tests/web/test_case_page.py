"""What the page and the paper of a case say so that nobody comes to harm by believing them."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from referral.accounts.model import Member
from referral.cases.model import CaseFile
from referral.kernel import db
from tests.factories.province import consent_of
from tests.web.staff import POLICE, Place, make_place, text_of
from tests.web.test_cases import ANSWERS, PHONE, REPORT, open_a_case, section_form, share


@pytest.fixture
def place(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Place:
    return make_place(settle_whole)


def test_a_consent_that_opens_nothing_yet_says_so_and_leads_to_the_referral(place: Place) -> None:
    """Also for a receiver that has accepted: what it was not sent takes another referral."""
    address = open_a_case(place)
    share(place, address, ["needs"])
    officer, waiting = place.officer(), "Chưa gửi; chỉ mở được sau một lần chuyển gửi riêng: "
    assert waiting not in text_of(officer.get(address))
    with place.app.app_context():
        case = db.session().get_one(CaseFile, UUID(address.rsplit("/", 1)[1]))
        actor = place.province.worker(place.police, "police_officer")
        consent_of(actor, case, agency_id=place.hospital_id, kinds=["needs", "incident"])
    page = text_of(officer.get(address))
    assert f"{waiting}Vụ việc." in page
    bases = page[page.index('id="bases"') :]
    to_it = f'href="{address}/referral?agency_id={place.hospital_id}"'
    assert to_it in bases[: bases.index("</section>")]
    assert "Bạo lực thể chất" not in text_of(place.nurse().get(address))
    share(place, address, ["incident"])
    assert waiting not in text_of(officer.get(address))
    assert "Bạo lực thể chất" in text_of(place.nurse().get(address))


@pytest.mark.promise("nothing-on-her-screen-tells")
def test_nobody_calls_where_nothing_says_how_she_may_be_reached(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    form, revision, _ = section_form(client, address, "safe_contact")
    nobody = "Chưa hỏi cách liên hệ an toàn: không gọi, không nhắn tin."
    for answered in (
        {},
        {"reach": "declined", "phone": PHONE},
        {"phone": PHONE, "do_not": "Không-đến-nhà", "meeting_place": "Trạm-xá-cũ"},
    ):
        told = {"revision": revision, **answered}
        assert client.post(form, data=told).status_code == 303
        page = text_of(client.get(address))
        assert nobody in page, answered
        assert f'action="{address}/number"' not in page
        assert answered.get("do_not", "") in page.split(nobody)[1].split("</div>")[0]
        _, revision, _ = section_form(client, address, "safe_contact")
    share(place, address, ["needs"])
    page = text_of(place.nurse().get(address))
    shut = "Ở đây không xem được cách liên hệ an toàn: không gọi, không nhắn tin. Hỏi "
    assert f"{shut}{POLICE}" in page.replace("\u00a0", " ")
    assert nobody not in page


@pytest.mark.promise("nothing-on-her-screen-tells")
def test_the_paper_leaves_out_what_guards_her_unless_it_is_chosen(place: Place) -> None:
    address = open_a_case(place)
    client = place.officer()
    form, revision, _ = section_form(client, address, "safe_contact")
    guarding = {
        "code_word": "hoa-mai-nở",
        "danger_word": "trời-sắp-mưa",
        "if_another_answers": "Bán-hàng-gọi-nhầm",
        "meeting_place": "Trạm-xá-cũ",
    }
    told = {**ANSWERS["safe_contact"], **guarding, "do_not": "Không-đến-nhà"}
    assert client.post(form, data={**told, "revision": revision}).status_code == 303
    paper = text_of(client.get(f"{address}/print"))
    assert "Cố ý không in" in paper
    assert "Không-đến-nhà" in paper
    assert not [word for word in guarding.values() if word in paper]
    (chosen,) = re.findall(rf'href="({address}/print\?[^"]+)"', paper)
    paper = text_of(client.get(chosen))
    assert all(word in paper for word in guarding.values())
    assert "Cố ý không in" in paper
    assert PHONE not in paper


def test_danger_that_was_reported_stands_on_the_case_and_wherever_it_is_listed(
    place: Place,
) -> None:
    client, mark = place.officer(), "Tin báo có nguy hiểm"
    address = client.post("/cases/report", data=REPORT).location
    code = re.findall(r'class="code">([\w-]+)<', text_of(client.get(address)))[0]
    page = text_of(client.get(address))
    assert "Đang nguy hiểm, theo tin báo" in page
    with place.app.app_context():
        writer = place.province.worker(place.police, "police_officer").member_id
        name = db.session().get_one(Member, writer).display_name
        db.rollback()
    assert re.search(rf"ghi nhận [^<]*\d\d:\d\d[^<]*, người ghi: {re.escape(name)}<", page)
    assert mark in row_of(text_of(client.get("/cases")), code)
    client.post(f"{address}/meet")
    assert mark in row_of(text_of(client.get("/")), code)

    form, revision, _ = section_form(client, address, "incident_report")
    client.post(form, data={**REPORT, "immediate_danger": "no", "revision": revision})
    assert "Đang nguy hiểm" not in text_of(client.get(address))
    for listed in ("/cases", "/"):
        assert mark not in row_of(text_of(client.get(listed)), code)


def row_of(page: str, code: str) -> str:
    """The row of a list that stands for a case."""
    (row,) = [row for row in re.findall(r"<li.*?</li>", page, re.DOTALL) if code in row]
    return row
