"""The product behind nginx, as docs/operating.md puts it on a server, on PostgreSQL.

No test here guards a promise alone: where nginx is missing they are skipped.
"""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import psycopg
import pytest

from referral.kernel.settings import read_settings
from tests.api.conftest import PLANS
from tests.factories.installation import stand
from tests.factories.province import PASSPHRASE
from tests.infrastructure.application import ROOT
from tests.infrastructure.nginx import NGINX, READY_WITHIN, Site, behind_nginx

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(NGINX is None, reason="no nginx (apt install nginx)"),
]
CANARY = "CanaryMay7731"
SOME = 40
TRIES = 4


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
def officer() -> dict[str, str]:
    """Who signs in; filled by `site`."""
    return {}


@pytest.fixture
def site(
    engine_name: str, run_folder: Path, tmp_path: Path, officer: dict[str, str]
) -> Iterator[Site]:
    with stand(engine_name, run_folder, tmp_path / "home", PLANS) as home:
        officer["username"] = home.province.houses["congan"].users["police_officer"]
        shipped = dict(
            line.split("=", 1)
            for line in (ROOT / "deploy" / "referral.env").read_text().splitlines()
            if not line.startswith("#")
        )
        read_settings(dict.fromkeys(shipped, "") | {"PROXIES": shipped["PROXIES"]})
        environment = home.environment | {"PROXIES": shipped["PROXIES"]}
        with behind_nginx(environment, tmp_path / "site") as standing:
            yield standing


@pytest.fixture
def ask(site: Site) -> Callable[..., Any]:
    """One request by TLS; the first waits until the site answers."""
    trust = ssl.create_default_context(cafile=str(site.certificate))

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        _wait_for(site.port)
        to = http.client.HTTPSConnection("127.0.0.1", site.port, context=trust, timeout=60)
        sent = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        to.request(method, path, sent, kind | {n.replace("_", "-"): v for n, v in headers.items()})
        answer = to.getresponse()
        text = answer.read()
        to.close()
        return answer, text

    return send


def _wait_for(port: int) -> None:
    """Until nginx listens; gunicorn's socket is open from the start and lets a request wait."""
    for _ in range(int(READY_WITHIN * 20)):
        with socket.socket() as probe:
            probe.settimeout(0.05)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nginx does not listen")


def signed_in(ask: Callable[..., Any], officer: dict[str, str]) -> str:
    answer, text = ask("POST", "/api/v1/sessions", officer | {"passphrase": PASSPHRASE})
    assert answer.status == 201, text
    return str(json.loads(text)["token"])


def test_the_site_answers_by_tls_alone_and_shows_no_figures(
    site: Site, ask: Callable[..., Any]
) -> None:
    answer, _ = ask("GET", "/sign-in")
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Server"] == "nginx"
    assert [ask("GET", path)[0].status for path in ("/metrics", "/readyz")] == [404, 404]
    plain = http.client.HTTPConnection("127.0.0.1", site.plain, timeout=10)
    plain.request("GET", "/sign-in")
    moved = plain.getresponse()
    assert (moved.status, moved.headers["Location"][:8]) == (301, "https://")
    plain.close()


def test_what_is_typed_lies_in_no_file_of_the_proxy_and_no_log(
    site: Site, ask: Callable[..., Any], officer: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {signed_in(ask, officer)}"}
    note = f"{CANARY} " * 20_000  # some 280 kB, over nginx's default of 16 kB in memory

    def write(name: str) -> Any:
        told = {"sections": {"identity": {"spoken_name": name}}}
        return ask("POST", "/api/v1/cases", told, **headers)

    answer, text = write(CANARY)
    assert answer.status == 201, text
    case = json.loads(text)["id"]
    assert write(note)[0].status == 422
    assert write(note * 5)[0].status == 413
    seen, page = ask("GET", f"/api/v1/cases/{case}", **headers)
    assert CANARY in page.decode(), seen.status

    files = [path for path in site.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if CANARY.encode() in path.read_bytes()]
    logs = (site.folder / "server.log").read_text()
    assert '"route": "api_cases.open_case"' in logs, "the server did log these requests"
    assert case not in logs + (site.folder / "error.log").read_text()


def test_who_lies_about_its_address_is_counted_by_its_own(
    site: Site, ask: Callable[..., Any]
) -> None:
    """Each try claims another address, and all are counted for the one they came from."""
    for n in range(TRIES):
        guess = {"username": f"nobody{n}", "passphrase": "khong phai cau nay"}
        lie = f"198.51.100.{n}"
        assert ask("POST", "/api/v1/sessions", guess, X_Forwarded_For=lie)[0].status == 422
    with psycopg.connect(site.database.replace("+psycopg", "")) as connection:
        (most,) = connection.execute("SELECT max(refusals) FROM sign_in_attempt").fetchone() or (0,)
    assert most == TRIES


def test_a_reload_under_work_turns_nobody_away(
    site: Site, ask: Callable[..., Any], officer: dict[str, str]
) -> None:
    headers = {"Authorization": f"Bearer {signed_in(ask, officer)}"}
    statuses: list[int] = []

    def work() -> None:
        for n in range(SOME):
            told = {"sections": {"identity": {"spoken_name": f"{n}"}}}
            statuses.append(ask("POST", "/api/v1/cases", told, **headers)[0].status)

    workers = [threading.Thread(target=work) for _ in range(3)]
    before = _children(site.server.pid)
    for worker in workers:
        worker.start()
    os.kill(site.server.pid, signal.SIGHUP)
    for worker in workers:
        worker.join()
    assert statuses == [201] * 3 * SOME
    assert not before & _children(site.server.pid), "these are new processes"


@pytest.mark.skipif(which("systemd-analyze") is None, reason="no systemd-analyze")
def test_units_are_as_systemd_wants_them(tmp_path: Path) -> None:
    units = [path for path in (ROOT / "deploy").iterdir() if path.suffix in {".service", ".socket"}]
    assert len(units) == 3
    for unit in units:
        # The programs are not at their place on this machine.
        text = unit.read_text().replace("/opt/referral/.venv/bin/", "/usr/bin/env ")
        (tmp_path / unit.name).write_text(text)
    checked = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def _children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
