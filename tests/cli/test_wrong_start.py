"""What stands wrong in the installation's own files stops the start, in one line that says what."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.application import ROOT, clean_environment, environment_for


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "begins", [("-m", "flask", "--app", "wsgi", "routes"), ("-c", "import wsgi")]
)
def test_a_wrong_form_file_stops_the_start_by_file_line_and_reason(
    engine_url: str, instance: Path, begins: tuple[str, ...]
) -> None:
    folder = instance / "forms"
    folder.mkdir()
    text = 'id = "own"\nversion = 1\ntitle_vi = "R"\ntitle_en = "R"\n\n[[fields]]\nid = "q"\n'
    (folder / "own.toml").write_text(text + 'type = "picture"\nvi = "Q"\nen = "Q"\n')
    answer = subprocess.run(
        [sys.executable, *begins],
        cwd=ROOT,
        env=clean_environment(environment_for(engine_url, instance)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 3
    (said,) = answer.stderr.splitlines()
    assert said.startswith("cannot start: own.toml, line 8, field 'q': type: Must be one of: text")
