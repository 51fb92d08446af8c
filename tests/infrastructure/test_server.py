import http.client
import time

import pytest

from tests.infrastructure.server import serve


def application(environ, start_response):
    """A stand-in for the product: healthy, and it tells its environment."""
    import os

    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ.get("TIME_ZONE", "").encode()]


def test_the_server_answers_with_the_settings_given_and_ends_when_stopped(tmp_path):
    here = f"{__name__}:application"
    server = serve({"TIME_ZONE": "Asia/Ho_Chi_Minh"}, tmp_path / "log", here)
    try:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"Asia/Ho_Chi_Minh"
        connection.close()
    finally:
        server.stop()
    assert server.process.poll() is not None


def test_the_developers_own_settings_do_not_reach_the_server(tmp_path, monkeypatch):
    monkeypatch.setenv("TIME_ZONE", "Europe/Paris")
    server = serve({}, tmp_path / "log", f"{__name__}:application")
    try:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b""
        connection.close()
    finally:
        server.stop()


def test_a_server_that_cannot_start_says_why_and_soon(tmp_path):
    started = time.monotonic()
    with pytest.raises(AssertionError, match="no_such_module"):
        serve({}, tmp_path / "log", "no_such_module:app")
    assert time.monotonic() - started < 30
