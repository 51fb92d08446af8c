"""What the chains tell of some objects, checked against the chains themselves.

The columns beside an entry are not asked: a writer could make them name another object. Each chain
is walked from before the objects were there to its head. Digests tie every entry to the next, so
that the newest one's signature holds all of them; those that are shown are verified one by one.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from referral.audit import queries
from referral.audit.model import AuditChain, AuditEntry
from referral.kernel import deployment
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import (
    LABEL,
    VERSION,
    AuditRecord,
    expect_signature,
)
from referral.vault.codec import pack
from referral.vault.directory import NO_ENTRY, SignedStatement

FRAME = 5
SLACK = timedelta(days=1)
"""Clocks of two hosts differ; an entry this much before the first may still come after it."""

Publics = Callable[[AuditRecord], Iterable[bytes]]


@dataclass
class Told:
    """Entries about the objects, newest first, and the chains that do not hold."""

    records: list[AuditRecord] = field(default_factory=list)
    broken: dict[UUID, str] = field(default_factory=dict)


def chains_about(object_ids: Collection[UUID]) -> set[UUID]:
    """The chains whose columns name one of the objects."""
    query = select(AuditEntry.chain_id).where(AuditEntry.object_id.in_(object_ids)).distinct()
    return set(session().scalars(query))


def told_of(
    object_ids: Collection[UUID],
    chain_ids: Collection[UUID],
    *,
    since: datetime,
    publics_of: Publics,
) -> Told:
    """What was done with the objects since they were made, by the chains named."""
    told = Told()
    for chain_id in sorted(set(chain_ids)):
        try:
            told.records += _walk(chain_id, object_ids, since - SLACK, publics_of)
        except NotVerified as error:
            told.broken[chain_id] = str(error)
    told.records.sort(key=lambda record: (record.at, record.seq), reverse=True)
    return told


def _walk(
    chain_id: UUID, object_ids: Collection[UUID], since: datetime, publics_of: Publics
) -> list[AuditRecord]:
    head = session().get(AuditChain, chain_id)
    if head is None:
        raise NotVerified("the chain is gone")
    start = _start(chain_id, since, head.seq)
    seq, previous = start - 1, _before(chain_id, start, since)
    here, wanted = deployment.current().id, [object_id.bytes for object_id in object_ids]
    found: list[AuditRecord] = []
    newest: SignedStatement | None = None
    with closing(queries.entries(chain_id, since=start)) as rows:
        for row in rows:
            seq += 1
            _expect_place(row.raw, pack_place(here, chain_id, seq, previous))
            newest = SignedStatement(row.raw, row.signature)
            previous = newest.digest
            if any(mark in row.raw for mark in wanted):
                found += _about(newest, object_ids, publics_of)
    if (seq, previous) != (head.seq, head.digest):
        raise NotVerified(f"chain ends at entry {seq}, its head says {head.seq}")
    if newest is not None:
        expect_signature(newest, publics_of)
    return found


def _start(chain_id: UUID, since: datetime, length: int) -> int:
    query = select(func.min(AuditEntry.seq)).where(
        AuditEntry.chain_id == chain_id, AuditEntry.at >= since
    )
    return session().scalar(query) or length + 1


def _before(chain_id: UUID, start: int, since: datetime) -> bytes:
    """The digest of the entry before `start`, which must have been made before `since`."""
    if start == 1:
        return NO_ENTRY
    query = select(AuditEntry.raw, AuditEntry.signature).where(
        AuditEntry.chain_id == chain_id, AuditEntry.seq == start - 1
    )
    row = session().execute(query).one_or_none()
    record = AuditRecord.read(row.raw) if row else None
    if row is None or record is None or (record.seq, record.at < since) != (start - 1, True):
        raise NotVerified(f"entry {start - 1} is not the one that it seems")
    return SignedStatement(row.raw, row.signature).digest


def pack_place(here: UUID, chain_id: UUID, seq: int, previous: bytes) -> bytes:
    """How the canonical bytes of the entry at this place begin, after the frame of the list."""
    return pack((LABEL, VERSION, here, chain_id, seq, previous))[FRAME:]


def _expect_place(raw: bytes, place: bytes) -> None:
    if raw[FRAME : FRAME + len(place)] != place:
        raise NotVerified("an entry does not follow from the one before")


def _about(
    statement: SignedStatement, object_ids: Collection[UUID], publics_of: Publics
) -> list[AuditRecord]:
    record = AuditRecord.read(statement.raw)
    if record.object_id not in object_ids:
        return []
    expect_signature(statement, publics_of)
    return [record]
