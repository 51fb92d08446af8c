"""Passphrases: sign-in *is* opening the member key, so there is no password hash.

Argon2id (RFC 9106) with one lane: two lanes deadlock `cryptography` 50 when two threads derive at
once. Parameters stand in the record and are raised at the next sign-in.
"""

import hmac
import os
import secrets
import threading
import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from referral.kernel.errors import Busy, InvalidInput, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.primitives import Purpose

_MAGIC = b"GBVP"
_ARGON2ID = 1
MINIMUM_LENGTH = 12
FLOOR_KIB, FLOOR_PASSES = 19456, 2
CEILING_KIB, CEILING_PASSES = 1 << 20, 16
COMMON = frozenset(
    unicodedata.normalize("NFC", words)
    for words in (
        "123456789012", "1234567890123", "111111111111", "000000000000", "password1234",
        "passwordpassword", "qwertyuiop12", "qwertyuiopas", "abcdefghijkl", "abc123abc123",
        "matkhau12345", "mat khau 123", "mật khẩu 123", "anhyeuem1234", "anh yeu em 123",
        "vietnam12345", "việt nam 123", "iloveyou1234", "administrator", "letmeinletmein",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id cost: memory in KiB and passes."""

    memory_kib: int = 65536
    passes: int = 3


FLOOR = Cost(FLOOR_KIB, FLOOR_PASSES)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


class Derivation:
    """Bounded Argon2 for one process: `parallel` at once, a short queue, then `Busy`."""

    def __init__(self, *, parallel: int = 2, queue: int = 8, pepper: bytes = b"") -> None:
        self._slots = threading.BoundedSemaphore(parallel)
        self._queue = threading.BoundedSemaphore(parallel + queue)
        self._pepper = pepper

    def key(self, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        """32 bytes of Argon2id over the normalised passphrase."""
        if not self._queue.acquire(blocking=False):
            raise Busy(retry_after=5)
        try:
            with self._slots:
                return Argon2id(
                    salt=salt,
                    length=32,
                    iterations=cost.passes,
                    lanes=1,
                    memory_cost=cost.memory_kib,
                    secret=self._pepper or None,
                ).derive(normalised(passphrase).encode())
        finally:
            self._queue.release()


def normalised(passphrase: str) -> str:
    """NFC without outer blanks: Vietnamese keyboards emit either form of the same letters."""
    return unicodedata.normalize("NFC", passphrase.strip())


def check_strength(passphrase: str) -> None:
    """`InvalidInput` when too short or on the deny list."""
    words = normalised(passphrase)
    if len(words) < MINIMUM_LENGTH:
        raise InvalidInput({"passphrase": ["At least 12 characters are needed."]})
    if words.casefold() in COMMON or len(set(words)) < 4:
        raise InvalidInput({"passphrase": ["This one is guessed too easily. Choose another."]})


def seal_record(
    derivation: Derivation, passphrase: str, cost: Cost, context: Value, secret: bytes
) -> bytes:
    """`secret` under the passphrase.

    Layout: `GBVP` | kdf | memory u32 | passes u8 | salt 16 | sealed envelope.
    """
    if not _is_allowed(cost):
        raise ValueError("a cost that no reader would take")
    salt = secrets.token_bytes(16)
    header = _MAGIC + bytes([_ARGON2ID]) + cost.memory_kib.to_bytes(4, "big") + bytes([cost.passes])
    key = derivation.key(passphrase, salt, cost)
    sealed = primitives.seal(key, Purpose.MEMBER_KEYS, [header, salt, context], secret)
    return header + salt + sealed


def record_cost(record: bytes) -> Cost:
    """The cost a record was made with; `Unreadable` in an unknown format or out of bounds."""
    cost = Cost(int.from_bytes(record[5:9], "big"), record[9] if len(record) > 9 else 0)
    if record[:5] != _MAGIC + bytes([_ARGON2ID]):
        raise Unreadable
    if not _is_allowed(cost):
        raise Unreadable
    return cost


def _is_allowed(cost: Cost) -> bool:
    # The ceiling keeps a changed record from taking the server's memory or minutes of its time.
    memory_fits = FLOOR_KIB <= cost.memory_kib <= CEILING_KIB
    return memory_fits and FLOOR_PASSES <= cost.passes <= CEILING_PASSES


def open_record(derivation: Derivation, passphrase: str, context: Value, record: bytes) -> bytes:
    """The secret in `record`; `Unreadable` for a wrong passphrase or a changed record."""
    cost = record_cost(record)
    header, salt, sealed = record[:10], record[10:26], record[26:]
    key = derivation.key(passphrase, salt, cost)
    return primitives.unseal(key, Purpose.MEMBER_KEYS, [header, salt, context], sealed)


def spend_like_open(derivation: Derivation, passphrase: str, cost: Cost) -> None:
    """Do the work of `open_record` for a user who does not exist, so that time tells nothing."""
    derivation.key(passphrase, b"nobody at all :)", cost)


def code_digest(code: str, salt: bytes) -> bytes:
    """Digest of a one-time code of at least 80 random bits (no Argon2 needed)."""
    return primitives.derive(normalised(code).upper().encode(), "one-time code", salt=salt)


def same(left: bytes, right: bytes) -> bool:
    """Comparison in constant time."""
    return hmac.compare_digest(left, right)
