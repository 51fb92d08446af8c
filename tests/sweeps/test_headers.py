"""Every answer of every route, refused, failed or not, carries the headers that protect it."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.routing import Map, Rule
from werkzeug.test import TestResponse

from tests.web.staff import Place, make_place

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
WANTED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def lacking(headers: Headers) -> list[str]:
    """What is missing or too weak."""
    wrong = [name for name, value in WANTED.items() if headers.get(name) != value]
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
        wrong.append("Content-Security-Policy")
    if "unsafe" in policy or "http" in policy or "*" in policy:
        wrong.append("Content-Security-Policy is open")
    if "geolocation=()" not in headers.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    if "max-age" not in headers.get("Strict-Transport-Security", ""):
        wrong.append("Strict-Transport-Security")
    return wrong


def addresses(routes: Map) -> Iterator[tuple[Rule, str, str]]:
    """Every route and method, with an address that its own converters take."""
    adapter = routes.bind("localhost")
    for rule in routes.iter_rules():
        values = {name: sample(rule, name) for name in rule._converters}
        path = adapter.build(rule.endpoint, values, method=None)
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            yield rule, method, path


def sample(rule: Rule, name: str) -> object:
    kind = type(rule._converters[name]).__name__
    if kind == "UUIDConverter":
        return NOBODY
    if kind == "AnyConverter":
        return sorted(rule._converters[name].items)[0]
    return 1 if kind in {"IntegerConverter", "FloatConverter"} else "x"


@pytest.fixture
def place(settle_whole: Callable[..., Any]) -> Place:
    return make_place(settle_whole)


def answers(client: FlaskClient, routes: Map) -> Iterator[tuple[str, TestResponse]]:
    for _rule, method, path in addresses(routes):
        with client.open(path, method=method, base_url="https://localhost") as answer:
            yield f"{method} {path}", answer


@pytest.mark.parametrize("who", ["nobody", "police_officer"])
def test_every_route_answers_with_every_header(place: Place, who: str) -> None:
    client = place.app.test_client() if who == "nobody" else place.officer()
    wrong, statuses, count = {}, set(), 0
    for name, answer in answers(client, place.app.url_map):
        if name in {"POST /sign-out", "POST /exit", "GET /leave", "POST /sessions/others"}:
            client = client if who == "nobody" else place.officer()
        count += 1
        statuses.add(answer.status_code)
        if found := lacking(answer.headers):
            wrong[name] = found
    print(f"{count} routes and methods as {who}: {sorted(statuses)}")  # noqa: T201 - the sweep's size
    assert wrong == {}
    assert count > 150
    assert 500 not in statuses
    assert {200, 404} <= statuses


def test_errors_carry_them_too(place: Place) -> None:
    @place.app.route("/fails")
    def fails() -> str:
        raise RuntimeError

    client = place.officer()
    told = {
        (method, path): client.open(path, method=method, base_url="https://localhost", data=data)
        for method, path, data in (
            ("GET", "/fails", None),
            ("GET", "/no-such-page", None),
            ("GET", "/api/v1/no-such-thing", None),
            ("DELETE", "/sign-in", None),
            ("POST", "/sign-in", b"x" * (3 * 1024 * 1024)),
            ("POST", "/api/v1/sessions", b"{"),
            ("GET", "/static/none.css", None),
        )
    }
    assert {key: lacking(answer.headers) for key, answer in told.items()} == {
        key: [] for key in told
    }
    assert [a.status_code for a in told.values()][:4] == [500, 404, 404, 405]
    assert told["POST", "/sign-in"].status_code == 413


def test_a_header_that_is_missing_or_weak_is_found(place: Place) -> None:
    good = place.app.test_client().get("/exit", base_url="https://localhost").headers
    assert lacking(good) == []
    for name in (*WANTED, "Content-Security-Policy", "Permissions-Policy"):
        assert name in lacking(Headers({k: v for k, v in good.items() if k != name}))
    open_policy = good.copy()
    open_policy["Content-Security-Policy"] += "; style-src 'unsafe-inline'"
    assert lacking(open_policy) == ["Content-Security-Policy is open"]


def test_leaving_clears_the_browser_and_signing_out_its_cookies_too(place: Place) -> None:
    left = place.officer().post("/exit")
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    out = place.officer().post("/sign-out")
    assert out.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    for answer in (left, out):
        assert "session-token=;" in answer.headers["Set-Cookie"]
    assert "Clear-Site-Data" not in place.officer().get("/").headers
