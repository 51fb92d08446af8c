"""What is written by an operation of its own comes back as it was typed, by page and by API."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from referral.cases.forms.sheets import new_sheet_number
from referral.cases.forms_in_force import shelf
from referral.kernel import clock
from tests.api.conftest import Caller
from tests.web.neighbours import Neighbours, make_neighbours, make_stay
from tests.web.staff import HOSPITAL
from tests.web.test_form_round_trip import for_each_of, program_of

pytestmark = [
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
    pytest.mark.promise("nothing-typed-is-lost"),
]
EXAMPLES = [2, pytest.param(8, marks=pytest.mark.long)]
Answers = dict[str, Any]


@dataclass
class Hand:
    """One member who writes on the page and by a program, and reads by the program."""

    client: FlaskClient
    program: Caller

    def types(self, path: str, kind: str, answers: Answers, **beside: Any) -> str:
        """Send the page's form; where it leads."""
        typed = {**shelf.form(kind).page_values(answers), **beside}
        answer = self.client.post(path, data=typed)
        refused = re.findall(r'class="error"[^>]*>(.*?)</', answer.get_data(as_text=True), re.S)
        assert answer.status_code == 303, refused
        return str(answer.headers["Location"])

    def opens_a_case(self) -> str:
        """Its address."""
        sections = {"needs": {"needs": ["health_care"]}}
        return f"/cases/{self.program.made('/cases', {'sections': sections})['id']}"

    def found(self, case: str, kind: str) -> list[Answers]:
        """The answers of every section of the kind that the case holds."""
        sections = self.program.get(case).json["sections"]
        return [one["answers"] for one in sections if one["kind"] == kind]


@pytest.fixture
def here(settle_whole: Callable[..., Any], compiled_catalogue: None) -> Neighbours:
    return make_neighbours(settle_whole)


@pytest.fixture
def officer(here: Neighbours) -> Hand:
    username = here.place.police.users["police_officer"]
    return Hand(here.place.client(username), program_of(here.place, username))


def on_paper_of_its_own(answers: Answers) -> Answers:
    """Of one numbered sheet comes one section."""
    return {**answers, "sheet": new_sheet_number()} if "sheet" in answers else answers


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_report_comes_back(here: Neighbours, officer: Hand, examples: int) -> None:
    def judge(kind: str, answers: Answers) -> None:
        answers = on_paper_of_its_own(answers)
        case = officer.types("/cases/report", kind, answers)
        assert officer.found(case, kind) == [answers]
        answers = on_paper_of_its_own(answers)
        made = officer.program.made("/reports", {"answers": answers})
        assert officer.found(f"/cases/{made['id']}", kind) == [answers]

    with here.app.test_request_context():
        for_each_of(examples, "incident_report", judge)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_consent_comes_back(here: Neighbours, officer: Hand, examples: int) -> None:
    agency = str(here.agencies[HOSPITAL])
    until = clock.today() + timedelta(days=60)
    beside = {"kinds": ["needs"], "purpose": "support"}

    def judge(kind: str, answers: Answers) -> None:
        case = officer.opens_a_case()
        first, second = on_paper_of_its_own(answers), on_paper_of_its_own(answers)
        page = {**beside, "recipient": f"agency:{agency}", "expires_at": f"{until:%d/%m/%Y}"}
        officer.types(f"{case}/consents/new", kind, first, **page)
        api = {**beside, "agency_id": agency, "expires_at": f"{until}T00:00:00Z"}
        officer.program.made(f"{case}/consents", {**api, "answers": second})
        assert officer.found(case, kind) == [first, second]

    with here.app.test_request_context():
        for_each_of(examples, "consent", judge)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_legal_basis_comes_back(here: Neighbours, officer: Hand, examples: int) -> None:
    agency, circle = here.agencies[HOSPITAL], here.circle(HOSPITAL)

    def judge(kind: str, answers: Answers) -> None:
        case = officer.opens_a_case()
        answers["account"] += " và không thể chờ."  # a sentence, as the operation asks
        first, second = on_paper_of_its_own(answers), on_paper_of_its_own(answers)
        page = {"kinds": ["needs"], "recipient": f"agency:{agency}"}
        officer.types(f"{case}/bases/new", kind, first, **page)
        api = {"kinds": ["needs"], "circle_id": str(circle)}
        officer.program.made(f"{case}/legal-bases", {**api, **second})
        assert officer.found(case, kind) == [first, second]

    with here.app.test_request_context():
        for_each_of(examples, "legal_basis", judge)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_follow_up_and_a_closure_come_back(here: Neighbours, examples: int) -> None:
    username = here.social.users["social_worker"]
    worker = Hand(here.place.client(username), program_of(here.place, username))

    def follow_up(kind: str, answers: Answers) -> None:
        case = worker.opens_a_case()
        first, second = on_paper_of_its_own(answers), on_paper_of_its_own(answers)
        worker.types(f"{case}/follow-up", kind, first)
        worker.program.made(f"{case}/follow-ups", {"answers": second})
        assert worker.found(case, kind) == [first, second]

    def closure(kind: str, answers: Answers) -> None:
        for by_page in (True, False):
            case, given = worker.opens_a_case(), on_paper_of_its_own(answers)
            if by_page:
                worker.types(f"{case}/close", kind, given)
            else:
                worker.program.made(f"{case}/closure", {"answers": given})
            assert worker.found(case, kind) == [given]

    with here.app.test_request_context():
        for_each_of(examples, "follow_up", follow_up)
        for_each_of(examples, "closure", closure)


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_line_of_the_house_log_comes_back(here: Neighbours, examples: int) -> None:
    stay = f"/stays/{make_stay(here)[0]}"
    username = here.shelter.users["shelter_keeper"]
    keeper = Hand(here.keeper(), program_of(here.place, username))

    def judge(kind: str, answers: Answers) -> None:
        before = notes(keeper, stay)
        first, second = on_paper_of_its_own(answers), on_paper_of_its_own(answers)
        keeper.types(f"{stay}/notes", kind, first)
        keeper.program.made(f"{stay}/notes", {"answers": second})
        assert notes(keeper, stay)[len(before) :] == [first, second]

    with here.app.test_request_context():
        for_each_of(examples, "stay_note", judge)


def notes(keeper: Hand, stay: str) -> list[Mapping[str, Any]]:
    return [line["answers"] for line in keeper.program.get(stay).json["notes"]]
