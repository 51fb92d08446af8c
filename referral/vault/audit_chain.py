"""Audit entries: canonical bytes, chained and signed. One chain an agency, and the system's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.codec import digest, pack, unpack
from referral.vault.directory import NO_ENTRY, SignedStatement

LABEL = "audit"
VERSION = 1


class Fault(StrEnum):
    """What was done to a chain, by name."""

    EDITED = "edited"
    FORGED = "forged"
    DELETED = "deleted"
    REORDERED = "re-ordered"
    TRUNCATED = "truncated"
    REPLACED = "replaced"


class ChainFault(NotVerified):
    """A chain does not hold: what was done to it, and at which entry."""

    def __init__(self, kind: Fault, seq: int, told: str) -> None:
        super().__init__(told)
        self.kind = kind
        self.seq = seq


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What one entry says. Times are UTC; `outcome` is done or refused."""

    deployment: UUID
    chain_id: UUID
    seq: int
    previous: bytes
    epoch: int
    at: datetime
    operation: str
    signer: str
    actor_id: UUID | None
    object_kind: str
    object_id: UUID | None
    outcome: str
    detail_digest: bytes

    def raw(self) -> bytes:
        """Canonical bytes."""
        return pack((LABEL, VERSION, *(getattr(self, name) for name in AuditRecord.__slots__)))

    @classmethod
    def read(cls, raw: bytes) -> "AuditRecord":
        """Inverse of `raw`; `NotVerified` for anything else."""
        fields: Any = unpack(raw)
        if not isinstance(fields, tuple) or len(fields) != 15 or fields[:2] != (LABEL, VERSION):
            raise NotVerified("not an audit entry")
        return cls(*fields[2:])


def detail_digest(sealed: bytes | None) -> bytes:
    """Digest by which an entry names its sealed detail; zeros for none."""
    return NO_ENTRY if sealed is None else digest(sealed)


def sign_record(record: AuditRecord, sign: Callable[[bytes], bytes]) -> SignedStatement:
    """The record with a signature over its canonical bytes."""
    raw = record.raw()
    return SignedStatement(raw, sign(raw))


def verify_chain(
    entries: Iterable[SignedStatement],
    *,
    deployment: UUID,
    chain_id: UUID,
    publics_of: Callable[[AuditRecord], Iterable[bytes]],
    passing: Callable[[AuditRecord, bytes], None] | None = None,
) -> tuple[int, bytes]:
    """Check a whole chain; gives (length, head digest), or `ChainFault` naming the sequence.

    `publics_of` gives the Ed25519 keys of which one must have signed an entry; `passing` is shown
    each entry that holds, with its digest. One entry is in memory at a time.
    """
    seq, head = 0, NO_ENTRY
    for entry in entries:
        record = _read_at(entry.raw, seq + 1)
        _check_place(record, (deployment, chain_id, seq + 1, head))
        if not any(_signed_by(public, entry) for public in publics_of(record)):
            told = f"signature does not hold at entry {seq + 1}"
            raise ChainFault(Fault.FORGED, seq + 1, told)
        seq, head = seq + 1, entry.digest
        if passing is not None:
            passing(record, head)
    return seq, head


def _read_at(raw: bytes, seq: int) -> AuditRecord:
    try:
        return AuditRecord.read(raw)
    except NotVerified as error:
        raise ChainFault(Fault.EDITED, seq, f"entry {seq} cannot be read") from error


def _check_place(record: AuditRecord, expected: tuple[UUID, UUID, int, bytes]) -> None:
    place = (record.deployment, record.chain_id, record.seq, record.previous)
    if place == expected:
        return
    seq = expected[2]
    if place[:2] != expected[:2]:
        raise ChainFault(Fault.FORGED, seq, f"chain breaks at entry {seq}: of another chain")
    if record.seq > seq:
        raise ChainFault(Fault.DELETED, seq, f"chain breaks at entry {seq}: it is missing")
    if record.seq < seq:
        raise ChainFault(Fault.REORDERED, seq, f"chain breaks at entry {seq}: an earlier one again")
    raise ChainFault(
        Fault.EDITED, seq - 1, f"chain breaks at entry {seq}: the one before it differs"
    )


def _signed_by(public: bytes, entry: SignedStatement) -> bool:
    try:
        primitives.verify(public, LABEL, entry.raw, entry.signature)
    except NotVerified:
        return False
    return True


def expect_signature(
    entry: SignedStatement, publics_of: Callable[[AuditRecord], Iterable[bytes]]
) -> None:
    """`ChainFault` unless one of the keys that may sign this entry has signed it."""
    record = AuditRecord.read(entry.raw)
    if not any(_signed_by(public, entry) for public in publics_of(record)):
        told = f"signature does not hold at entry {record.seq}"
        raise ChainFault(Fault.FORGED, record.seq, told)
