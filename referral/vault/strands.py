"""Strands: what each agency in a case has signed, entry after entry.

An entry names its predecessor, the newest entry it saw of each other strand, the place of its
agency's directory log at which its author was a member, and the digests it speaks of.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.codec import Value, digest, pack, unpack
from referral.vault.directory import NO_ENTRY, AgencyDirectory, VerifiedMember, roles_in
from referral.vault.keys import Keyring

LABEL = "strand"
VERSION = 1
COSIGN_ROLES = frozenset({"supervisor", "commune_chair"})
"""Who takes responsibility for a legal basis: only their co-signature counts."""


@dataclass(frozen=True, slots=True)
class StrandEntry:
    """One signed statement of one agency about one case."""

    deployment: UUID
    case_id: UUID
    agency_id: UUID
    seq: int
    previous: bytes
    epoch: int
    heads: tuple[tuple[UUID, bytes], ...]
    directory_seq: int
    author_id: UUID
    at: datetime
    kind: str
    payload: tuple[Any, ...]

    def raw(self) -> bytes:
        """Canonical bytes, what the signature covers."""
        return pack((LABEL, VERSION, *(getattr(self, name) for name in StrandEntry.__slots__)))

    @classmethod
    @lru_cache(maxsize=2048)
    def read(cls, raw: bytes) -> "StrandEntry":
        """Inverse of `raw`; `NotVerified` for anything else. Each entry is decoded once a while."""
        fields: Any = unpack(raw)
        if not isinstance(fields, tuple) or len(fields) != 14 or fields[:2] != (LABEL, VERSION):
            raise NotVerified("not a strand entry")
        entry = cls(*fields[2:])
        if not entry.is_well_formed():
            raise NotVerified("not a strand entry")
        return entry

    def is_well_formed(self) -> bool:
        """Whether the fields that merging relies on are of their kinds, whoever signed them."""
        return (
            isinstance(self.at, datetime)
            and isinstance(self.directory_seq, int)
            and isinstance(self.payload, tuple)
            and isinstance(self.heads, tuple)
            and all(isinstance(head, tuple) and len(head) == 2 for head in self.heads)
        )


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """Canonical bytes and the author's Ed25519 signature, as stored."""

    raw: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """What later entries name."""
        return digest(self.raw + self.signature)


@dataclass(frozen=True, slots=True)
class StrandPlace:
    """Where the next entry of a strand goes."""

    case_id: UUID
    seq: int
    previous: bytes
    heads: Mapping[UUID, bytes]
    epoch: int


def write_entry(
    keyring: Keyring,
    place: StrandPlace,
    directory: AgencyDirectory,
    *,
    at: datetime,
    kind: str,
    payload: Value,
) -> SignedEntry:
    """The next entry of the actor's agency, signed with the actor's key."""
    if not isinstance(payload, tuple):
        raise TypeError("payload is a tuple")
    others = sorted((a, d) for a, d in place.heads.items() if a != keyring.agency_id)
    entry = StrandEntry(
        keyring.deployment,
        place.case_id,
        keyring.agency_id,
        place.seq,
        place.previous,
        place.epoch,
        tuple(others),
        directory.head_seq,
        keyring.member_id,
        at,
        kind,
        payload,
    )
    raw = entry.raw()
    return SignedEntry(raw, keyring.sign_as(LABEL, raw))


class Remembered:
    """Digests of entries whose signatures have been verified by this process.

    A digest covers canonical bytes and signature, so a remembered one needs no second check.
    """

    def __init__(self, limit: int = 200_000) -> None:
        self._limit = limit
        self._seen: dict[bytes, None] = {}

    def __contains__(self, entry_digest: bytes) -> bool:
        return entry_digest in self._seen

    def add(self, entry_digest: bytes) -> None:
        """Remember; the oldest is forgotten beyond the limit."""
        self._seen[entry_digest] = None
        if len(self._seen) > self._limit:
            self._seen.pop(next(iter(self._seen)))


def verify_entry(
    signed: SignedEntry,
    *,
    deployment: UUID,
    case_id: UUID,
    expected: tuple[UUID, int, bytes],
    directory: AgencyDirectory,
    remembered: Remembered,
) -> StrandEntry:
    """The entry, when it continues its strand and its author's signature holds.

    `expected` is (agency, sequence, digest of the previous entry).
    """
    entry = StrandEntry.read(signed.raw)
    if (entry.deployment, entry.case_id) != (deployment, case_id):
        raise NotVerified("entry of another case")
    if (entry.agency_id, entry.seq, entry.previous) != expected:
        raise NotVerified("entry does not continue its strand")
    directory.expect_strand(case_id, entry.seq, signed.digest)
    if signed.digest not in remembered:
        author = directory.member_at(entry.author_id, entry.directory_seq)
        _check_role(author, entry.kind)
        if directory.is_held(author.member_id, seq=entry.directory_seq, epoch=entry.epoch):
            raise NotVerified("its author waits to be confirmed since a backup was put in place")
        primitives.verify(author.signing_public, LABEL, signed.raw, signed.signature)
        remembered.add(signed.digest)
    return entry


def _check_role(author: VerifiedMember, kind: str) -> None:
    """By what the signed log says the author was at this place, whatever a row says today."""
    if not author.holds_keys:
        raise NotVerified("this role signs no strand")
    if kind == "basis_cosigned" and not roles_in(author.role) & COSIGN_ROLES:
        raise NotVerified("this role co-signs nothing")


def first_place(case_id: UUID, epoch: int) -> StrandPlace:
    """Where the first entry of a new case goes."""
    return StrandPlace(case_id, 1, NO_ENTRY, {}, epoch)
