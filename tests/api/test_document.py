"""The OpenAPI document tells the truth: every route, every form, and what they answer."""

import re
from pathlib import Path

import pytest

from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.cases.schemas import answers_name


@pytest.fixture
def document(app):
    return app.test_client().get("/api/v1/openapi.json").json


def _operations(document):
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            if method in {"get", "post", "put", "delete", "patch"}:
                yield f"{method} {path}", told


def _row(name, told):
    method, path = name.split(" ")
    names = {each.get("name") for each in told.get("parameters", [])}
    repeats = "yes" if "Idempotency-Key" in names else ""
    return f"{method.upper()} {path.removeprefix('/api/v1')}", told["summary"], repeats


def test_every_route_is_told_with_its_security_and_its_problems(app, document):
    routes = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api-docs.openapi_json"
    }
    told = dict(_operations(document))

    assert document["openapi"].startswith("3.1")
    assert len(
        {path.replace("{", "<uuid:").replace("}", ">") for path in document["paths"]}
    ) == len(routes)
    assert document["security"] == [{"session": []}]
    assert [name for name, op in told.items() if op.get("security") == []] == [
        "post /api/v1/sessions",
        "post /api/v1/recovery",
    ]
    assert {name for name, op in told.items() if "default" not in op["responses"]} == set()
    assert {name for name, op in told.items() if not op.get("summary")} == set()


def test_the_page_for_readers_lists_the_same_routes(document):
    page = (Path(__file__).parents[2] / "docs/api.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z]+ /\S+)` \| (.+?) \| (yes)? ?\|$", page, re.MULTILINE))

    assert listed == {_row(name, told) for name, told in _operations(document)}


def test_every_form_is_told_and_may_be_sent_where_it_belongs(app, document):
    schemas = document["components"]["schemas"]
    with app.app_context():
        forms = shelf.all()

    assert {answers_name(form_id) for form_id in forms} <= schemas.keys()
    assert "physical" in str(schemas["IncidentAnswers"]["properties"]["forms"])
    kinds = {each["properties"]["kind"]["const"] for each in schemas["SectionInput"]["oneOf"]}
    assert kinds == set(forms) - OF_THEIR_OWN_OPERATION


def test_problems_have_their_media_type(document):
    answers = document["components"]["responses"]

    assert set(answers["DEFAULT_ERROR"]["content"]) == {"application/problem+json"}


def test_a_version_that_sections_were_written_under_is_still_described(officer):
    listed = {form["id"]: form for form in officer.get("/forms").json["items"]}
    assert (listed["needs"]["versions"], listed["needs"]["is_own"]) == ([1, 2], False)
    assert "children_ages" in officer.get("/forms/needs?version=1").json["properties"]
    now = officer.get("/forms/needs").json["properties"]
    assert now["children_ages"]["deprecated"] is True
    assert officer.get("/forms/needs?version=3").status_code == 404
