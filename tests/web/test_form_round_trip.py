"""Whatever a form accepts comes back from page, API, store and paper as it was given."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from hypothesis import Phase, given, settings

from referral.cases.forms.engine import load_forms
from referral.cases.forms.sheets import new_sheet_number
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, checked, shelf
from referral.cases.late_entry import printer
from referral.cases.opening import open_case_view, open_sections
from referral.cases.queries import visible_case
from referral.cases.service.sections import put_section
from referral.kernel import clock, db
from referral.web.cases.view import BEHIND_BUTTON, NAMING
from referral.web.forms import unit_name
from tests.api.conftest import Caller
from tests.cases.forms.strategies import answers_to
from tests.web.own_form import own_form
from tests.web.staff import PASSPHRASE, Place, make_place
from tests.web.test_cases import open_a_case, share

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
OWN = "home_visit"
KEPT = {"fate": "kept", "kept_until": "2099-01-01"}
ANEW_EACH_TIME = frozenset(kind for kind, form in load_forms().items() if form.many)
REVISED = sorted({*load_forms(), OWN} - OF_THEIR_OWN_OPERATION - ANEW_EACH_TIME)
WRITTEN_ONCE = ("conflict", "service")
"""`test_own_operations_round_trip.py` has the others."""
EXAMPLES = [2, pytest.param(8, marks=pytest.mark.long)]


class Boxes(HTMLParser):
    """What a browser would send of a page, by input name."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.sent: dict[str, list[str]] = {}
        self._select = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name, value = has.get("name") or "", has.get("value") or ""
        if tag == "textarea":
            self._text = name
            self._send(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in has:
            self._send(self._select, value)
        elif tag == "input":
            is_box = has.get("type") in {"checkbox", "radio"}
            if name and ("checked" in has or not is_box):
                self._send(name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.sent[self._text][-1] = self.sent[self._text][-1].removeprefix("\n")
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.sent[self._text][-1] += data

    def _send(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)


class Lines(HTMLParser):
    """What a page shows of answers: label and value."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._parts: dict[str, str] = {}
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"dt", "dd"}:
            self._in = tag
            self._parts[tag] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "dd":
            self.found.append((self._parts["dt"], self._parts["dd"]))
        if tag in {"dt", "dd"}:
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in:
            self._parts[self._in] += data


def on_paper_of_its_own(answers: dict[str, Any], agency_id: UUID) -> dict[str, Any]:
    """Of one sheet comes one section, an agency prints its own, and no paper is a year old."""
    changed: dict[str, Any] = {}
    if "sheet" in answers:
        changed["sheet"] = new_sheet_number(printer(agency_id))
    if "paper" in answers:
        name = answers["paper"][0].get("taken_by_name", "Trưởng thôn")
        written = f"{clock.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
        changed["paper"] = [{"taken_at": written, "taken_by_name": name, **KEPT}]
    return answers | changed


@dataclass
class Desk:
    """An officer with a case open, on the page and by the API, and a nurse who receives."""

    place: Place
    client: FlaskClient
    program: Caller
    nurse: Caller
    address: str

    def comes_back(self, kind: str, answers: dict[str, Any]) -> None:
        """Typed on the page, read by the API; what the page shows then, and by the API again."""
        answers = on_paper_of_its_own(answers, self.place.police.id)
        form = shelf.form(kind)
        begun = self.boxes(kind)
        self.write(kind, {**form.page_values(answers), "revision": begun["revision"]})
        assert self.section(kind)["answers"] == answers

        shown = self.boxes(kind)
        self.write(kind, shown)
        written = self.section(kind)
        assert written["answers"] == answers

        path = f"{self.address}/sections/{written['id']}"
        etag = {"If-Match": written["etag"]}
        self.program.put(path, {"kind": kind, "answers": answers}, headers=etag)
        now = self.boxes(kind)
        assert {**now, "revision": [], "once": []} == {**shown, "revision": [], "once": []}

        paper = f"{self.address}/print?guarded=0"
        for page, hidden in ((self.address, BEHIND_BUTTON), (paper, NAMING)):
            beside = {*hidden, "paper"}  # of which a sentence tells
            told = {name: given for name, given in answers.items() if name not in beside}
            expected = form.display(told, "vi", unit_name=unit_name)
            assert set(expected) <= set(Lines(self.client.get(page).get_data(as_text=True)).found)

    def is_stored(self, kind: str, answers: dict[str, Any]) -> None:
        """Sealed into a section as its operation would, and opened again."""
        answers = on_paper_of_its_own(answers, self.place.police.id)
        officer = self.place.province.worker(self.place.police, "police_officer")
        case = visible_case(officer, UUID(self.address.rsplit("/", 1)[1]))
        with db.unit_of_work():
            header = put_section(
                officer, open_case_view(officer, case), kind, checked(kind, answers)
            )
            opened = {s.section_id: s for s in open_sections(open_case_view(officer, case))}
            assert opened[header.id].answers == answers
            db.rollback()

    def arrives(self, _kind: str, answers: dict[str, Any]) -> None:
        """Sent along with a referral, and opened by the nurse who received it."""
        asked = {"kind": "service", "urgency": "p3", "kinds": ["needs"], "summary": answers}
        circle = {"circle_id": str(self.place.hospital_circle_id)}
        sent = self.program.made(f"{self.address}/referrals", {**asked, **circle})
        assert self.nurse.get(f"/referrals/{sent['id']}").json["summary"] == answers
        self.program.made(f"/referrals/{sent['id']}/cancellation", {"reason": "no_longer_needed"})

    def section(self, kind: str) -> dict[str, Any]:
        sections = self.program.get(self.address).json["sections"]
        found: dict[str, Any] = next(one for one in sections if one["kind"] == kind)
        return found

    def write(self, kind: str, sent: Mapping[str, list[str]]) -> None:
        answer = self.client.post(f"{self.address}/sections/{kind}", data=sent)
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def boxes(self, kind: str) -> dict[str, list[str]]:
        page = self.client.get(f"{self.address}/sections/{kind}")
        return Boxes(page.get_data(as_text=True)).sent


@pytest.fixture
def desk(
    settle_whole: Callable[..., Any], compiled_catalogue: None, tmp_path: Path
) -> Iterator[Desk]:
    place = make_place(settle_whole)
    officer, nurse = place.police.users["police_officer"], place.hospital.users["health_worker"]
    programs = program_of(place, officer), program_of(place, nurse)
    with own_form(tmp_path / "forms"):
        yield Desk(place, place.client(officer), *programs, open_a_case(place))


def program_of(place: Place, username: str) -> Caller:
    client = place.app.test_client(use_cookies=False)
    sent = {"username": username, "passphrase": PASSPHRASE, "code": ""}
    return Caller(client, client.post("/api/v1/sessions", json=sent).json["token"])


@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.parametrize("examples", EXAMPLES)
def test_answers_typed_on_a_page_come_back_from_api_page_and_print(
    desk: Desk, examples: int
) -> None:
    with desk.place.app.test_request_context(headers={"Accept-Language": "vi"}):
        for kind in REVISED:
            for_each_of(examples, kind, desk.comes_back)


@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.parametrize("examples", EXAMPLES)
def test_answers_that_are_written_once_come_back_from_the_store(desk: Desk, examples: int) -> None:
    with desk.place.app.app_context():
        for kind in WRITTEN_ONCE:
            for_each_of(examples, kind, desk.is_stored)


@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_summary_comes_to_the_receiver_as_it_was_sent(desk: Desk, examples: int) -> None:
    share(desk.place, desk.address, ["needs"])
    for_each_of(examples, "referral_summary", desk.arrives)


def for_each_of(examples: int, kind: str, judge: Callable[[str, dict[str, Any]], None]) -> None:
    """Let the judge see this many different answers to the form."""

    @settings(max_examples=examples, deadline=None, phases=[Phase.generate])
    @given(answers=answers_to(shelf.form(kind)))
    def each(answers: dict[str, Any]) -> None:
        judge(kind, answers)

    each()


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_unit_that_the_page_no_longer_offers_stays_until_another_is_chosen(desk: Desk) -> None:
    district = {"area": "481", "visited_on": "2024-11-24"}
    path = f"{desk.address}/sections"
    desk.program.made(path, {"kind": OWN, "answers": district})
    shown = desk.boxes(OWN)
    assert shown["area"] == ["481"]
    desk.write(OWN, shown)
    assert desk.section(OWN)["answers"] == district
