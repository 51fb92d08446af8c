"""Cases over the API: the same operations, with versions, and nothing for whom it is not."""

from uuid import uuid4

import pytest

from referral.cases.forms.sheets import new_sheet_number
from referral.cases.late_entry import printer
from tests.api.conftest import REPORT, SECTIONS, consent_for, open_case


def _section(caller, case, kind):
    opened = caller.get(f"/cases/{case['id']}").json
    return next(s for s in opened["sections"] if s["kind"] == kind)


def test_a_report_becomes_a_case_when_she_is_met(officer):
    answer = officer.post("/reports", {"answers": REPORT})
    case = answer.json

    assert (answer.status_code, case["state"]) == (201, "reported")
    assert answer.headers["Location"] == f"/api/v1/cases/{case['id']}"
    assert officer.made(f"/cases/{case['id']}/meeting")["state"] == "open"
    again = officer.post(f"/cases/{case['id']}/meeting")
    assert (again.status_code, again.json["type"]) == (409, "urn:problem:state-conflict")
    assert again.json["state"] == "open"


@pytest.mark.parametrize("body", [{}, {"sections": {}}])
def test_a_case_of_nothing_which_nobody_could_open_is_refused(officer, body):
    refused = officer.post("/cases", body)
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"sections"}


def test_one_sheet_of_paper_is_one_section_of_a_new_case_too(officer, app, world):
    with app.app_context():
        number = new_sheet_number(printer(world.agencies["congan"]))
    twice = {kind: {"sheet": number} for kind in ("needs", "incident")}
    refused = officer.post("/cases", {"sections": twice})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["sheet"]
    assert officer.post("/cases", {"sections": {"needs": twice["needs"]}}).status_code == 201


def test_a_case_is_read_back_as_it_was_written(officer):
    case = open_case(officer)
    opened = officer.get(f"/cases/{case['id']}").json

    assert opened["is_verified"] is True
    assert {s["kind"]: s["answers"] for s in opened["sections"]} == SECTIONS
    assert {s["status"] for s in opened["sections"]} == {"open"}
    printed = officer.get(f"/cases/{case['id']}/print").json
    assert printed["sections"] == opened["sections"]


@pytest.mark.promise("second-click-does-nothing")
def test_a_write_names_the_revision_it_was_made_from(officer):
    case = open_case(officer)
    section = _section(officer, case, "incident")
    path = f"/cases/{case['id']}/sections/{section['id']}"
    body = {"kind": "incident", "answers": {"forms": ["physical", "mental"]}}

    assert officer.put(path, body).status_code == 428
    assert officer.put(path, body, headers={"If-Match": "*"}).status_code == 428
    assert officer.put(path, body, headers={"If-Match": f'"{uuid4()}-1"'}).status_code == 412
    first = officer.put(path, body, headers={"If-Match": section["etag"]})
    assert (first.status_code, first.json["revision"]) == (200, 2)
    assert officer.put(path, body, headers={"If-Match": section["etag"]}).status_code == 412
    assert first.headers["ETag"] == officer.get(path).headers["ETag"] == f'"{section["id"]}-2"'


def test_a_second_section_of_a_kind_is_a_conflict(officer):
    case = open_case(officer)
    path = f"/cases/{case['id']}/sections"

    begun = officer.post(path, {"kind": "safe_contact", "answers": {}})
    assert (begun.status_code, begun.json["revision"]) == (201, 1)
    assert begun.headers["ETag"] == begun.json["etag"]
    assert officer.post(path, {"kind": "safe_contact", "answers": {}}).status_code == 409


@pytest.mark.parametrize("kind", ["consent", "closure", "legal_basis", "no_such_form"])
def test_what_has_an_operation_of_its_own_is_not_written_as_a_section(officer, kind):
    case = open_case(officer)
    refused = officer.post(f"/cases/{case['id']}/sections", {"kind": kind, "answers": {}})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["kind"])
    assert officer.post("/cases", {"sections": {kind: {}}}).status_code == 422


@pytest.mark.promise("unseen-case-does-not-exist")
def test_another_agency_does_not_learn_that_a_case_exists(officer, sign_in):
    case = open_case(officer)
    nurse = sign_in("health_worker")
    unseen = nurse.get(f"/cases/{case['id']}")
    nothing = nurse.get(f"/cases/{uuid4()}")

    assert unseen.status_code == nothing.status_code == 404
    assert unseen.json == nothing.json
    assert nurse.post(f"/cases/{case['id']}/meeting").status_code == 404
    assert case["id"] not in nurse.get("/cases").text
    assert case["id"] in officer.get("/cases").text


def test_a_role_without_the_permission_is_refused_on_what_it_sees(officer):
    case = open_case(officer)
    closing = {"answers": {"closed_on": "2024-12-01", "reason": "goals_met"}}
    refused = officer.post(f"/cases/{case['id']}/closure", closing)

    assert (refused.status_code, refused.json["type"]) == (403, "urn:problem:not-permitted")


def test_lists_go_on_from_their_cursor(officer):
    made = {open_case(officer)["id"] for _ in range(3)}
    seen, cursor = [], None
    while True:
        query = {"size": 2, **({"cursor": cursor} if cursor else {})}
        page = officer.get("/cases", query_string=query).json
        seen += [line["id"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert made <= set(seen)
    assert len(seen) == len(set(seen))
    assert officer.get("/cases", query_string={"cursor": "x"}).status_code == 422


def test_a_consent_is_recorded_listed_and_withdrawn(officer, world):
    case = open_case(officer)
    path = f"/cases/{case['id']}"
    hospital = world.agencies["benhvien"]
    basis = officer.made(f"{path}/consents", consent_for(hospital, "incident", "needs"))

    assert basis["kinds"] == ["incident", "needs"]
    assert [b["id"] for b in officer.get(f"{path}/bases").json["items"]] == [basis["id"]]
    ended = officer.made(f"{path}/bases/{basis['id']}/withdrawal")
    assert ended["ended_at"] is not None
    assert officer.post(f"{path}/bases/{basis['id']}/withdrawal").status_code == 409
    assert officer.post(f"{path}/bases/{uuid4()}/withdrawal").status_code == 404


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_legal_basis_is_cosigned_by_another_person(officer, sign_in, world):
    case = open_case(officer)
    path = f"/cases/{case['id']}"
    claim = {
        "kinds": ["incident"],
        "agency_id": str(world.agencies["benhvien"]),
        "reason": "danger_to_life",
        "account": "Bất tỉnh, cần cấp cứu ngay trong đêm.",
    }
    basis = officer.made(f"{path}/legal-bases", claim)
    cosignature = f"{path}/bases/{basis['id']}/cosignature"

    assert officer.post(cosignature).status_code == 403
    assert sign_in("supervisor").made(cosignature)["cosigned_at"] is not None


def test_refusals_name_the_fields_in_the_readers_language(officer):
    sent = {"answers": {"channel": "by_owl", "received_at": "soon"}}
    english = officer.post("/reports", sent)
    officer.language = "vi"
    vietnamese = officer.post("/reports", sent)

    assert english.status_code == vietnamese.status_code == 422
    assert set(english.json["errors"]) == {"channel", "received_at", "immediate_danger"}
    assert english.json["errors"]["channel"] == ["Choose from the answers listed."]
    assert english.json["errors"].keys() == vietnamese.json["errors"].keys()
    assert english.json["errors"]["channel"] != vietnamese.json["errors"]["channel"]
    assert "by_owl" not in english.text


def test_a_draft_is_kept_for_its_writer_alone(officer, sign_in):
    place = {"place": f"identity:{uuid4()}"}
    officer.put("/draft", {"typed": {"spoken_name": "Mây"}}, query_string=place)

    assert officer.get("/draft", query_string=place).json == {"typed": {"spoken_name": "Mây"}}
    supervisor = sign_in("supervisor")
    assert supervisor.get("/draft", query_string=place).json == {"typed": {}}
    assert officer.send("DELETE", "/draft", query_string=place).status_code == 204
    assert officer.get("/draft", query_string=place).json == {"typed": {}}


def test_a_case_is_found_by_what_is_sent_in_the_body(officer, sign_in):
    case = open_case(officer)
    name = SECTIONS["identity"]["spoken_name"]
    found = officer.post("/cases/search", {"words": name}).json
    (mine,) = [hit for hit in found["items"] if hit["case"]["id"] == case["id"]]
    assert (mine["by"], mine["case"]["code"]) == ("spoken_name", case["code"])
    nurse = sign_in("health_worker")
    assert nurse.post("/cases/search", {"words": name}).json == {"items": [], "has_more": False}
    refused = officer.post("/cases/search", {"words": "h"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["words"])
    assert officer.get("/cases/search").status_code == 405
