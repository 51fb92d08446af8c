"""A recovery kit: 160 random bits on paper that open one member's keys.

Written in base32 with a check character, so that a slip of the pen is told from a wrong code. No
Argon2: nobody guesses 160 bits.
"""

import secrets
from uuid import UUID

from referral.kernel.errors import InvalidInput, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value, digest
from referral.vault.keys import MemberKeys
from referral.vault.primitives import Purpose

LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""Crockford's base32 but I, L, O and U: what looks alike is read as one letter."""
ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})
BITS = 160
SIZE = BITS // 5
MISTYPED = "This code was mistyped. Compare it with the paper, group by group."


def new_recovery_code() -> str:
    """A fresh code in groups of four, its check character last."""
    number = secrets.randbits(BITS)
    letters = _letters(number)
    letters += _check(letters)
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def _letters(number: int) -> str:
    places = range(SIZE - 1, -1, -1)
    return "".join(LETTERS[(number >> (5 * place)) & 31] for place in places)


def _check(letters: str) -> str:
    """Luhn's check over base 32: tells any one wrong letter, and two that changed places."""
    total = 0
    for place, letter in enumerate(reversed(letters)):
        value = LETTERS.index(letter) * (1 if place % 2 else 2)
        total += value // len(LETTERS) + value % len(LETTERS)
    return LETTERS[-total % len(LETTERS)]


def _number(code: str) -> int:
    """The bits of a code as it was typed; `InvalidInput` when the check does not fit."""
    typed = "".join(code.split()).replace("-", "").upper().translate(ALIKE)
    body, check = typed[:SIZE], typed[SIZE:]
    if len(body) != SIZE or not set(typed) <= set(LETTERS) or _check(body) != check:
        raise InvalidInput({"code": [MISTYPED]})
    number = 0
    for letter in body:
        number = number << 5 | LETTERS.index(letter)
    return number


def _key(code: str) -> bytes:
    raw = _number(code).to_bytes(BITS // 8, "big")
    return primitives.derive(raw, "recovery kit")


def _context(deployment: UUID, member_id: UUID) -> Value:
    return ("recovery kit", deployment, member_id)


def seal_kit(code: str, deployment: UUID, member_id: UUID, keys: bytes) -> bytes:
    """A member's private keys under the code."""
    return primitives.seal(_key(code), Purpose.RECOVERY_KIT, _context(deployment, member_id), keys)


def open_kit(code: str, deployment: UUID, member_id: UUID, body: bytes) -> MemberKeys:
    """The member's keys; `InvalidInput` for a mistyped code, `Unreadable` for another's."""
    context = _context(deployment, member_id)
    return MemberKeys.from_bytes(primitives.unseal(_key(code), Purpose.RECOVERY_KIT, context, body))


def spend_like_open_kit(code: str, deployment: UUID) -> None:
    """Do the work of `open_kit` for nobody, so that time tells nothing."""
    try:
        open_kit(code, deployment, UUID(int=0), seal_kit(code, deployment, UUID(int=1), bytes(64)))
    except Unreadable:
        return


def kit_digest(body: bytes) -> bytes:
    """What the directory log names of a kit."""
    return digest(body)
