"""What this machine does with the bare building blocks, so that ratios travel to another one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.meter import median_of
from referral.vault.passphrase import Cost, Derivation

ARGON2 = "Argon2id 64 MiB, 3 passes"
EIGHT_KIB = bytes(8192)


def calibrate() -> dict[str, float]:
    """Median seconds of one Argon2id at the full setting, one AES-GCM of 8 KiB, one fsync."""
    derivation, salt, cost = Derivation(), bytes(16), Cost()
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    with _file() as handle:

        def sync() -> None:
            os.write(handle, EIGHT_KIB)
            os.fsync(handle)

        return {
            ARGON2: median_of(5, lambda: derivation.key("x" * 20, salt, cost)),
            "AES-256-GCM 8 KiB": median_of(2001, lambda: cipher.encrypt(nonce, EIGHT_KIB, b"")),
            "write 8 KiB and fsync": median_of(51, sync),
        }


@contextmanager
def _file() -> Iterator[int]:
    with tempfile.NamedTemporaryFile(prefix="referral-bench-") as file:
        yield file.fileno()
