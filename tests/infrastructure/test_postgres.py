import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.infrastructure import postgres
from tests.infrastructure.application import ROOT, postgres_folder
from tests.infrastructure.run_folder import once


@pytest.fixture(scope="module")
def server(run_folder) -> Path:
    return postgres_folder(run_folder)


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _runs(pid: str) -> bool:
    status = Path(f"/proc/{pid}/status")
    # Where nobody reaps orphans, a process that ended stays listed as a zombie.
    return status.exists() and "State:\tZ" not in status.read_text()


def test_each_copy_of_the_template_is_its_own_database(server):
    postgres.execute(server, "CREATE DATABASE template_here")
    with _connect(postgres.url(server, "template_here")) as template:
        template.execute("CREATE TABLE bed (id int)")
    first = postgres.create_from(server, "template_here", "first")
    second = postgres.create_from(server, "template_here", "second")
    with _connect(first) as one, _connect(second) as two:
        one.execute("INSERT INTO bed VALUES (1)")
        assert two.execute("SELECT count(*) FROM bed").fetchone() == (0,)
    for name in ("first", "second", "template_here"):
        postgres.drop(server, name)


def test_the_server_is_reached_by_its_socket_only(server):
    with _connect(postgres.url(server, "postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_the_server_can_hold_a_place_against_overlap(server):
    with _connect(postgres.url(server, "postgres")) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(
            "CREATE TEMP TABLE claim (bed int, during daterange, "
            "EXCLUDE USING gist (bed WITH =, during WITH &&))"
        )
        connection.execute("INSERT INTO claim VALUES (1, '[2024-11-25,2024-11-27)')")
        with pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute("INSERT INTO claim VALUES (1, '[2024-11-26,2024-11-28)')")


def test_what_is_made_once_a_run_is_made_once_by_all_who_ask(tmp_path):
    made = []

    def make() -> str:
        made.append(1)
        return "it"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: once(tmp_path, "it", make), range(8)))
    assert answers == ["it"] * 8
    assert made == [1]


CONFTEST = "pytest_plugins = ['tests.infrastructure.run_folder']\n"
TELL = """
from tests.infrastructure.application import postgres_folder

def test_it(run_folder):
    server = postgres_folder(run_folder)
    pid = (server / "cluster" / "postmaster.pid").read_text().split()[0]
    with open("seen.txt", "a") as seen:
        seen.write(f"{run_folder} {pid}\\n")

def test_again(run_folder):
    test_it(run_folder)
"""
WAIT = """
import signal

def test_wait():
    print("waiting", flush=True)
    signal.pause()
"""


def _start_run(folder: Path, source: str, *options: str) -> subprocess.Popen[str]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    (folder / "test_it.py").write_text(source)
    (folder / "conftest.py").write_text(CONFTEST)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def _assert_gone(folder: Path) -> None:
    lines = set((folder / "seen.txt").read_text().splitlines())
    assert len(lines) == 1, sorted(lines)
    run_folder, pid = lines.pop().split()
    assert not Path(run_folder).exists()
    assert not _runs(pid)


def test_all_workers_share_one_server_and_it_is_gone_after_the_run(tmp_path):
    run = _start_run(tmp_path, TELL, "-p", "xdist", "-n", "2")
    said, _ = run.communicate(timeout=120)
    assert run.returncode == 0, said
    _assert_gone(tmp_path)


def test_the_server_is_gone_also_when_the_run_is_ended_from_outside(tmp_path):
    run = _start_run(tmp_path, TELL + WAIT, "-s")
    assert run.stdout is not None
    with run.stdout:
        assert any("waiting" in line for line in run.stdout)
        run.terminate()
        run.stdout.read()
    assert run.wait(timeout=60) != 0
    _assert_gone(tmp_path)
