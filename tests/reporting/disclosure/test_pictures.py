"""The pictures of docs/disclosure.md show what the package computes."""

import pytest

from tools.make_disclosure_pictures import FOLDER, PICTURES


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_is_computed(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PICTURES[name]()
