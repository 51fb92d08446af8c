"""Reading the chains back: for the auditor's page and for verification."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_

from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody
from referral.audit.trail import REFUSED
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor


def chains() -> Sequence[AuditChain]:
    """All chains."""
    return session().scalars(select(AuditChain).order_by(AuditChain.id)).all()


def entries(chain_id: UUID, *, since: int = 1) -> Generator[Row[Any]]:
    """The columns of a chain's entries in order, five hundred at a time.

    Close it when stopping before the end.
    """
    query = select(AuditEntry.__table__).where(
        AuditEntry.chain_id == chain_id, AuditEntry.seq >= since
    )
    query = query.order_by(AuditEntry.seq).execution_options(yield_per=500)
    with closing(session().execute(query)) as rows:
        yield from rows


def entries_with_details(chain_id: UUID) -> Generator[Row[Any]]:
    """`entries`, each with the sealed detail that stands beside it (None for none)."""
    query = (
        select(AuditEntry.__table__, AuditEntryBody.body)
        .outerjoin(AuditEntryBody, AuditEntryBody.entry_id == AuditEntry.id)
        .where(AuditEntry.chain_id == chain_id)
        .order_by(AuditEntry.seq)
        .execution_options(yield_per=500)
    )
    with closing(session().execute(query)) as rows:
        yield from rows


def details_at(places: Iterable[tuple[UUID, int]]) -> Mapping[tuple[UUID, int], bytes]:
    """The sealed details that stand at some places of the chains, in one query."""
    wanted = list(places)
    if not wanted:
        return {}
    query = (
        select(AuditEntry.chain_id, AuditEntry.seq, AuditEntryBody.body)
        .join(AuditEntryBody, AuditEntryBody.entry_id == AuditEntry.id)
        .where(tuple_(AuditEntry.chain_id, AuditEntry.seq).in_(wanted))
    )
    return {(row.chain_id, row.seq): row.body for row in session().execute(query)}


def count_refused(kind: str, object_id: UUID, since: datetime) -> int:
    """How often something about this object was refused since a moment."""
    query = select(func.count(AuditEntry.id)).where(
        AuditEntry.object_id == object_id,
        AuditEntry.object_kind == kind,
        AuditEntry.outcome == REFUSED,
        AuditEntry.at > since,
    )
    return session().scalar(query) or 0


def visible_entries(actor: Actor, *, cursor: str | None = None) -> Page[AuditEntry]:
    """The actor's own agency's entries, newest first."""
    query = select(AuditEntry).where(AuditEntry.chain_id == actor.agency_id)
    if cursor:
        at, entry_id = decode_cursor(cursor)
        query = query.where(
            (AuditEntry.at < at) | ((AuditEntry.at == at) & (AuditEntry.id < entry_id))
        )
    query = query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(PAGE_SIZE + 1)
    rows = session().scalars(query).all()
    more = len(rows) > PAGE_SIZE
    rows = rows[:PAGE_SIZE]
    return Page(rows, encode_cursor(rows[-1].at, rows[-1].id) if more else None)


def visible_head(actor: Actor) -> tuple[int, bytes]:
    """How many entries the actor's own agency's chain has, and the digest of the newest."""
    row = session().get(AuditChain, actor.agency_id) if actor.agency_id else None
    if row is None:
        raise NotFound("no chain")
    return row.seq, row.digest
