"""The few primitives everything else is built of. Not for use outside the vault.

Suite 1: HKDF-SHA256 (RFC 5869), AES-256-GCM with key commitment, HPKE base mode
X25519/HKDF-SHA256/AES-256-GCM (RFC 9180), Ed25519 (RFC 8032). The suite byte reserves 2 for the
hybrid post-quantum KEM; an unknown one fails closed.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault.codec import Value, pack

SUITE = 1
KEY_SIZE = 32
_SEALED = b"GBV1"
_SHORTEST = 82 + 16
_TO_KEY = b"GBVG"
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_SHA256 = hashes.SHA256()


class Purpose(IntEnum):
    """What a ciphertext is for; part of its header and of its context. Numbers never change."""

    SECTION_REVISION = 1
    MEMBER_KEYS = 2
    SESSION = 3
    CIRCLE_SECRET = 4
    GRANT = 5
    RELEASE = 6
    SUMMARY = 7
    CARD = 8
    DRAFT = 9
    SECOND_FACTOR = 10
    AUDIT_DETAIL = 11
    FACT = 12
    SITE = 13
    STAY = 14
    ROOT_KEY = 15
    SERVER_KEY = 16
    CODE_SHEET = 17
    BACKUP = 18
    PARKED_SESSION = 19
    CONFIRMED_HEADS = 30
    RECOVERY_KIT = 20
    SUCCESSION = 21
    PUT_AWAY = 22
    CHANNEL = 31
    DRAWER = 32


def random_key() -> bytes:
    """32 random bytes."""
    return secrets.token_bytes(KEY_SIZE)


def derive(key: bytes, label: str, *, salt: bytes = b"", size: int = KEY_SIZE) -> bytes:
    """HKDF-SHA256 child of `key` for one labelled use."""
    return HKDF(_SHA256, size, salt or None, label.encode()).derive(key)


def padded(plaintext: bytes) -> bytes:
    """Length-prefixed and zero-filled to 512 bytes, 1, 2, 4 … KiB, so that size tells little."""
    need = len(plaintext) + 4
    size = 512
    while size < need:
        size *= 2
    return len(plaintext).to_bytes(4, "big") + plaintext + bytes(size - need)


def unpadded(raw: bytes) -> bytes:
    """What `padded` was given."""
    size = int.from_bytes(raw[:4], "big")
    if len(raw) < 512 or size > len(raw) - 4:
        raise Unreadable
    return raw[4 : 4 + size]


def commitment_of(key: bytes, salt: bytes) -> bytes:
    """32 bytes that only this key and salt give: AES-GCM alone does not commit to its key."""
    return derive(key, "commit", salt=salt)


@dataclass(frozen=True, repr=False, slots=True)
class Child:
    """What is derived of a key by one salt: it commits to the key, and encrypts."""

    salt: bytes
    commitment: bytes
    cipher: AESGCM


def child_of(key: bytes, salt: bytes) -> Child:
    """The child of `key` by this salt; with a random one for each envelope it is used once."""
    cipher = AESGCM(derive(key, "encrypt", salt=salt))
    return Child(salt, commitment_of(key, salt), cipher)


def seal(key: bytes, purpose: Purpose, context: Value, plaintext: bytes) -> bytes:
    """Encrypt under a fresh child of `key`, bound to `purpose` and `context`.

    Layout: `GBV1` | suite | purpose | salt 32 | commitment 32 | nonce 12 | ciphertext and tag.
    The context is not stored: the reader rebuilds it from where the row stands.
    """
    return seal_under(child_of(key, secrets.token_bytes(32)), purpose, context, plaintext)


def seal_under(child: Child, purpose: Purpose, context: Value, plaintext: bytes) -> bytes:
    """As `seal`, under a child that others share: at most 2^32 in its life (random nonces)."""
    nonce = secrets.token_bytes(12)
    header = _header_of(child, purpose)
    return header + nonce + child.cipher.encrypt(nonce, plaintext, pack([header, context]))


def unseal(key: bytes, purpose: Purpose, context: Value, raw: bytes) -> bytes:
    """Decrypt what `seal` made with the same key, purpose and context; else `Unreadable`."""
    if len(raw) < _SHORTEST:
        raise Unreadable
    return unseal_under(child_of(key, salt_in(raw)), purpose, context, raw)


def unseal_under(child: Child, purpose: Purpose, context: Value, raw: bytes) -> bytes:
    """Decrypt what `seal_under` made with the same child, purpose and context."""
    header = _header_of(child, purpose)
    return _decrypt(child, header, pack([header, context]), raw)


def opener_under(
    child: Child, purpose: Purpose, place: Sequence[Value]
) -> Callable[[bytes, bytes], bytes]:
    """`unseal_under` for many objects whose contexts differ in the id alone, which stands last.

    Takes the 16 bytes of an id, and its envelope.
    """
    header = _header_of(child, purpose)
    before = pack([header, (*place, UUID(int=0))])[: -len(UUID(int=0).bytes)]
    return lambda object_id, raw: _decrypt(child, header, before + object_id, raw)


def _header_of(child: Child, purpose: Purpose) -> bytes:
    return _SEALED + bytes([SUITE, purpose]) + child.salt + child.commitment


def _decrypt(child: Child, header: bytes, bound: bytes, raw: bytes) -> bytes:
    if len(raw) < _SHORTEST or not hmac.compare_digest(raw[:70], header):
        raise Unreadable
    try:
        return child.cipher.decrypt(raw[70:82], raw[82:], bound)
    except InvalidTag:
        raise Unreadable from None


def salt_in(raw: bytes) -> bytes:
    """The salt that a sealed envelope carries in its header."""
    return raw[6:38]


def commitment_in(raw: bytes) -> bytes:
    """The key commitment that a sealed envelope carries in its header."""
    return raw[38:70]


def seal_to(public: bytes, purpose: Purpose, context: Value, plaintext: bytes) -> bytes:
    """HPKE-seal to an X25519 public key. Layout: `GBVG` | suite | purpose | HPKE output.

    The one-shot API takes no associated data, so the context is bound through `info`.
    """
    header = _TO_KEY + bytes([SUITE, purpose])
    key = X25519PublicKey.from_public_bytes(public)
    return header + _HPKE.encrypt(plaintext, key, info=pack([header, context]))


def unseal_with(private: bytes, purpose: Purpose, context: Value, raw: bytes) -> bytes:
    """Open what `seal_to` made for this private key, purpose and context; else `Unreadable`."""
    header, body = raw[:6], raw[6:]
    if header != _TO_KEY + bytes([SUITE, purpose]) or len(body) < 48:
        raise Unreadable
    try:
        key = X25519PrivateKey.from_private_bytes(private)
        return _HPKE.decrypt(body, key, info=pack([header, context]))
    except (InvalidTag, ValueError):
        raise Unreadable from None


def exchange_public(private: bytes) -> bytes:
    """Public half of an X25519 private key."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def signing_public(private: bytes) -> bytes:
    """Public half of an Ed25519 private key."""
    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, label: str, message: bytes) -> bytes:
    """Ed25519 signature, 64 bytes, over the labelled message."""
    key = Ed25519PrivateKey.from_private_bytes(private)
    return key.sign(pack([label, message]))


def verify(public: bytes, label: str, message: bytes, signature: bytes) -> None:
    """`NotVerified` unless `signature` is `sign`'s for this public key, label and message."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, pack([label, message]))
    except (InvalidSignature, ValueError):
        raise NotVerified("signature does not hold") from None
