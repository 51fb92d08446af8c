"""Signing in as people meet it: four clients at once on two server processes, full Argon2."""

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.factories.province import PASSPHRASE
from tests.infrastructure.server import LiveServer, serve

CLIENTS, PROCESSES, EACH = 4, 2, 6


@dataclass(frozen=True)
class Rush:
    """Median seconds of one sign-in alone and of one among four, and how many a second."""

    alone: float
    among: float
    rate: float
    failures: int


def rush(settings: Mapping[str, str], usernames: list[str], log: Path) -> Rush:
    """Measure on a server of its own; the settings are those of the bench's installation."""
    server = serve(dict(settings), log, workers=PROCESSES)
    try:
        _sign_in(server, usernames[0])  # each process has worked once before it is measured
        alone = [_sign_in(server, usernames[0])[0] for _ in range(EACH)]
        found: list[tuple[float, int]] = []
        started = time.perf_counter()
        clients = [
            threading.Thread(target=_client, args=(server, usernames[n % len(usernames)], found))
            for n in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        spent = time.perf_counter() - started
    finally:
        server.stop()
    times = [seconds for seconds, _ in found]
    failed = sum(status != http.client.CREATED for _, status in found)
    return Rush(statistics.median(alone), statistics.median(times), len(found) / spent, failed)


def _client(server: LiveServer, username: str, found: list[tuple[float, int]]) -> None:
    for _ in range(EACH):
        found.append(_sign_in(server, username))


def _sign_in(server: LiveServer, username: str) -> tuple[float, int]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    said = json.dumps({"username": username, "passphrase": PASSPHRASE})
    started = time.perf_counter()
    connection.request("POST", "/api/v1/sessions", said, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return time.perf_counter() - started, answer.status


def line(found: Rush) -> str:
    """What the bench prints."""
    return (
        f"sign in over HTTP, {PROCESSES} processes on {os.cpu_count()} processors: "
        f"alone {found.alone * 1e3:.0f} ms (promised 350), {CLIENTS} clients at once "
        f"{found.among * 1e3:.0f} ms each, {found.rate:.1f}/s (promised 5), {found.failures} failed"
    )
