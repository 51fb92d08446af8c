"""How words are looked for, as they may be typed without tones, and in which order they stand."""

import unicodedata


def folded(text: str) -> str:
    """The text in small letters without tones and marks (đ as d), blanks made one."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(bare.split())


Collation = tuple[tuple[int, ...], tuple[int, ...], str]

_ALPHABET = " aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"
"""Grave, hook, tilde, acute, dot below: the order of dictionaries in Viet Nam."""


def collation(text: str) -> Collation:
    """What to sort Vietnamese by: letters of the Vietnamese alphabet first, then tones.

    A blank stands before every letter, so that words are compared one by one.
    """
    marked = unicodedata.normalize("NFC", text.casefold())
    letters, tones = zip(*map(_letter_and_tone, marked), strict=True) if marked else ((), ())
    return letters, tones, text


def _letter_and_tone(marked: str) -> tuple[int, int]:
    parts = unicodedata.normalize("NFD", marked)
    tone = next((part for part in parts if part in _TONES), "")
    letter = unicodedata.normalize("NFC", parts.replace(tone, ""))
    at = _ALPHABET.find(letter)
    return at if at >= 0 else len(_ALPHABET) + ord(letter[0]), _TONES.find(tone) if tone else -1
