"""Every secret to every route: no log, page, problem, trace, file or notice tells it.

Each route of pages and API is asked with every secret in every way a request can carry one, in a
real session and without, once as it is and once failing inside. The list is `secrets.py`.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from werkzeug.routing import Rule

from referral.kernel import db
from referral.kernel.instance import instance
from referral.web.session import cookie_name
from tests.security.secrets import ALL, COOKIE_CANARIES, HEADER_CANARIES, TYPED_CANARIES, leaks
from tests.sweeps.test_headers import sample
from tests.web.staff import Place, make_place

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ENDS_THE_SESSION = {"accounts.sign_out", "frame.quick_exit", "api_sessions.sign_out"}
# A code stays in the form of whoever typed it, lest a weak passphrase cost it.
SHOWN_AGAIN = {"POST /enrol": {"code"}, "POST /recover": {"code"}}
NOT_OURS = {"static"}


@pytest.fixture
def place(settle_whole: Callable[..., Flask]) -> Place:
    return make_place(settle_whole)


def routes(app: Flask) -> list[tuple[Rule, str]]:
    """Each route by each of its methods; those that end a session come last."""
    found = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in NOT_OURS
        for method in METHODS
        if method in (rule.methods or ())
    ]
    return sorted(found, key=lambda pair: pair[0].endpoint in ENDS_THE_SESSION)


def address(app: Flask, rule: Rule) -> str:
    """Where the route is, with ids that name nothing."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, {name: sample(rule, name) for name in rule._converters})


def ask_all(app: Flask, client: FlaskClient, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every route with every secret, as a form or as JSON."""
    for rule, method in routes(app):
        where = address(app, rule)
        is_api = where.startswith("/api/")
        typed = {"username": "khong.co.ai", **TYPED_CANARIES}
        sent: dict[str, Any] = {"json" if is_api else "data": typed}
        if method == "GET":
            sent = {}
        answer = client.open(where, method=method, headers=headers, **sent)
        yield f"{method} {rule.rule}", answer.get_data(as_text=True)


def everybody(place: Place) -> Iterator[tuple[FlaskClient, dict[str, str], str]]:
    """In a real session, with its token; with a false bearer; with false cookies."""
    client = place.officer()
    with place.app.app_context():
        name = cookie_name()
        token = place.province.token(place.police.users["police_officer"])
        db.rollback()
    cookie = client.get_cookie(name)
    assert cookie is not None
    yield client, {"X-Told": HEADER_CANARIES["X-Told"]}, cookie.value
    yield place.app.test_client(), {"Authorization": f"Bearer {token}"}, token
    false = place.app.test_client()
    for cookie_of, word in COOKIE_CANARIES.items():
        false.set_cookie(name if cookie_of == "session" else cookie_of, word)
    yield false, {"Authorization": f"Bearer {HEADER_CANARIES['Authorization']}"}, "never a token"


def written(folder: Path) -> str:
    """All files of the installation but the database, which the stolen-disk scan reads."""
    files = [p for p in folder.rglob("*") if p.is_file() and ".db" not in p.name]
    return "".join(p.read_bytes().decode("latin-1") for p in files if "sqlite" not in p.name)


def stored(app: Flask) -> str:
    """Every clear value of every table that tells what happened: log, notices, counters."""
    with app.app_context():
        names = inspect(db.db.engine).get_table_names()
        rows = [
            str(tuple(row))
            for name in names
            if not name.endswith("_body")
            for row in db.session().execute(text(f"SELECT * FROM {name}"))
        ]
        db.rollback()
    return "".join(rows)


@pytest.mark.parametrize("failing", [False, True])
def test_no_secret_of_any_request_is_told_anywhere(
    place: Place,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    *,
    failing: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    if failing:
        _let_every_view_fail(place.app)
    count, tokens = 0, set()
    for client, headers, token in everybody(place):
        tokens.add(token)
        for route, page in ask_all(place.app, client, headers):
            count += 1
            assert leaks(page) <= SHOWN_AGAIN.get(route, set()), route
            assert token not in page, route
    printed = capfd.readouterr()
    heard = caplog.text + printed.out + printed.err
    assert count > 300
    assert leaks(heard) == set()
    assert all(token not in heard for token in tokens)
    assert all(record.exc_info is None for record in caplog.records)
    kept = written(instance.folder) + stored(place.app)
    assert leaks(kept) == set()
    assert all(token not in kept for token in tokens)
    if failing:
        assert caplog.text.count("'failure'") > 100  # they did fail, and it was told


def _let_every_view_fail(app: Flask) -> None:
    """Each view raises with all that it was sent, as a careless one might."""

    def fail(**_named: object) -> str:
        held = [*request.form.values(), *request.cookies.values(), *request.args.values()]
        raise RuntimeError(held, str(request.headers), request.get_data(as_text=True))

    for endpoint in app.view_functions:
        if endpoint not in NOT_OURS and not endpoint.startswith(("accounts.sign_in", "flask")):
            app.view_functions[endpoint] = fail


def test_each_secret_of_the_list_would_be_found(place: Place) -> None:
    for name, word in ALL.items():
        assert leaks(f"a line with {word} in it") == {name}
    assert len(set(ALL.values())) == len(ALL)
