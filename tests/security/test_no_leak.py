"""A secret of a request reaches no log, no error page and no trace, even when the view fails."""

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request

from referral.web.session import cookie_name
from tests.web.staff import Place, make_place

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
CANARIES = {
    name: f"Canary{name.title()}7731"
    for name in ("passphrase", "code", "field", "query", "bearer", "cookie", "header")
}


@pytest.fixture
def place(settle_whole: Callable[..., Any]) -> Place:
    return make_place(settle_whole)


@pytest.fixture
def failing(place: Place) -> Flask:
    """The application with views, of pages and of the API, that fail with all they were sent."""

    def fail() -> str:
        held = [*request.form.values(), *request.cookies.values(), *request.args.values()]
        raise RuntimeError(held, str(request.headers), request.get_data(as_text=True))

    place.app.view_functions["frame.show_exit"] = fail
    place.app.view_functions["api_sessions.sign_in"] = fail
    place.app.view_functions["accounts.enrol"] = fail
    return place.app


def leaks(text: str) -> list[str]:
    return [name for name, word in CANARIES.items() if word in text]


def ask(app: Flask) -> Iterator[str]:
    """Every answer to requests that carry every canary, failing and refused."""
    client = app.test_client()
    told = {"Authorization": f"Bearer {CANARIES['bearer']}", "X-Told": CANARIES["header"]}
    typed = {"username": CANARIES["field"], "passphrase": CANARIES["passphrase"]}
    typed |= {"code": CANARIES["code"]}
    with app.app_context():
        client.set_cookie(cookie_name(), CANARIES["cookie"])
    how = {"headers": told, "query_string": {"next": "/", "x": CANARIES["query"]}}
    for path in ("/exit", "/enrol"):
        yield client.get(path, **how).text
    yield client.post("/enrol", data=typed, **how).text
    yield client.post("/api/v1/sessions", json=typed, **how).text
    yield client.get("/api/v1/sessions/current", **how).text
    yield client.get("/no-such-page", **how).text
    yield client.get("/cases", headers=told).text


def test_no_canary_reaches_a_log_or_an_error_page(
    failing: Flask, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = list(ask(failing))
    # The page's own address stands in its forms for theme and language; no secret is ever in one.
    assert set(leaks("".join(pages))) <= {"query"}
    assert caplog.text.count("'failure'") >= 4  # the failures themselves are told
    assert leaks(caplog.text) == []
    assert all(record.exc_info is None for record in caplog.records)
    printed = capfd.readouterr()
    assert leaks(printed.out + printed.err) == []


def test_a_wrong_passphrase_and_code_are_neither_shown_again_nor_logged(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = place.app.test_client()
    user = place.police.users["police_officer"]
    typed = {"username": user, "passphrase": CANARIES["passphrase"], "code": CANARIES["code"]}
    page = client.post("/sign-in", data=typed)
    problem = client.post("/api/v1/sessions", json=typed)
    assert (page.status_code, problem.status_code) == (422, 422)
    assert leaks(page.text + problem.text + caplog.text) == []


def test_a_trace_or_a_log_that_told_it_would_be_found(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    try:
        int(CANARIES["passphrase"])
    except ValueError:
        logging.getLogger("probe").exception("positive control")
        assert leaks(traceback.format_exc()) == ["passphrase"]
    assert leaks(caplog.text) == ["passphrase"]
    assert place.app.debug is False
    assert place.app.config["PROPAGATE_EXCEPTIONS"] in {None, False}
