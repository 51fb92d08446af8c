"""What somebody looks for, compared with the card of a case: pure, and kept by nobody.

Names are compared word by word, in any order, by their beginnings and without tones; numbers
without blanks. Only what stands on a card is compared, so that nobody is found by the name of
somebody else in the story.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final, NamedTuple

from referral.kernel.errors import InvalidInput
from referral.kernel.folding import folded
from referral.kernel.ids import CODE_LENGTH, CODE_LETTERS

LONGEST: Final = 100
FEWEST_LETTERS: Final = 2
FEWEST_SIGNS: Final = 4
"""Of a number or code, in which fewer match half the cards."""
TOO_SHORT: Final = "Write at least two letters of a name, or four of a number or code."
SAYS_NOTHING: Final = frozenset({"declined", "unknown"})
_WORD = re.compile(r"[^\W_]+")
_BEGINS: Final = " "
_PARTS: Final = "|"
_CODE = re.compile(f"[{CODE_LETTERS}]{{{FEWEST_SIGNS},{CODE_LENGTH}}}", re.IGNORECASE)
_TRUNK = re.compile(r"^(?:\+84|0084|84(?=\d{9,10}$)|0)")


class Found(StrEnum):
    """By what a case was found; those of a card are the ids of its answers."""

    SPOKEN_NAME = "spoken_name"
    PAPER_NAME = "paper_name"
    ALIAS = "alias"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    CODE = "code"


NAMES: Final = (Found.SPOKEN_NAME, Found.PAPER_NAME, Found.ALIAS)
Rank = tuple[bool, bool, int]
"""Tones differ, only a part is the same, the place of the field: the smallest stands first."""


class Word(NamedTuple):
    """A word without tones and marks, and those apart: both places of a tone are one."""

    bare: str
    marks: str


class Hit(NamedTuple):
    """That a card answers what is looked for, how well, and by what."""

    rank: Rank
    by: Found


_PLACES: Final = {by: place for place, by in enumerate(Found)}


def _hit(tones_differ: bool, is_part: bool, by: Found) -> Hit:  # noqa: FBT001 - a rank, in its order
    return Hit((tones_differ, is_part, _PLACES[by]), by)


def _word(text: str) -> Word:
    spread = unicodedata.normalize("NFD", text.casefold().replace("đ", "d\u0335"))
    return Word(folded(text), "".join(sign for sign in spread if unicodedata.combining(sign)))


@dataclass(frozen=True, repr=False)
class Sought:
    """What was typed, as names and as a number or code. Made anew for each search.

    It remembers the words of the names that it was compared with, and goes with them.
    """

    words: tuple[Word, ...]
    """The longest first."""
    code: str
    number: str
    national: str
    """The number without what stands before it within the country or from abroad."""
    _known: Callable[[str], Word] = field(default_factory=lambda: cache(_word))

    def in_case(self, code: str, card: str) -> Hit | None:
        """By what a case answers best, its card as it is sealed; None when it does not.

        Where it has none that opens, `card` is empty.
        """
        said = json.loads(card) if card else {}
        hits = [self._code(code), self._phone(said), self._number(said)]
        hits += [self._name(said, name) for name in NAMES] if self.words else []
        return min((hit for hit in hits if hit is not None), default=None)

    @property
    def may_be_code(self) -> bool:
        """Whether what was typed may be the code of a case, or its beginning."""
        return _CODE.fullmatch(self.code) is not None

    def places_among(self, tabs: Sequence[str]) -> set[int]:
        """Places of the cards that may answer, by their tabs (`tab_of`).

        Of every card that answers, and of few others.
        """
        found = [_having(sign, tabs) for sign in {self.national, self.number, self.code} - {""}]
        if self.words:
            begun = (_having(_BEGINS + word.bare, tabs) for word in self.words)
            found.append(set[int].intersection(*begun))
        return set[int]().union(*found)

    def _name(self, card: Mapping[str, Any], by: Found) -> Hit | None:
        text = card.get(by)
        if not text or text in SAYS_NOTHING:
            return None
        there = [self._known(word) for word in _words(text)]
        rank = _compared(self.words, there)
        return None if rank is None else _hit(*rank, by)

    def _phone(self, card: Mapping[str, Any]) -> Hit | None:
        if not self.national:
            return None
        number = _national(_squeezed(card.get(Found.PHONE) or ""))
        if self.national not in number:
            return None
        return _hit(False, self.national != number, Found.PHONE)

    def _number(self, card: Mapping[str, Any]) -> Hit | None:
        if not self.number:
            return None
        number = _squeezed(card.get(Found.ID_NUMBER) or "")
        if self.number not in number:
            return None
        return _hit(False, self.number != number, Found.ID_NUMBER)

    def _code(self, code: str) -> Hit | None:
        if not self.code:
            return None
        letters = _squeezed(code)
        if not letters.startswith(self.code):
            return None
        return _hit(False, self.code != letters, Found.CODE)


def sought(typed: str) -> Sought:
    """What was typed, ready to be compared; `InvalidInput` for too little."""
    words, signs = sorted(map(_word, _words(typed)), key=_shortness), _squeezed(typed)
    is_number = any(sign.isdigit() for sign in signs)
    if len(signs) < (FEWEST_SIGNS if is_number else FEWEST_LETTERS):
        raise InvalidInput({"words": [TOO_SHORT]})
    code = signs if len(signs) >= FEWEST_SIGNS else ""
    number = code if is_number else ""
    national = _national(number)
    if len(national) < FEWEST_SIGNS or not national.isdecimal():
        national = ""
    return Sought(tuple(words), code, number, national)


def searched(card: str) -> str:
    """Of a card what `Sought.in_case` reads, and nothing else."""
    said = json.loads(card)
    kept = {by: said[by] for by in Found if by in said}
    return json.dumps(kept, ensure_ascii=False)


def _shortness(word: Word) -> int:
    return -len(word.bare)


def _having(text: str, tabs: Sequence[str]) -> set[int]:
    return {place for place, tab in enumerate(tabs) if text in tab}


def tab_of(code: str, card: Mapping[str, Any]) -> str:
    """What stands on the tab of a card, by which it is found among very many: one line.

    Its words without tones, each after a blank, and its numbers without blanks.
    """
    names = (card.get(name) or "" for name in NAMES)
    numbers = (code, card.get(Found.PHONE) or "", card.get(Found.ID_NUMBER) or "")
    return "".join(_BEGINS + folded(word) for name in names for word in _words(name)) + "".join(
        _PARTS + _squeezed(number) for number in numbers
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))


def _squeezed(text: str) -> str:
    """A number or code without blanks, dots and dashes; a plus stays in front."""
    plus = "+" if text.lstrip().startswith("+") else ""
    return plus + "".join(_WORD.findall(text.casefold()))


def _national(number: str) -> str:
    return _TRUNK.sub("", number).lstrip("+")


def _compared(typed: Sequence[Word], there: Sequence[Word]) -> tuple[bool, bool] | None:
    """Each typed word begins a word of its own: whether a tone differs, whether a rest is left.

    The longest stands first and takes its word first: what a longer one begins, a shorter one of
    it begins too.
    """
    left = list(there)
    tones_differ = is_part = False
    for word in typed:
        begun = [other for other in left if other.bare.startswith(word.bare)]
        if not begun:
            return None
        best = min(begun, key=lambda other: (_differ(word, other), len(other.bare)))
        left.remove(best)
        tones_differ |= _differ(word, best)
        is_part |= len(best.bare) > len(word.bare)
    return tones_differ, is_part or bool(left)


def _differ(typed: Word, there: Word) -> bool:
    """Whether the marks typed are others than there; of a word not typed out, more may follow."""
    if len(typed.bare) == len(there.bare):
        return typed.marks != there.marks
    return not there.marks.startswith(typed.marks)
