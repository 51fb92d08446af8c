"""The entries of a directory log as bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.codec import digest, pack, unpack

LABEL = "directory"
VERSION = 1
NO_ENTRY = bytes(32)


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """Canonical bytes and the signature over them, as stored."""

    raw: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """What the next entry names as its predecessor."""
        return digest(self.raw + self.signature)


@dataclass(frozen=True, slots=True)
class Statement:
    """One entry of the log, before it is believed."""

    deployment: UUID
    agency_id: UUID
    seq: int
    previous: bytes
    kind: str
    at: datetime
    author_id: UUID | None
    payload: tuple[Any, ...]

    def raw(self) -> bytes:
        """Canonical bytes, what the signature covers."""
        return pack(
            (
                LABEL,
                VERSION,
                self.deployment,
                self.agency_id,
                self.seq,
                self.previous,
                self.kind,
                self.at,
                self.author_id,
                self.payload,
            )
        )

    @classmethod
    def read(cls, raw: bytes) -> "Statement":
        """Inverse of `raw`; `NotVerified` for anything else."""
        fields: Any = unpack(raw)
        if not isinstance(fields, tuple) or len(fields) != 10 or fields[:2] != (LABEL, VERSION):
            raise NotVerified("not a directory entry")
        return cls(*fields[2:])


def is_roots(raw: bytes) -> bool:
    """Whether an entry names no member as its author: only the root signs such ones."""
    try:
        return Statement.read(raw).author_id is None
    except (NotVerified, ValueError, TypeError):
        return False
