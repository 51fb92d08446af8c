"""The generated pages of docs/ say what the code says."""

import shutil

import pytest

from tools import make_docs


def test_every_generated_page_is_up_to_date():
    assert make_docs.out_of_date(make_docs.DOCS) == []


@pytest.mark.parametrize("name", make_docs.PAGES)
def test_a_page_that_says_something_else_is_reported(tmp_path, name):
    for page in make_docs.PAGES:
        shutil.copy(make_docs.DOCS / page, tmp_path)
    altered = tmp_path / name
    altered.write_text(altered.read_text(encoding="utf-8") + "and more\n", encoding="utf-8")
    assert make_docs.out_of_date(tmp_path) == [name]
    altered.unlink()
    assert make_docs.out_of_date(tmp_path) == [name]


def test_every_operation_and_every_transition_is_on_a_page():
    pages = make_docs.texts()
    tables = [transitions for _, _, transitions in make_docs.transition_tables()]
    assert len(tables) >= 8
    for transitions in tables:
        for (before, event), after in transitions.items():
            assert any(
                line.startswith(f"    {before} --> {after}: ") and event in line
                for line in pages["states.md"].splitlines()
            )
    for declared in make_docs.OPERATIONS.values():
        room, _, verb = declared.name.partition(".")
        assert f"## {room}\n" in pages["operations.md"]
        assert f"| `{verb}` | `{declared.permission}` |" in pages["operations.md"]
