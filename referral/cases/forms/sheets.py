"""The number of a blank sheet of paper, by which it is known again when it is typed in later.

Five random letters, two by which the agency that printed it knows it again, and one that checks
them: a wrong letter, or two that changed places, is noticed at once. The number says nothing to
anybody else, and nothing is kept of the sheets that were printed.
"""

import secrets
from collections.abc import Callable
from typing import Final

from referral.kernel.ids import CODE_LETTERS

SHEET_NUMBER: Final = f"[{CODE_LETTERS}]{{4}}-[{CODE_LETTERS}]{{4}}"
"""What a number looks like; that it checks is more."""
_LENGTH: Final = 8
_HALF: Final = 4
_RANDOM: Final = 5

Printer = Callable[[str], bytes]
"""What an agency makes of a few letters: bytes that nobody else can work out, two at least."""


def new_sheet_number(printer: Printer) -> str:
    """A number such as `7QK4-MD2X`."""
    drawn = "".join(secrets.choice(CODE_LETTERS) for _ in range(_RANDOM))
    return with_check(drawn + _mark(printer, drawn))


def is_printed_by(number: str, printer: Printer) -> bool:
    """Whether an agency has printed the sheet: one number in a thousand of others passes too."""
    letters = number.replace("-", "")
    return letters[_RANDOM : _LENGTH - 1] == _mark(printer, letters[:_RANDOM])


def _mark(printer: Printer, drawn: str) -> str:
    return "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in printer(drawn)[:2])


def with_check(letters: str) -> str:
    """The letters as a number, with the one that checks them at its end."""
    check = CODE_LETTERS[-_sum(letters) % len(CODE_LETTERS)]
    return _written(letters + check)


def read_sheet_number(typed: str) -> str | None:
    """The number in the form in which it is kept; none for what is no number of a sheet."""
    letters = "".join(typed.upper().split()).replace("-", "").replace("–", "")
    if len(letters) != _LENGTH or set(letters) - set(CODE_LETTERS):
        return None
    return None if _sum(letters) % len(CODE_LETTERS) else _written(letters)


def _sum(letters: str) -> int:
    """Weights 1 and 2 by turns, the last letter of eight by 1.

    The letters are 33: neither weight shares a divisor with it, nor does their difference, so that
    every single mistake and every exchange of two neighbours shows.
    """
    weights = (2 if place % 2 == 0 else 1 for place in range(_LENGTH))
    return sum(
        weight * CODE_LETTERS.index(letter)
        for weight, letter in zip(weights, letters, strict=False)
    )


def _written(letters: str) -> str:
    return f"{letters[:_HALF]}-{letters[_HALF:]}"
