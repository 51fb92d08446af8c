"""Every word of the pages has its Vietnamese, and none speaks to people as 'bạn'."""

import re
import runpy

import pytest

from tests.web.gallery import ROOT

TOOL = runpy.run_path(str(ROOT / "tools/make_translations.py"))
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")


@pytest.fixture(scope="module")
def known() -> dict[str, str]:
    first = TOOL["first_form"]
    return {_last(entry.id): first(entry.string) for entry in TOOL["read_catalogue"]() if entry.id}


def _last(message: str | tuple[str, ...]) -> str:
    """The message, or its plural: what Vietnamese, which has one form, is held against."""
    return message if isinstance(message, str) else message[-1]


def _found() -> set[str]:
    return {_last(message) for message in TOOL["found_messages"]()}


@pytest.mark.promise("usable-by-everyone")
def test_every_message_has_a_vietnamese_text(known: dict[str, str]) -> None:
    found = _found()

    assert {"Quick exit", "This answer is needed."} <= found  # pages and lower layers
    assert "%(num)s adults" in found  # the plural of a message with two forms
    assert sorted(text for text in found if not known.get(text)) == []


def test_catalogue_holds_nothing_that_is_no_longer_said(known: dict[str, str]) -> None:
    assert sorted(known.keys() - _found()) == []


def test_vietnamese_keeps_the_places_to_fill(known: dict[str, str]) -> None:
    wrong = {
        text: vietnamese
        for text, vietnamese in known.items()
        if sorted(PLACES.findall(text)) != sorted(PLACES.findall(vietnamese))
    }
    assert wrong == {}


def test_vietnamese_is_impersonal_and_uses_the_words_of_the_glossary(known: dict[str, str]) -> None:
    forbidden = re.compile(r"\bbạn\b|\bnạn nhân\b|\bđối tượng\b|\bthân chủ\b|chuyển tuyến", re.I)

    assert forbidden.search("Bạn có chắc không?")  # the detector detects
    assert [text for text in known.values() if forbidden.search(text)] == []
