import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.infrastructure.server import serve, threaded


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


class Parting:
    """An answer whose reader goes away while it is read."""

    def __init__(self) -> None:
        self.may_leave, self.has_left, self.is_closed = (threading.Event() for _ in range(3))

    def __iter__(self) -> Iterator[bytes]:
        yield b"a part of a file"
        self.may_leave.set()
        assert self.has_left.wait(10)

    def close(self) -> None:
        self.is_closed.set()


def test_an_answer_is_closed_also_when_the_browser_goes_away_meanwhile():
    answer = Parting()

    def app(_environ, start_response):
        start_response("200 OK", [("Content-Length", "16")])
        return answer

    with threaded(app) as url:
        address = urlsplit(url)
        client = socket.create_connection((address.hostname, address.port))
        reset = struct.pack("ii", 1, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert answer.may_leave.wait(10)
        client.close()
        answer.has_left.set()
        assert answer.is_closed.wait(10)
