"""Without root and without the programs, set-up says what it skips, and the gate fails."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(tmp_path: Path, *, ci: str, **settings: str) -> subprocess.CompletedProcess[str]:
    # An `id` of our own stands for a user who is not root, so that nothing is ever installed.
    identity = tmp_path / "id"
    identity.write_text("#!/bin/sh\necho 1000\n")
    identity.chmod(0o755)
    return subprocess.run(
        [str(shutil.which("bash")), ROOT / "tools" / "system-deps.sh"],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "CI": ci, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_what_is_missing_is_said_and_fails_only_the_gate(tmp_path, ci, code):
    answer = _run(tmp_path, ci=ci, CHROMIUM_BIN="no-such-browser")
    assert answer.returncode == code
    assert "chromium" in answer.stderr
    assert "browser tests" in answer.stderr


def test_nothing_is_said_where_all_is_there(tmp_path):
    for program in ("browser", "initdb"):
        (tmp_path / program).write_text("#!/bin/sh\n")
        (tmp_path / program).chmod(0o755)
    answer = _run(tmp_path, ci="true", CHROMIUM_BIN="browser", POSTGRES_BIN=str(tmp_path))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
