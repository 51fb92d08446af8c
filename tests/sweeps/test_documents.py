"""What the documents name is there: links, files, commands; and a decision stays short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
PARTS = ["Context", "Choice", "Consequences", "What would make us change"]
LINK = re.compile(r"\]\(([^)#]+)|src=\"([^\"]+)\"")
FILE = re.compile(r"`([\w./-]+\.(?:py|toml|sh))`")


def lost_links(text: str, folder: Path) -> list[str]:
    """Relative links and pictures that lead nowhere."""
    targets = [first or second for first, second in LINK.findall(text)]
    local = [target for target in targets if "://" not in target]
    return [target for target in local if not (folder / target).exists()]


def lost_files(text: str) -> list[str]:
    """Files named in backticks that stand neither in the project nor in the package."""
    places = (ROOT, ROOT / "referral")
    named = [name for name in FILE.findall(text) if "/" in name]
    return [name for name in named if not any((place / name).exists() for place in places)]


def document_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=document_id)
def test_what_a_document_names_is_there(path):
    text = path.read_text(encoding="utf-8")
    assert lost_links(text, path.parent) == []
    assert lost_files(text) == []


def test_a_link_or_file_that_leads_nowhere_is_reported(tmp_path):
    (tmp_path / "here.md").touch()
    text = '[a](here.md#part) [b](gone.md) <img src="gone.png"> [c](https://example.org/x)'
    assert lost_links(text, tmp_path) == ["gone.md", "gone.png"]
    assert lost_files("`web/session.py` `web/gone.py` `states.py`") == ["web/gone.py"]


@pytest.mark.parametrize("path", DECISIONS, ids=document_id)
def test_a_decision_says_why_and_what_would_change_it_in_forty_lines(path):
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert len(text.splitlines()) <= 40
    assert text.startswith(f"# {int(path.name[:4])}. ")


def test_the_commands_of_the_readme_are_in_the_makefile():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert commands == ["run", "test"]
    assert [name for name in commands if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_the_readme_is_one_screen():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 45
