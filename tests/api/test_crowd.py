"""Many at once against two real server processes: nobody is turned away, nothing is lost."""

import http.client
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.api.conftest import SECTIONS, World, new_key
from tests.factories.province import PASSPHRASE
from tests.infrastructure.server import LiveServer, serve

pytestmark = pytest.mark.heavy
CREATES, SIGN_INS = 50, 4
ROLES = ("police_officer", "supervisor", "health_worker", "social_worker")


@pytest.fixture
def server(world: World, tmp_path: Path):
    """Two processes with eight threads each, as an installation runs them."""
    running = serve(world.environment, tmp_path / "server.log", workers=2)
    yield running
    running.stop()


def ask(
    server: LiveServer, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any]:
    """Status and JSON of one request on a connection of its own."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=120)
    try:
        told = {"Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body)
        connection.request(method, f"/api/v1{path}", data, told)
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if said else None
    finally:
        connection.close()


def at_once(count: int, verb: Any) -> list[Any]:
    """What `verb(n)` gave, for all n behind one barrier."""
    barrier, found = threading.Barrier(count), {}

    def run(number: int) -> None:
        barrier.wait()
        found[number] = verb(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [found[n] for n in range(count)]


def listed(server: LiveServer, token: str) -> set[str]:
    """The ids of all cases that the session sees, page by page."""
    found: set[str] = set()
    cursor = ""
    while True:
        _, page = ask(server, "GET", f"/cases{cursor}", Authorization=f"Bearer {token}")
        found |= {line["id"] for line in page["items"]}
        if not page["next"]:
            return found
        cursor = "?" + urlencode({"cursor": page["next"]})


@pytest.mark.promise("nothing-typed-is-lost")
def test_four_sign_in_and_fifty_create_at_once_and_nobody_is_turned_away(
    server: LiveServer, world: World
) -> None:
    def sign_in(number: int) -> tuple[int, Any]:
        username = world.users[ROLES[number]]
        return ask(server, "POST", "/sessions", {"username": username, "passphrase": PASSPHRASE})

    signed_in = at_once(SIGN_INS, sign_in)
    assert [status for status, _ in signed_in] == [201] * SIGN_INS
    tokens = [told["token"] for _, told in signed_in]
    here = str(uuid4())[:8]
    body = {"sections": {**SECTIONS, "identity": {"spoken_name": f"Mây {here}"}}}
    keys = [new_key() for _ in range(CREATES)]

    def create(number: int) -> tuple[int, Any]:
        token = tokens[number % 2]  # two colleagues of one station
        return ask(server, "POST", "/cases", body, Authorization=f"Bearer {token}", **keys[number])

    made = at_once(CREATES, create)
    counted = Counter(status for status, _ in made)
    assert counted == {201: CREATES}, server.log.read_text()[-4000:]
    ids = {told["id"] for _, told in made}
    assert len(ids) == CREATES
    assert ids <= listed(server, tokens[0])

    again = at_once(CREATES, create)
    assert {told["id"] for _, told in again} == ids
