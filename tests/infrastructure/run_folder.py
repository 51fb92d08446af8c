"""One folder a test run, shared by its xdist workers, made and removed by the controller.

What is expensive and the same for every test (a migrated template, a PostgreSQL server) is made
once a run by whichever worker asks first, under `once`.
"""

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure import postgres

FOLDER = pytest.StashKey[Path]()
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes; a whole run has held less than one


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _place() -> str | None:
    """In memory where there is room: each test writes a database, durably, and throws it away."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        return str(MEMORY)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if is_worker(config):
        folder = Path(config.workerinput["run_folder"])
    else:
        folder = Path(tempfile.mkdtemp(prefix="referral-tests-", dir=_place()))
        folder.chmod(0o711)  # the postgres user must reach its own folder inside
        config.option.basetemp = config.option.basetemp or str(folder / "tests")
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            # Ended from outside (a time limit), the run still stops its server and tidies up.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.stash[FOLDER] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["run_folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(FOLDER, None)
    if folder is None or is_worker(config):
        return
    try:
        postgres.stop(folder / "postgres")
    finally:
        shutil.rmtree(folder)


def once(folder: Path, name: str, make: Callable[[], Any]) -> Any:
    """What `make` returned to the first caller of the run; it must survive JSON.

    A failure is not remembered: the next caller tries again and meets it too.
    """
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = folder / f"{name}.json"
        if not answer.exists():
            answer.write_text(json.dumps(make()))
        return json.loads(answer.read_text())


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.stash[FOLDER]
