"""A process that holds open keys leaves no image of its memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.application import ROOT, clean_environment, environment_for

PROBE = """
import ctypes, resource
{before}
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.parametrize(
    ("before", "said"),
    [("import wsgi", "(0, 0) 0"), ("resource.setrlimit(4, (0, 5))", "(0, 5) 1")],
    ids=["the server", "a process that does not ask for it"],
)
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_no_core_and_no_other_process_looks_in(
    engine_url: str, instance: Path, before: str, said: str
) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROBE.format(before=before)],
        cwd=ROOT,
        env=clean_environment(environment_for(engine_url, instance)),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert answer.stdout.strip() == said
