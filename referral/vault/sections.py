"""Section keys and revisions. A new revision uses the same section key with a fresh salt."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value, digest
from referral.vault.primitives import Purpose


@dataclass(frozen=True, slots=True)
class RevisionPlace:
    """Where a revision stands; rebuilt by the reader, never stored in the ciphertext."""

    deployment: UUID
    case_id: UUID
    section_id: UUID
    kind: str
    revision: int
    generation: int
    form_version: int
    author_id: UUID

    def context(self) -> Value:
        """Associated data of the envelope."""
        return ("section", *(getattr(self, name) for name in RevisionPlace.__slots__))


@dataclass(frozen=True, slots=True)
class SealedRevision:
    """A ciphertext and the two digests by which a strand vouches for it."""

    body: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the ciphertext."""
        return digest(self.body)

    @property
    def commitment(self) -> bytes:
        """Commitment to the key of this revision."""
        return primitives.commitment_in(self.body)


def new_section_key() -> bytes:
    """A fresh key for one generation of a section."""
    return primitives.random_key()


def seal_revision(key: bytes, place: RevisionPlace, content: dict[str, Any]) -> SealedRevision:
    """`content` (JSON values) as one padded ciphertext."""
    plaintext = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    body = primitives.seal(
        key, Purpose.SECTION_REVISION, place.context(), primitives.padded(plaintext)
    )
    return SealedRevision(body)


def open_revision(
    key: bytes, place: RevisionPlace, body: bytes, *, commitment: bytes
) -> dict[str, Any]:
    """The content; `NotVerified` when the body is not the one a strand committed to."""
    if primitives.commitment_in(body) != commitment:
        raise NotVerified("another key than the strand committed to")
    raw = primitives.unseal(key, Purpose.SECTION_REVISION, place.context(), body)
    content: Any = json.loads(primitives.unpadded(raw))
    if not isinstance(content, dict):
        raise Unreadable
    return content
