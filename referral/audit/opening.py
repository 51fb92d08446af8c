"""Opening the sealed details of entries, checked against the digest that each entry names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from referral.audit.queries import details_at
from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.vault.audit_chain import AuditRecord, detail_digest
from referral.vault.audit_detail import Coded, open_detail
from referral.vault.directory import NO_ENTRY
from referral.vault.keys import Keyring


class DetailState(StrEnum):
    """How a session sees the detail of an entry."""

    NONE = "none"
    OPEN = "open"
    SEALED = "sealed"
    MISSING = "missing"
    NOT_VERIFIED = "not_verified"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a detail says."""

    name: str
    values: tuple[Coded, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """What an entry says beyond its columns, as far as this session may open it."""

    state: DetailState
    facts: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)

    @property
    def lines(self) -> list[Fact]:
        """The facts one by one, in the order of their names."""
        return [Fact(name, self.facts[name]) for name in sorted(self.facts)]


def details_of(
    keyring: Keyring | None, records: Iterable[AuditRecord]
) -> dict[tuple[UUID, int], Detail]:
    """The detail of each record by its place, opened with this session's keys where they allow.

    A session without keys learns only whether there is one.
    """
    wanted = {(r.chain_id, r.seq): r for r in records}
    named = [place for place, r in wanted.items() if r.detail_digest != NO_ENTRY]
    bodies = details_at(named)
    return {place: _detail(keyring, r, bodies.get(place)) for place, r in wanted.items()}


def _detail(keyring: Keyring | None, record: AuditRecord, body: bytes | None) -> Detail:
    if body is None:
        is_none = record.detail_digest == NO_ENTRY
        return Detail(DetailState.NONE if is_none else DetailState.MISSING)
    if detail_digest(body) != record.detail_digest:
        return Detail(DetailState.NOT_VERIFIED)
    return Detail(DetailState.SEALED) if keyring is None else _opened(keyring, record, body)


def _opened(keyring: Keyring, record: AuditRecord, body: bytes) -> Detail:
    try:
        facts = open_detail(keyring, (record.chain_id, record.seq), body)
    except KeysMissing:
        return Detail(DetailState.SEALED)
    except (Unreadable, NotVerified):
        return Detail(DetailState.NOT_VERIFIED)
    return Detail(DetailState.OPEN, facts)
