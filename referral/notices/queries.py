"""Reading notices: the actor's own and those of the actor's circles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE
from referral.notices.kinds import NoticeKind
from referral.notices.model import Notice
from referral.vault.keys import Keyring


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a list shows it; `object_kind` and `object_id` say where it leads."""

    id: UUID
    kind: str
    object_kind: str
    object_id: UUID
    created_at: datetime
    is_read: bool

    def text(self, locale: str) -> str:
        """The notice in one of the two languages."""
        kind = NoticeKind(self.kind)
        return kind.label(locale)


def _visible(actor: Actor) -> Select[Notice]:
    circles = actor.keys.circle_ids if isinstance(actor.keys, Keyring) else frozenset()
    whole_circle = Notice.member_id.is_(None) & Notice.circle_id.in_(circles)
    return select(Notice).where((Notice.member_id == actor.member_id) | whole_circle)


def visible_notice(actor: Actor, notice_id: UUID) -> Notice:
    """One notice addressed to the actor; `NotFound` otherwise."""
    row = session().scalars(_visible(actor).where(Notice.id == notice_id)).one_or_none()
    if row is None:
        raise NotFound("no such notice")
    return row


def visible_notices(actor: Actor) -> list[NoticeLine]:
    """The actor's notices, unread ones first, then newest first; one page of them."""
    query = (
        _visible(actor)
        .order_by(Notice.read_at.is_not(None), Notice.created_at.desc(), Notice.id)
        .limit(PAGE_SIZE)
    )
    return [
        NoticeLine(
            row.id,
            row.kind,
            row.object_kind,
            row.object_id,
            row.created_at,
            row.read_at is not None,
        )
        for row in session().scalars(query)
    ]


def unread_count(actor: Actor) -> int:
    """How many notices wait to be read, for the sign in the frame."""
    unread = _visible(actor).where(Notice.read_at.is_(None)).subquery()
    return session().scalar(select(func.count()).select_from(unread)) or 0
