"""How a word is looked for: as it may be typed, without tones, marks or capitals."""

import unicodedata


def folded(text: str) -> str:
    """The text in small letters without tones and marks (đ as d), blanks made one."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(bare.split())
