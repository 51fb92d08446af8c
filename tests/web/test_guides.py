"""The guides: each role has one, in both languages, and they say what the screens say."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from referral.accounts.roles import LABELS, Role
from referral.web import guides

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(guides.FOLDER.glob("*.md"))
LANGUAGES = ("vi", "en")
HEADINGS = {
    "vi": [
        "Làm được gì",
        "Ngày đầu tiên",
        "Một ngày làm việc",
        "Khi có trục trặc",
        "Hệ thống không bao giờ",
        "Gọi ai",
    ],
    "en": [
        "What you can do here",
        "The first day",
        "A usual day",
        "When something goes wrong",
        "What the system never does",
        "Whom to call",
    ],
}
SUBJECT = re.compile(
    r"bạo lực|tạm lánh|người được hỗ trợ|hồ sơ|violen|shelter|survivor|\bcases?\b|abuse",
    re.IGNORECASE,
)
ALOUD = re.compile(r"\bbạn\b|đối tượng|nạn nhân|thân chủ|victim", re.IGNORECASE)
"""Words that the glossary forbids."""
TWO_SCREENS = 700  # words


def file_id(path: Path) -> str:
    return path.name


def language_of(path: Path) -> str:
    return path.name.split(".")[1]


def quoted(text: str) -> Iterator[str]:
    """What a guide sets in bold: the words of a screen."""
    yield from re.findall(r"\*\*(.+?)\*\*", text)


@cache
def words_of_screens(language: str) -> frozenset[str]:
    """Every message of the catalogue, the labels of forms and roles, in one language."""
    catalogue = runpy.run_path(str(ROOT / "tools/make_translations.py"))["read_catalogue"]()
    said = {str(entry.string if language == "vi" else entry.id) for entry in catalogue}
    said |= {LABELS[role][language == "en"] for role in Role}
    for path in (ROOT / "referral/cases/forms").glob("*.toml"):
        said |= set(labels_in(tomllib.loads(path.read_text(encoding="utf-8")), language))
    return frozenset(said)


def labels_in(part: Any, language: str) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, str) and name in (f"title_{language}", language):
                yield value
            yield from labels_in(value, language)
    elif isinstance(part, list):
        for value in part:
            yield from labels_in(value, language)


def strangers(text: str, language: str) -> list[str]:
    """Quoted words that stand on no screen."""
    return [word for word in quoted(text) if word not in words_of_screens(language)]


@pytest.mark.parametrize("path", FILES, ids=file_id)
def test_every_word_that_a_guide_quotes_stands_on_a_screen(path: Path) -> None:
    assert strangers(path.read_text(encoding="utf-8"), language_of(path)) == []


def test_a_button_that_is_gone_and_one_of_the_other_language_are_reported() -> None:
    assert strangers("Bấm **Gửi** rồi **Gửi đi ngay**, **Send**.", "vi") == ["Gửi đi ngay", "Send"]
    assert strangers("Press **Send**, then **Gửi**.", "en") == ["Gửi"]


def test_every_role_has_one_guide_in_both_languages() -> None:
    served = [role for roles in guides.ROLES_OF.values() for role in roles]
    assert sorted(served) == sorted(Role)
    names = [*guides.ROLES_OF, guides.EVERYBODY]
    assert {path.name for path in FILES} == {f"{n}.{lang}.md" for n in names for lang in LANGUAGES}


@pytest.mark.parametrize("path", FILES, ids=file_id)
def test_a_guide_is_two_screens_at_most_with_the_same_parts_and_no_raw_html(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not path.name.startswith(guides.EVERYBODY):
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS[language_of(path)]
    assert len(text.split()) <= TWO_SCREENS
    assert re.findall(r"^# ", text, re.MULTILINE) == ["# "]
    assert not ALOUD.search(text)
    assert raw_html_in(text) == []


def raw_html_in(text: str) -> list[str]:
    """What Markdown would take for HTML."""
    tokens = MarkdownIt("commonmark", {"html": True}).parse(text)
    inner = [child for token in tokens for child in (token.children or ())]
    return [token.content for token in [*tokens, *inner] if token.type.startswith("html_")]


def test_raw_html_is_reported_and_is_shown_as_text() -> None:
    assert raw_html_in("a <b>b</b>\n\n<script>x()</script>\n") != []
    assert "<script" not in guides._markdown.render("<script>x()</script>\n\n<b>b</b>")
    assert guides._markdown.render("[x](javascript:alert(1))").count("<a") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_before_signing_in_does_not_name_the_subject(language: str) -> None:
    assert not SUBJECT.search(guides.for_everybody(language))
    assert SUBJECT.search(guides.guide(1, language).body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_explained_are_whole_and_of_one_language(language: str) -> None:
    found = guides.words(language)
    assert len(found) > 15
    assert all(line.word and line.meaning.endswith(".") for line in found)
    assert {line.word for line in guides.words("vi")} & {line.word for line in found} <= (
        {"“…”"} if language == "en" else {line.word for line in found}
    )
