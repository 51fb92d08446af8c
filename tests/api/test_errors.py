"""Refusals are problems (RFC 9457) in the reader's language, and failures tell nothing."""

import logging
from http import HTTPStatus

import pytest
from werkzeug.exceptions import default_exceptions

from referral.api import errors, gate
from referral.cases.forms.messages import Message
from referral.kernel.errors import ReferralError

SECRET = "Hồ Thị Mây ở Phú Bài"


def test_an_unknown_address_is_a_problem_and_a_page_is_not(app):
    client = app.test_client()
    problem = client.get("/api/v1/nowhere")
    page = client.get("/nowhere")

    assert (problem.status_code, problem.mimetype) == (404, "application/problem+json")
    assert problem.json["type"] == "urn:problem:not-found"
    assert page.mimetype != "application/problem+json"


def test_a_method_that_an_address_does_not_take_is_named(app):
    refused = app.test_client().delete("/api/v1/cases")

    assert (refused.status_code, refused.json["status"]) == (405, 405)
    assert {"GET", "POST"} <= set(refused.headers["Allow"].split(", "))


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "null", "7"])
def test_a_body_that_is_no_object_is_refused(officer, body):
    sent = {"data": body, "headers": {"Content-Type": "application/json"}}
    refused = officer.send("POST", "/reports", **sent)

    assert refused.status_code in {400, 422}
    assert refused.mimetype == "application/problem+json"


def test_nested_fields_are_named_by_their_way(officer, world):
    body = {"kind": "nothing", "circle_id": "x", "urgency": 7, "summary": []}
    refused = officer.post("/cases/5b4bb3a6-2b8a-4d6a-9c66-3fb41a5ddc03/referrals", body)

    assert refused.status_code == 422
    assert set(refused.json["errors"]) == {"kind", "circle_id", "urgency", "summary"}


@pytest.mark.parametrize(
    ("accepted", "language"), [("en-GB,en", "en"), ("vi", "vi"), ("fr", "vi"), ("", "vi")]
)
def test_a_problem_speaks_the_language_asked_for(app, accepted, language):
    client = app.test_client()
    client.set_cookie("lang", "en" if language == "vi" else "vi")  # the API reads no cookie
    problem = client.post("/api/v1/sessions", json={}, headers={"Accept-Language": accepted})

    assert problem.headers["Content-Language"] == language
    (said,) = problem.json["errors"]["username"]
    assert (said == Message.REQUIRED) is (language == "en")


@pytest.fixture
def failing(app, caplog):
    """An application with a route that fails with a survivor's words in the exception."""
    probe = gate.room("probe", "A route that fails")

    @probe.route("/probe", methods=["GET"])
    def fail():
        raise RuntimeError(SECRET)

    app.register_blueprint(probe)
    caplog.set_level(logging.DEBUG)
    return app


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_a_failure_tells_a_reference_and_no_word_more(failing, officer, caplog):
    failed = officer.get("/probe")

    assert failed.status_code == 500
    assert failed.json["reference"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert SECRET not in failed.text
    assert SECRET not in caplog.text


def test_every_refusal_of_the_product_has_a_status():
    def below(kind):
        return {kind} | {found for child in kind.__subclasses__() for found in below(child)}

    shared = [c for c in below(ReferralError) if c.__module__ == "referral.kernel.errors"]
    assert len(shared) > 10
    unmapped = {c for c in shared if c is not ReferralError and c not in errors.KINDS}
    assert unmapped == set()
    assert set(default_exceptions) >= set(errors.OF_STATUS) - {HTTPStatus.UNAUTHORIZED}


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_no_database_keeps_is_refused(app, officer, text):
    sent = {"username": text, "passphrase": "x"}
    nested = {"typed": {"field": ["fine", {text: 1}]}}
    place = {"place": "identity"}

    assert app.test_client().post("/api/v1/sessions", json=sent).status_code == 422
    assert officer.put("/draft", nested, query_string=place).status_code == 422


def test_a_body_nested_without_end_is_refused(officer):
    body = "[" * 200_000
    sent = {"data": body, "headers": {"Content-Type": "application/json"}}

    assert officer.send("POST", "/reports", **sent).status_code == 400


def test_a_body_beyond_all_measure_is_refused(app, officer):
    app.config["MAX_CONTENT_LENGTH"] = 1000
    refused = officer.post("/reports", {"answers": {"note": "x" * 2000}})

    assert (refused.status_code, refused.mimetype) == (413, "application/problem+json")
