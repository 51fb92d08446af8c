"""One word a thing: tables, states, addresses and permissions stand in docs/glossary.md."""

import importlib
import pkgutil
import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import pytest

import referral
from referral.kernel.db import Base
from referral.kernel.permissions import Permission

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
CHOICE = re.compile(r"<any\((?P<words>[^)]*)\):\w+>")


def words_of_tables(tables: Iterable[str]) -> set[str]:
    """A body is called as its header, so that it needs no word of its own."""
    names = set(tables)
    stems = {name.removesuffix("_body") for name in names}
    return {name for name in names if not name.endswith("_body")} | {
        stem if stem in names else f"{stem}_body" for stem in stems
    }


def words_of_addresses(rules: Iterable[str]) -> set[str]:
    words = set()
    for rule in rules:
        for part in rule.strip("/").split("/"):
            choice = CHOICE.fullmatch(part)
            found = choice["words"].split(",") if choice else [part]
            words |= {f"/{word.strip()}" for word in found if word and "<" not in word}
    return words


def words_of_states() -> set[str]:
    words: set[str] = set()
    for room in pkgutil.iter_modules(referral.__path__):
        if not (ROOT / "referral" / room.name / "states.py").exists():
            continue
        module = importlib.import_module(f"referral.{room.name}.states")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                words |= {str(item) for item in value}
    return words


def words_of_permissions(permissions: Iterable[str]) -> set[str]:
    return {name.partition(":")[0] for name in permissions}


def glossed() -> set[str]:
    """What stands in backticks, but file names."""
    words = re.findall(r"`([^`]+)`", GLOSSARY)
    return {word for word in words if "/" not in word[1:]}


def missing(words: set[str]) -> list[str]:
    return sorted(words - glossed())


@pytest.fixture
def engine_name():
    """The address map is the same on both engines."""
    return "sqlite"


def test_every_table_stands_in_the_glossary(app):
    assert missing(words_of_tables(Base.metadata.tables)) == []


def test_every_state_stands_in_the_glossary():
    assert missing(words_of_states()) == []


def test_every_word_of_an_address_stands_in_the_glossary(app):
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    assert len(rules) > 50
    assert missing(words_of_addresses(rules)) == []


def test_every_permission_is_on_a_thing_of_the_glossary():
    assert missing(words_of_permissions(Permission)) == []


@pytest.mark.parametrize(
    ("words", "stranger"),
    [
        (words_of_tables(["case_file", "victim", "victim_body"]), ["victim"]),
        (words_of_tables(["orphan_body"]), ["orphan_body"]),
        (words_of_addresses(["/cases/<uuid:case_id>/dossier"]), ["/dossier"]),
        (words_of_addresses(["/stays/<uuid:id>/<any(confirm, evict):step>"]), ["/evict"]),
        (words_of_permissions(["victim:read", "case:read"]), ["victim"]),
    ],
)
def test_a_strange_word_is_reported(words, stranger):
    assert missing(words) == stranger


def test_every_word_of_the_glossary_is_in_the_code():
    files = [*(ROOT / "referral").rglob("*.py"), *(ROOT / "referral").rglob("*.toml")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    strangers = [word for word in glossed() if "." not in word and not is_in(code, word)]
    assert sorted(strangers) == []


def is_in(code: str, word: str) -> bool:
    """Whether the code says it, as a word of its own or, of an address, as a part of one."""
    plain = re.escape(word.lstrip("/"))
    return re.search(rf"(?<![A-Za-z]){plain}(?![A-Za-z])", code) is not None


def test_a_word_that_the_code_does_not_say_is_reported():
    assert not is_in("def open_case(): ...", "dossier")
    assert is_in('"/cases/<uuid:case_id>/print"', "/print")
