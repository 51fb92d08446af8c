"""Reading cases. `visible_cases` is the only door: what a circle was granted, and no more."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, type_coerce
from sqlalchemy.orm import aliased

from referral.cases.draft_life import draft_life
from referral.cases.drawers import card_opener_of
from referral.cases.model import Card, CardBody, CaseFile, Draft, Grant, SharingBasis
from referral.kernel.actor import Actor
from referral.kernel.db import IdBytes, session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from referral.kernel.permissions import Permission
from referral.vault.keys import Keyring, keyring_of


@dataclass(frozen=True)
class CaseLine:
    """A case as a list shows it: code, state, and what its card says to this circle."""

    id: UUID
    code: str
    state: str
    state_at: datetime
    opened_at: datetime
    is_custodian: bool
    card: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_danger(self) -> bool:
        """Whether the newest report that opens to this circle says that there is danger now."""
        return self.card.get("immediate_danger") == "yes"


RECENT = 1000
"""Of so many of the newest cases a page is looked for first."""


def circles_of(actor: Actor) -> frozenset[UUID]:
    """The circles in whose name the actor reads cases: an administrator has keys, but no case."""
    if Permission.CASE_READ not in actor.permissions or not isinstance(actor.keys, Keyring):
        return frozenset()
    return actor.keys.circle_ids


def _given(actor: Actor) -> Select[UUID]:
    """The cases of which the actor's circles hold a grant now."""
    return select(Grant.case_id).where(
        Grant.receiver_circle_id.in_(circles_of(actor)),
        Grant.ended_at.is_(None),
        Grant.is_pending.is_(False),
    )


def visible(actor: Actor) -> Select[CaseFile]:
    """Every case that the actor may know of: what `visible_cases` lists."""
    return select(CaseFile).where(_given(actor).where(Grant.case_id == CaseFile.id).exists())


def case_is_known(case_id: UUID, circle_id: UUID) -> bool:
    """Whether a circle was given any of the case, and not only asked."""
    given = select(Grant.id).where(
        Grant.case_id == case_id,
        Grant.receiver_circle_id == circle_id,
        Grant.ended_at.is_(None),
        Grant.is_pending.is_(False),
    )
    return session().scalars(given.limit(1)).first() is not None


def visible_case(actor: Actor, case_id: UUID) -> CaseFile:
    """One case that the actor may know of; `NotFound` otherwise."""
    row = session().scalars(visible(actor).where(CaseFile.id == case_id)).one_or_none()
    if row is None:
        raise NotFound("no such case")
    return row


def is_visible(actor: Actor, case_id: UUID) -> bool:
    """Whether the actor may know of a case now, for a page that goes on from a step taken in it."""
    wanted = visible(actor).where(CaseFile.id == case_id)
    return session().scalars(wanted).one_or_none() is not None


def codes_among(actor: Actor, case_ids: Collection[UUID]) -> dict[UUID, str]:
    """The codes of those of these cases that the actor may know of; nothing of them is opened."""
    if not case_ids:
        return {}
    found = visible(actor).where(CaseFile.id.in_(case_ids))
    rows = session().execute(found.with_only_columns(CaseFile.id, CaseFile.code))
    return {row.id: row.code for row in rows}


def visible_cases(
    actor: Actor, *, states: Sequence[str] = (), cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[CaseLine]:
    """The actor's cases, newest first, each with its card opened."""
    wanted: list[ColumnElement[bool]] = []
    if states:
        wanted.append(CaseFile.state.in_(states))
    if cursor:
        at, case_id = decode_cursor(cursor)
        wanted.append(
            (CaseFile.opened_at < at) | ((CaseFile.opened_at == at) & (CaseFile.id < case_id))
        )
    rows = _newest(actor, wanted, size + 1)
    more, rows = len(rows) > size, rows[:size]
    lines = _lines(actor, rows)
    return Page(lines, encode_cursor(rows[-1].opened_at, rows[-1].id) if more else None)


def _newest(actor: Actor, wanted: Sequence[ColumnElement[bool]], size: int) -> Sequence[CaseFile]:
    """The newest of the actor's cases.

    A circle of many has them among the newest of all, one of few has few to sort: so neither
    waits for the province to be looked through.
    """
    newest_first = (CaseFile.opened_at.desc(), CaseFile.id.desc())
    recent = select(CaseFile).where(*wanted).order_by(*newest_first).limit(RECENT).subquery()
    near = aliased(CaseFile, recent)
    # A scalar, for PostgreSQL would look up every grant of the circle to join them.
    given = _given(actor).where(Grant.case_id == near.id).limit(1).scalar_subquery()
    among = select(near).where(given.is_not(None)).order_by(near.opened_at.desc(), near.id.desc())
    rows = session().scalars(among.limit(size)).all()
    if len(rows) == size:
        return rows
    every = visible(actor).where(*wanted).order_by(*newest_first).limit(size)
    return session().scalars(every).all()


def lines_of(actor: Actor, case_ids: Sequence[UUID]) -> dict[UUID, CaseLine]:
    """Lines of some cases, those the actor may know of."""
    rows = session().scalars(visible(actor).where(CaseFile.id.in_(set(case_ids)))).all()
    return {line.id: line for line in _lines(actor, rows)}


def _lines(actor: Actor, rows: Sequence[CaseFile]) -> list[CaseLine]:
    cards = _cards(actor, [row.id for row in rows])
    keyring = keyring_of(actor) if rows else None
    return [
        CaseLine(
            row.id,
            row.code,
            row.state,
            row.state_at,
            row.opened_at,
            keyring is not None and keyring.holds(row.custodian_circle_id),
            cards.get(row.id, {}),
        )
        for row in rows
    ]


def _cards(actor: Actor, case_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    if not case_ids:
        return {}
    keyring = keyring_of(actor)
    rows = session().execute(
        select(
            type_coerce(Card.case_id, IdBytes),
            Card.circle_id,
            Card.circle_generation,
            CardBody.body,
        )
        .join(CardBody, CardBody.card_id == Card.id)
        .where(Card.case_id.in_(case_ids), Card.circle_id.in_(keyring.circle_ids))
    )
    opened = card_opener_of(keyring)
    said = ((row[0], opened(*row)) for row in rows)
    return {UUID(bytes=case_id): json.loads(raw) for case_id, raw in said if raw}


def visible_bases(actor: Actor, case: CaseFile) -> Sequence[SharingBasis]:
    """Consents and legal bases of a case as workflow rows, newest first.

    The custodian's circle sees all; another only those it recorded, and those that name it.
    """
    circles = circles_of(actor)
    query = (
        select(SharingBasis)
        .where(SharingBasis.case_id == case.id)
        .order_by(SharingBasis.recorded_at.desc(), SharingBasis.id)
    )
    if case.custodian_circle_id not in circles:
        ours = keyring_of(actor).agency_ids if circles else {actor.agency_id}
        query = query.where(
            SharingBasis.recorded_by_agency_id.in_(ours)
            | SharingBasis.recipient_agency_id.in_(ours)
            | SharingBasis.recipient_circle_id.in_(circles)
        )
    return session().scalars(query).all()


@dataclass(frozen=True, slots=True)
class DraftLine:
    """An unfinished form: where, when it was saved, and until when it stays at least."""

    place: str
    saved_at: datetime

    @property
    def kept_until(self) -> datetime:
        """Then it is deleted, unless it is saved again."""
        return draft_life.until(self.saved_at)


def visible_drafts(actor: Actor) -> list[DraftLine]:
    """The actor's own unfinished forms, newest first."""
    query = select(Draft).where(Draft.member_id == actor.member_id).order_by(Draft.saved_at.desc())
    return [DraftLine(row.place, row.saved_at) for row in session().scalars(query)]


def draft_ends(draft_id: UUID, told_at: datetime) -> bool:
    """Whether a draft whose writer was told of its end is there still, as it stood then."""
    row = session().get(Draft, draft_id)
    return row is not None and row.saved_at < told_at
