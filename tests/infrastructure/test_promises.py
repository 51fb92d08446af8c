"""A promise that no test guards, or whose test did not run, is found."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LIST = """
[[promise]]
id = "kept"
for_whom = "survivor"
en = "It is kept."
vi = "Được giữ đúng."
"""
MARKED = 'import pytest\n\n@pytest.mark.promise("kept")\n@pytest.mark.parametrize("n", [1, 2])\n'
PASSING = MARKED + "def test_it_is_kept(n):\n    assert n\n"
CLASS = """
import pytest

@pytest.mark.promise("kept")
class TestIt:
    def test_a(self):
        pass
"""
CONFTEST = "pytest_plugins = ['tests.infrastructure.run_folder', 'tests.infrastructure.promises']\n"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "docs" / "promises.toml").write_text(LIST)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = promise(name): x\n")
    return tmp_path


def _write_test(project: Path, source: str) -> None:
    (project / "tests" / "test_it.py").write_text(source)


def _run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))
    }
    environment["PYTHONPATH"] = str(ROOT)
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the others cost a second each
    return subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _make(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    tool = ROOT / "tools" / "make_promises.py"
    return _run(project, str(tool), "--root", str(project), *arguments)


def _pytest(project: Path, *arguments: str) -> dict[str, dict[str, str]]:
    report = project / "report.json"
    common = ["-q", "-p", "xdist", "-p", "no:cacheprovider", "--promises-report", str(report)]
    answer = _run(project, "-m", "pytest", *common, *arguments, "tests")
    assert report.exists(), answer.stdout + answer.stderr
    return json.loads(report.read_text())


def test_the_page_names_each_promise_in_both_languages_with_its_tests(project):
    _write_test(project, PASSING)
    assert _make(project).returncode == 0
    page = (project / "docs" / "promises.md").read_text()
    assert "It is kept." in page
    assert "Được giữ đúng." in page
    assert "[it is kept](../tests/test_it.py)" in page
    assert _make(project, "--check").returncode == 0


def test_a_page_out_of_date_is_found(project):
    _write_test(project, PASSING)
    _make(project)
    _write_test(project, PASSING.replace("test_it_is_kept", "test_it_still_is_kept"))
    answer = _make(project, "--check")
    assert answer.returncode == 1
    assert "out of date" in answer.stderr


def test_a_promise_without_a_test_is_found(project):
    _write_test(project, "def test_it_is_kept():\n    pass\n")
    answer = _make(project, "--check")
    assert answer.returncode == 1
    assert "no test guards the promise kept" in answer.stderr


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (PASSING.replace('"kept"', '"kpet"'), "unknown promise kpet"),
        (PASSING.replace('"kept"', "KEPT"), "plain string"),
        (PASSING.replace("def test_it_is_kept", "def check_it_is_kept"), "is no test"),
    ],
)
def test_a_marker_that_guards_nothing_is_found(project, source, word):
    _write_test(project, source)
    answer = _make(project, "--check")
    assert answer.returncode == 1
    assert word in answer.stderr


@pytest.mark.parametrize(
    "source",
    [
        'import pytest\npytestmark = pytest.mark.promise("kept")\ndef test_a():\n    pass\n',
        'import pytest\npytestmark = [pytest.mark.promise("kept")]\ndef test_a():\n    pass\n',
        CLASS,
    ],
)
def test_a_marker_on_a_module_or_class_counts_as_it_does_for_pytest(project, source):
    _write_test(project, source)
    _make(project)
    _pytest(project)
    assert _make(project, "--report", "report.json").returncode == 0


@pytest.mark.parametrize(
    "entry",
    [
        LIST + LIST,
        LIST.replace("kept", "Kept It"),
        LIST.replace("survivor", "nobody"),
        LIST + "pending = true\n",
    ],
)
def test_a_list_with_a_bad_entry_is_refused(project, entry):
    _write_test(project, PASSING)
    (project / "docs" / "promises.toml").write_text(entry)
    assert _make(project, "--check").returncode == 1


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_variant_that_passed_is_in_the_report_of_all_workers(project, workers):
    _write_test(project, PASSING)
    _make(project)
    outcomes = _pytest(project, "-n", workers)["kept"]
    assert sorted(outcomes) == [f"tests/test_it.py::test_it_is_kept[{n}]" for n in (1, 2)]
    assert set(outcomes.values()) == {"passed"}
    assert _make(project, "--report", "report.json").returncode == 0


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("    pytest.skip('x')\n", "skipped"),
        ("    assert n == 1\n", "failed"),
    ],
    ids=["skipped", "failed"],
)
def test_a_variant_that_did_not_pass_fails_the_gate(project, body, outcome):
    _write_test(project, MARKED + "def test_it_is_kept(n):\n" + body)
    _make(project)
    _pytest(project, "-n", "2")
    answer = _make(project, "--report", "report.json")
    assert answer.returncode == 1
    assert outcome in answer.stderr


def test_a_teardown_that_fails_unmakes_the_pass(project):
    fixture = "@pytest.fixture(autouse=True)\ndef late():\n    yield\n    raise OSError\n\n"
    _write_test(project, PASSING.replace("\n\n@", f"\n\n{fixture}@", 1))
    _make(project)
    assert set(_pytest(project)["kept"].values()) == {"failed"}


def test_a_test_that_was_not_selected_fails_the_gate_unless_another_run_had_it(project):
    _write_test(project, PASSING)
    _make(project)
    _pytest(project)
    (project / "report.json").rename(project / "other.json")
    _pytest(project, "--deselect", "tests/test_it.py::test_it_is_kept")
    answer = _make(project, "--report", "report.json")
    assert answer.returncode == 1
    assert "not run" in answer.stderr
    assert _make(project, "--report", "report.json", "other.json").returncode == 0
