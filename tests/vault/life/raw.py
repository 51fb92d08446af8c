"""Opens stored bytes with raw private keys, by what docs/vault.md says of the formats.

Nothing of the product is imported: a fault that its writer and its reader shared would show here.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
REVISION, CIRCLE_SECRET, GRANT, SUCCESSION = 1, 4, 5, 21
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def packed(value: object) -> bytes:
    """The canonical encoding: tag, length, bytes."""
    if value is None:
        tag, body = b"N", b""
    elif isinstance(value, bytes):
        tag, body = b"B", value
    elif isinstance(value, str):
        tag, body = b"S", value.encode()
    elif isinstance(value, int):
        tag, body = b"I", value.to_bytes(8, "big", signed=True)
    elif isinstance(value, UUID):
        tag, body = b"U", value.bytes
    elif isinstance(value, datetime):
        micros = (value - EPOCH) // timedelta(microseconds=1)
        tag, body = b"T", micros.to_bytes(8, "big", signed=True)
    else:
        tag, body = b"L", b"".join(packed(item) for item in value)
    return tag + len(body).to_bytes(4, "big") + body


def read(raw: bytes) -> object:
    """The value that canonical bytes encode (lists, bytes, ints and ids are met here)."""
    value, end = _read(raw, 0)
    assert end == len(raw)
    return value


def _read(raw: bytes, at: int) -> tuple[object, int]:
    tag, size = raw[at : at + 1], int.from_bytes(raw[at + 1 : at + 5], "big")
    start, end = at + 5, at + 5 + size
    if tag == b"L":
        items, position = [], start
        while position < end:
            item, position = _read(raw, position)
            items.append(item)
        return tuple(items), end
    body = raw[start:end]
    simple = {b"B": bytes, b"I": lambda b: int.from_bytes(b, "big", signed=True)}
    simple[b"U"] = lambda b: UUID(bytes=b)
    return simple[tag](body), end


@lru_cache(4096)
def loaded(private: bytes) -> X25519PrivateKey:
    """As dear as an opening, and every key opens often."""
    return X25519PrivateKey.from_private_bytes(private)


@lru_cache(4096)
def child(key: bytes, label: str, salt: bytes = b"") -> bytes:
    return HKDF(hashes.SHA256(), 32, salt or None, label.encode()).derive(key)


def unpadded(raw: bytes) -> bytes:
    return raw[4 : 4 + int.from_bytes(raw[:4], "big")]


def from_key(private: bytes, purpose: int, context: object, raw: bytes) -> bytes | None:
    """What was sealed to this private key for this purpose and place; None for anything else."""
    header, body = raw[:6], raw[6:]
    if header != b"GBVG" + bytes([1, purpose]):
        return None
    try:
        return SUITE.decrypt(body, loaded(private), info=packed([header, context]))
    except (InvalidTag, ValueError):
        return None


def from_envelope(key: bytes, purpose: int, context: object, raw: bytes) -> bytes | None:
    """What stands in an envelope under this key for this purpose and place."""
    header, nonce, body = raw[:70], raw[70:82], raw[82:]
    if header[:6] != b"GBV1" + bytes([1, purpose]):
        return None
    salt, commitment = header[6:38], header[38:70]
    if commitment != child(key, "commit", salt):
        return None
    try:
        plain = AESGCM(child(key, "encrypt", salt)).decrypt(nonce, body, packed([header, context]))
    except InvalidTag:
        return None
    return unpadded(plain)


def wrap(
    private: bytes, deployment: UUID, place: tuple[UUID, int, UUID], raw: bytes
) -> bytes | None:
    """A circle's secret out of a wrap at (circle, generation, member)."""
    return from_key(private, CIRCLE_SECRET, ("wrap", deployment, *place), raw)


def passed(secret: bytes, deployment: UUID, place: tuple, raw: bytes) -> bytes | None:
    """The secret of a circle whose agency has ended, with that of the circle it was sealed to.

    `place` is (agency, circle, generation) before, and the same after, as the row says.
    """
    context = ("succession", deployment, place[:3], place[3:])
    return from_key(child(secret, "circle exchange"), SUCCESSION, context, raw)


def bundle(secret: bytes, generation: int, place: tuple, raw: bytes) -> dict[tuple, bytes] | None:
    """Section keys by (section, generation) out of a bundle.

    `place` is (deployment, case, grant, agency, circle), as the row says.
    """
    context = (("grant", *place), generation)
    plain = from_key(child(secret, "circle exchange"), GRANT, context, raw)
    if plain is None:
        return None
    _tag, rows = read(unpadded(plain))
    return {(section, number): key for section, number, key in rows}


def revision(key: bytes, place: tuple, raw: bytes) -> str | None:
    """The text of a revision at its place, as the row says."""
    plain = from_envelope(key, REVISION, ("section", *place), raw)
    return None if plain is None else json.loads(plain)["text"]
