"""The product as its users meet it: gunicorn in a process of its own on a loopback port.

Beside it, for pages alone, a server in a thread of the test's own process.
"""

import http.client
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from tests.infrastructure.application import ROOT, Environment, clean_environment

READY_WITHIN = 60.0  # seconds; importing the product takes about 3 on two busy cores


@dataclass(frozen=True)
class LiveServer:
    url: str
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(
    environment: Environment, log: Path, application: str = "wsgi:app", *, workers: int = 1
) -> LiveServer:
    """Start the product and return when /healthz answers 200.

    The port is taken here and handed over open, so no other process can slip in, and the first
    request simply waits in its queue until the worker is up.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        descriptor = listener.fileno()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"fd://{descriptor}"]
        command += ["--workers", str(workers), "--threads", "8", "--no-control-socket"]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=clean_environment(environment | {"PORT": str(port), "HOST": "127.0.0.1"}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[descriptor],
            )
    server = LiveServer(f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_until_ready(port)
    except (OSError, http.client.HTTPException, AssertionError) as failure:
        server.stop()
        raise AssertionError(f"the server did not come up: {log.read_text()[-4000:]}") from failure
    return server


def _wait_until_ready(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_WITHIN)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    finally:
        connection.close()
    assert status == 200, f"/healthz answered {status}"


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[[Environment], LiveServer]]:
    """Start servers for this test; they are stopped at its end."""
    servers: list[LiveServer] = []

    def start(environment: Environment) -> LiveServer:
        servers.append(serve(environment, tmp_path / f"server-{len(servers)}.log"))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def live_server(
    start_server: Callable[[Environment], LiveServer], settings_environment: Environment
) -> LiveServer:
    """The product served on this test's database."""
    return start_server(settings_environment)


@contextmanager
def threaded(app: Callable[..., Iterable[bytes]]) -> Iterator[str]:
    """An application on a loopback port, served by a thread of this process; gives its address.

    Each answer is read to its end and closed before it is sent. werkzeug's own way leaves a static
    file open when the browser goes away in the meantime: before it closes the answer it reads what
    the client may still have to say, and that fails.
    """

    def whole(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        answer = app(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            getattr(answer, "close", lambda: None)()

    server = make_server("127.0.0.1", 0, whole, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
