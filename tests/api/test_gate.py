"""Nobody comes in without a bearer token, whatever cookie the browser carries."""

import pytest
from flask import Flask

from referral.web import session as web_session

OPEN = {
    ("/api/v1/sessions", "POST"),
    ("/api/v1/sessions/taking-up", "POST"),  # by the token of a locked session, and its PIN
    ("/api/v1/recovery", "POST"),  # by a code on paper
    ("/api/v1/openapi.json", "GET"),
}


def _routes(app: Flask) -> list[tuple[str, str]]:
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/"):
            continue
        values = dict.fromkeys(rule.arguments, "5b4bb3a6-2b8a-4d6a-9c66-3fb41a5ddc03")
        path = adapter.build(rule.endpoint, values)
        found += [(path, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(set(found) - OPEN)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}]
)
def test_every_route_refuses_without_a_token(app, headers):
    client = app.test_client()
    routes = _routes(app)
    answers = {
        (path, method): client.open(path, method=method, json={}, headers=headers)
        for path, method in routes
    }

    assert len(routes) > 20
    assert {route: a.status_code for route, a in answers.items() if a.status_code != 401} == {}
    assert {a.headers["WWW-Authenticate"] for a in answers.values()} == {"Bearer"}
    assert {a.mimetype for a in answers.values()} == {"application/problem+json"}


def test_the_open_routes_answer_without_a_token(app):
    client = app.test_client()

    assert client.get("/api/v1/openapi.json").status_code == 200
    assert client.post("/api/v1/sessions", json={}).status_code == 422
    assert client.post("/api/v1/recovery", json={}).status_code == 422
    nobodys = client.post("/api/v1/sessions/taking-up", json={"pin": "402817"})
    assert nobodys.status_code == 401


def test_a_cookie_alone_is_refused(app, officer):
    with app.app_context():
        name = web_session.cookie_name()
    browser = app.test_client()
    browser.set_cookie(name, officer.token, secure=True)
    asked = {"base_url": "https://localhost"}

    refused = {path for path, method in _routes(app) if method == "GET"
               if browser.get(path, **asked).status_code != 401}  # fmt: skip
    assert refused == set()
    header = {"Authorization": f"Bearer {officer.token}"}
    assert browser.get("/api/v1/cases", headers=header, **asked).status_code == 200
