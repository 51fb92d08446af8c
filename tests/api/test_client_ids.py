"""A client makes the id itself: the same request is one thing for good, and no id tells of another.

What is done offline can be sent, and sent again, whenever there is a network.
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import text

from referral.kernel.clock import clock
from referral.kernel.db import db
from tests.api.conftest import REPORT, SECTIONS, World, new_key, open_case
from tests.api.test_crowd import ask, at_once
from tests.infrastructure.server import serve

NEEDS = {"needs": ["health_care"]}


def _id():
    return str(uuid4())


def _version_7():
    moment = int(clock.now().timestamp() * 1000)
    made = f"{moment:012x}7{uuid4().hex[13:16]}8{uuid4().hex[17:]}"
    return f"{made[:8]}-{made[8:12]}-{made[12:16]}-{made[16:20]}-{made[20:]}"


def _follow_up(days=7):
    today = clock.today()
    next_on = today + timedelta(days=days)
    return {"met_on": f"{today}", "meeting": "phone", "next_on": f"{next_on}"}


def _creates(case_id):
    """Path and body of everything whose id a client may make."""
    service = {"kind": "counselling", "delivered_at": REPORT["received_at"]}
    return {
        "report": ("/reports", {"answers": REPORT}),
        "case": ("/cases", {"sections": SECTIONS}),
        "section": (f"/cases/{case_id}/sections", {"kind": "service", "answers": service}),
        "follow_up": (f"/cases/{case_id}/follow-ups", {"answers": _follow_up()}),
    }


def _other(body):
    """Another request of the same shape."""
    if "sections" in body:
        return {**body, "sections": {"needs": {"needs": ["shelter"]}}}
    return {**body, "answers": {**body["answers"], "sheet": ""}}


def _counts(app):
    tables = ("case_file", "section", "section_revision", "strand_entry", "task")
    with app.app_context():
        rows = [db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables]
        db.session.rollback()
    return rows


@pytest.mark.promise("second-click-does-nothing")
@pytest.mark.parametrize("kind", ["report", "case", "section", "follow_up"])
@pytest.mark.parametrize("made", [_id, _version_7])
def test_the_same_request_under_its_id_is_one_thing(app, officer, kind, made):
    path, body = _creates(open_case(officer)["id"])[kind]
    sent = {"id": made(), **body}
    first = officer.post(path, sent)
    stands = _counts(app)
    again = officer.post(path, sent)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"]
    if kind != "follow_up":  # which answers with the task of the next one
        assert first.json["id"] == sent["id"]
    assert _counts(app) == stands


@pytest.mark.promise("second-click-does-nothing")
@pytest.mark.parametrize("kind", ["report", "case", "section", "follow_up"])
def test_another_request_under_the_same_id_is_refused_and_changes_nothing(app, officer, kind):
    path, body = _creates(open_case(officer)["id"])[kind]
    sent = {"id": _id(), **body}
    officer.made(path, sent)
    stands = _counts(app)
    refused = officer.post(path, _other(sent))

    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem:id-taken")
    assert _counts(app) == stands
    assert officer.post(path, sent).status_code == 200


@pytest.mark.promise("second-click-does-nothing")
def test_an_id_lasts_longer_than_a_key(app, officer, sign_in):
    sent = {"id": _id(), "sections": SECTIONS}
    officer.made("/cases", sent)
    with time_machine.travel(clock.now() + timedelta(days=20), tick=True):
        later = sign_in("police_officer")
        later.made("/cases", {"sections": SECTIONS}, headers=new_key())  # deletes what is over
        assert later.post("/cases", sent).status_code == 200


def test_an_id_counts_before_a_key(officer):
    sent, key = {"id": _id(), "sections": SECTIONS}, new_key()
    assert officer.post("/cases", sent, headers=key).status_code == 201
    assert officer.post("/cases", sent, headers=new_key()).status_code == 200
    other = {"id": _id(), "sections": SECTIONS}
    assert officer.post("/cases", other, headers=key).status_code == 201


@pytest.mark.promise("unseen-case-does-not-exist")
@pytest.mark.parametrize("kind", ["report", "case", "section", "follow_up"])
def test_an_id_of_another_agency_answers_word_for_word_like_any_other_that_is_taken(
    officer, sign_in, kind
):
    path, body = _creates(open_case(officer)["id"])[kind]
    sent = {"id": _id(), **body}
    officer.made(path, sent)
    own, colleague, nurse = officer, sign_in("supervisor"), sign_in("health_worker")
    theirs = _creates(open_case(nurse)["id"])[kind]
    ours = {
        "own, other words": own.post(path, _other(sent)),
        "a colleague's": colleague.post(path, sent),
        "another agency's": nurse.post(theirs[0], {"id": sent["id"], **theirs[1]}),
    }
    said = {name: (each.status_code, each.json, dict(each.headers)) for name, each in ours.items()}
    for _, problem, headers in said.values():
        problem.pop("instance", None)
        headers.pop("Date", None)
    assert len({repr(each) for each in said.values()}) == 1, said
    assert said["own, other words"][0] == 409
    assert nurse.get(f"/cases/{sent['id']}").status_code == 404


@pytest.mark.parametrize(
    "given", ["c232ab00-9414-11ec-b3c8-9f6bdeced846", "7", "00000000-0000-0000-0000-000000000000"]
)
def test_an_id_that_is_not_drawn_by_lot_is_refused(officer, given):
    refused = officer.post("/reports", {"id": given, "answers": REPORT})
    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"id"}


def test_a_refused_request_leaves_its_id_free(officer):
    sent = {"id": _id(), "answers": {}}
    assert officer.post("/reports", sent).status_code == 422
    assert officer.post("/reports", {**sent, "answers": REPORT}).status_code == 201


def test_a_client_goes_on_with_the_id_that_it_has_made(officer):
    """What was made offline names itself: a case, and a section in it."""
    case_id, section_id = _id(), _id()
    officer.made("/cases", {"id": case_id, "sections": {"identity": {"sex": "female"}}})
    path = f"/cases/{case_id}/sections"
    officer.made(path, {"id": section_id, "kind": "needs", "answers": NEEDS})
    assert officer.get(f"{path}/{section_id}").json["answers"] == NEEDS


def test_an_id_is_kept_as_a_digest_of_the_members_own(app, officer):
    sent = {"id": _id(), "sections": {"identity": {"spoken_name": "Hoa"}}}
    officer.made("/cases", sent)
    with app.app_context():
        rows = db.session.execute(text("SELECT * FROM idempotency_key WHERE is_lasting")).all()
    assert rows
    assert "Hoa" not in repr(rows)


def _told_to_send(document, path, method="post"):
    """Every shape of the body that the document tells for a route."""
    told = document["paths"][f"/api/v1{path}"][method]
    schema = told["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    described = document["components"]["schemas"][schema.rsplit("/", 1)[1]]
    return told["responses"].keys(), described.get("oneOf", [described])


def test_the_document_tells_of_the_id_and_of_both_answers(officer):
    document = officer.get("/openapi.json").json
    section = "/cases/{case_id}/sections"
    for path in ("/cases", "/reports", section, "/cases/{case_id}/follow-ups"):
        answers, shapes = _told_to_send(document, path)
        assert {"200", "201"} <= answers, path
        assert all(shape["properties"]["id"]["format"] == "uuid" for shape in shapes), path
    _, shapes = _told_to_send(document, section + "/{section_id}", "put")
    assert not any("id" in shape["properties"] for shape in shapes)


@pytest.mark.promise("second-click-does-nothing")
@pytest.mark.heavy
def test_of_many_processes_with_one_id_one_creates_and_the_others_find_it(
    world: World, officer, sign_in, tmp_path: Path
):
    """Real server processes; two members bring the same id, each several times at once."""
    server = serve(world.environment, tmp_path / "server.log", workers=2)
    tokens = [officer.token, sign_in("health_worker").token]
    try:
        for _ in range(4):
            sent = {"id": _id(), "answers": REPORT}

            def send(number, sent=sent):
                bearer = {"Authorization": f"Bearer {tokens[number % 2]}"}
                return number % 2, *ask(server, "POST", "/reports", sent, **bearer)

            told = at_once(8, send)
            by_member = [Counter(s for who, s, _ in told if who == n) for n in (0, 1)]
            assert sorted(map(dict, by_member), key=repr) == [{200: 3, 201: 1}, {409: 4}]
            made = {said["id"] for _, status, said in told if status in {200, 201}}
            assert made == {sent["id"]}
    finally:
        server.stop()
