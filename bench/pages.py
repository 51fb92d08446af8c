"""People at work on the real server for some minutes: pages a second, and whether memory grows.

    python -m bench.pages --minutes 20

gunicorn with two processes on loopback, on each database that is here; clients signed in as an
officer and a nurse ask for what people ask for, a form sent now and then among it.
"""

import argparse
import http.client
import json
import random  # noqa: TID251 - which page comes next, seeded
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID

from bench.installation import SIX_SECTIONS, Installation, engines, installed
from referral.kernel import db
from tests.factories.province import PASSPHRASE
from tests.infrastructure.server import LiveServer, serve

PROCESSES, CLIENTS, CASES = 2, 4, 500
PAGE, FORM = "text/html", "application/x-www-form-urlencoded"
WORK = {"today": 25, "list": 15, "open": 25, "search": 15, "inbox": 10, "draft": 9, "create": 1}


@dataclass
class Client:
    """A browser and a program of one person; both stay signed in."""

    server: LiveServer
    username: str
    case_ids: Sequence[UUID]
    draw: random.Random
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    _cookie: str = ""
    _token: str = ""

    def sign_in(self) -> None:
        """As a browser does, and as a program."""
        typed = {"username": self.username, "passphrase": PASSPHRASE, "csrf_token": ""}
        page, headers = self._send("GET", "/sign-in")
        self._keep(headers)
        typed["csrf_token"] = _token_of(page)
        _, headers = self._send("POST", "/sign-in", urlencode(typed), FORM)
        self._keep(headers)
        body = json.dumps({"username": self.username, "passphrase": PASSPHRASE})
        answer, _ = self._send("POST", "/api/v1/sessions", body, "application/json")
        self._token = json.loads(answer)["token"]

    def work(self, until: float) -> None:
        """One thing after another, as they come, until the time is over."""
        names, weights = list(WORK), list(WORK.values())
        while time.monotonic() < until:
            (name,) = self.draw.choices(names, weights)
            started = time.monotonic()
            try:
                getattr(self, f"_{name}")()
                self.done[name] += 1
            except (OSError, AssertionError, http.client.HTTPException) as failure:
                self.failed[f"{name}: {failure}"] += 1
            self.slowest = max(self.slowest, time.monotonic() - started)

    def _today(self) -> None:
        self._send("GET", "/")

    def _list(self) -> None:
        self._send("GET", "/cases")

    def _open(self) -> None:
        self._send("GET", f"/cases/{self.draw.choice(self.case_ids)}")

    def _search(self) -> None:
        page, headers = self._send("GET", "/cases/search")
        self._keep(headers)
        typed = {"words": "thi huong", "csrf_token": _token_of(page)}
        self._send("POST", "/cases/search", urlencode(typed), FORM)

    def _inbox(self) -> None:
        self._send("GET", "/referrals")

    def _draft(self) -> None:
        place = f"needs:{self.draw.choice(self.case_ids)}"
        typed = json.dumps({"typed": {"other_needs": "sữa cho cháu " * 20}})
        self._send("PUT", f"/api/v1/draft?place={place}", typed, "application/json")

    def _create(self) -> None:
        body = json.dumps({"sections": SIX_SECTIONS})
        self._send("POST", "/api/v1/cases", body, "application/json")

    def _keep(self, headers: http.client.HTTPMessage) -> None:
        """The cookies of an answer, the newer in place of the older."""
        kept = dict(part.split("=", 1) for part in self._cookie.split("; ") if part)
        for said in headers.get_all("Set-Cookie") or ():
            name, value = said.split(";", 1)[0].split("=", 1)
            kept[name] = value
        self._cookie = "; ".join(f"{name}={value}" for name, value in kept.items())

    def _send(
        self, method: str, path: str, body: str = "", kind: str = ""
    ) -> tuple[str, http.client.HTTPMessage]:
        headers = {"Content-Type": kind} if kind else {}
        if path.startswith("/api/"):
            headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        else:
            headers |= {"Cookie": self._cookie, "Accept": PAGE}
        connection = http.client.HTTPConnection(
            self.server.url.removeprefix("http://"), timeout=120
        )
        try:
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        sent_away = answer.status == http.client.SEE_OTHER and path != "/sign-in"
        assert answer.status < 400 and not sent_away, f"{method} answered {answer.status}"  # noqa: PT018 - either is a failure
        return text, answer.headers


def _token_of(page: str) -> str:
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def workers_of(server: LiveServer) -> dict[int, int]:
    """KiB in memory of each worker process, by its id."""
    found = subprocess.run(
        ["ps", "-o", "pid=,rss=", "--ppid", str(server.process.pid)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {int(pid): int(rss) for pid, rss in (line.split() for line in found.splitlines())}


def _mib(sizes: dict[int, int]) -> str:
    return " + ".join(f"{rss / 1024:.1f}" for _, rss in sorted(sizes.items())) + " MiB"


@contextmanager
def _served(place: Installation) -> Iterator[LiveServer]:
    # HTTP on loopback: a browser sends a cookie that is only for HTTPS nowhere.
    settings = {**place.settings, "SECURE_COOKIES": "0"}
    log = Path(place.settings["INSTANCE_PATH"]) / "server.log"
    server = serve(settings, log, workers=PROCESSES)
    try:
        yield server
    finally:
        server.stop()


def _one_engine(name: str, address: str, minutes: float) -> None:
    with installed(address) as place:
        case_ids = place.fill(CASES)
        db.rollback()
        with _served(place) as server:
            clients = [
                Client(server, place.officer_name, case_ids, random.Random(number))
                for number in range(CLIENTS)
            ]
            for client in clients:
                client.sign_in()
            print(f"\n{name}: {CLIENTS} clients, {PROCESSES} processes, {minutes:g} minutes")
            _work(server, clients, minutes)


def _work(server: LiveServer, clients: list[Client], minutes: float) -> None:
    for client in clients:  # each process has worked before its memory is first read
        client.work(time.monotonic() + 2)
        client.done.clear()
    first, started = workers_of(server), time.monotonic()
    print(f"  start   {_mib(first)}", flush=True)
    until = started + minutes * 60
    threads = [threading.Thread(target=client.work, args=(until,)) for client in clients]
    for thread in threads:
        thread.start()
    minute = 1
    while any(thread.is_alive() for thread in threads):
        threads[0].join(max(0.0, started + 60 * minute - time.monotonic()))
        if time.monotonic() >= started + 60 * minute:
            print(f"  {minute:>3} min {_mib(workers_of(server))}", flush=True)
            minute += 1
        elif not threads[0].is_alive():
            for thread in threads:
                thread.join()
    last, spent = workers_of(server), time.monotonic() - started
    done: Counter[str] = sum((client.done for client in clients), Counter())
    failed: Counter[str] = sum((client.failed for client in clients), Counter())
    grown = sum(last.values()) / sum(first.values()) - 1
    same = "the same processes" if first.keys() == last.keys() else "other processes than before"
    slowest = max(client.slowest for client in clients)
    print(f"  end     {_mib(last)}: {grown:+.1%} in all, {same}")
    print(f"  {done.total() / spent:.1f} pages a second: {dict(done)}")
    print(f"  slowest {slowest * 1e3:.0f} ms, failed {dict(failed)}")


def main() -> None:
    """Work on each database in turn."""
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="on each database")
    parser.add_argument("--engine", default="", help="SQLite or PostgreSQL alone")
    chosen = parser.parse_args()
    with engines() as found:
        for name, address in found.items():
            if chosen.engine in {"", name}:
                _one_engine(name, address, chosen.minutes)


if __name__ == "__main__":
    main()
