"""Drafts: what somebody is typing, sealed under their own key, so that a time-out loses nothing."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import Delete

from referral.audit.operation import anyone, operation
from referral.cases import policy
from referral.cases.draft_life import TOLD_BEFORE, draft_life
from referral.cases.model import Draft, DraftBody
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotPermitted
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.model import Notice
from referral.notices.service import tell
from referral.vault.keys import keyring_of
from referral.vault.primitives import Purpose

LONGEST = 200_000
BATCH = 500


def _row(actor: Actor, place: str) -> Draft | None:
    """Locked: whoever saves it at the moment in which a job would delete it keeps it."""
    query = select(Draft).where(Draft.member_id == actor.member_id, Draft.place == place)
    return session().scalars(query.with_for_update()).one_or_none()


@operation(Permission.ACCOUNT_USE, policy.holds_keys, audited=False)
def save_draft(actor: Actor, subject: None, *, place: str, typed: dict[str, Any]) -> Draft:
    """Keep what has been typed at a place (`form` or `form:case id`), replacing what was kept."""
    if actor.member_id is None:
        raise NotPermitted("nobody types here")
    raw = json.dumps(typed, ensure_ascii=False).encode()
    if len(raw) > LONGEST:
        raise InvalidInput({"_schema": ["The text is too long. Shorten it."]})
    body = keyring_of(actor).seal_own(Purpose.DRAFT, place, raw)
    row = _row(actor, place) or _begun(actor, place)
    row.saved_at = clock.now()
    kept = session().get(DraftBody, row.id)
    if kept is None:
        session().add(DraftBody(draft_id=row.id, body=body))
    else:
        kept.body = body
    session().flush()
    return row


def _begun(actor: Actor, place: str) -> Draft:
    """A new draft, or that which the browser has begun by itself in this very instant."""
    row = Draft(id=new_id(), member_id=actor.member_id, place=place, saved_at=clock.now())
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        found = _row(actor, place)
        if found is None:  # and dropped again
            raise
        return found
    return row


@operation(Permission.ACCOUNT_USE, policy.holds_keys, audited=False)
def read_draft(actor: Actor, subject: None, *, place: str) -> dict[str, Any]:
    """What was kept at this place; empty when nothing was."""
    row = _row(actor, place)
    kept = session().get(DraftBody, row.id) if row is not None else None
    if kept is None:
        return {}
    raw = keyring_of(actor).open_own(Purpose.DRAFT, place, kept.body)
    typed: dict[str, Any] = json.loads(raw)
    return typed


@operation(Permission.ACCOUNT_USE, policy.holds_keys, audited=False)
def discard_draft(actor: Actor, subject: None, *, place: str) -> None:
    """Forget what was kept at this place: it has been written where it belongs."""
    row = _row(actor, place)
    if row is not None:
        session().delete(row)
        session().flush()


@operation(Permission.JOB_RUN, anyone)
def purge_drafts(actor: Actor, subject: None) -> int:
    """Delete drafts that nobody has touched for long, a week after telling their writers; how many.

    By their headers: a job has no right on what was typed. Nothing goes without that week, however
    late the notice was; saving a draft once more begins anew.
    """
    done = _delete(delete(Draft).where(_untouched(), _is_told(before=TOLD_BEFORE)))
    due = (
        select(Draft)
        .where(_untouched(but=TOLD_BEFORE), ~_is_told())
        .order_by(Draft.saved_at, Draft.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = session().scalars(due).all()
    for row in rows:
        tell(row.member_id, NoticeKind.DRAFT_ENDS, "draft", row.id)
    standing = exists().where(Draft.id == Notice.object_id, Draft.saved_at < Notice.created_at)
    about = Notice.kind == NoticeKind.DRAFT_ENDS
    return done + len(rows) + _delete(delete(Notice).where(about, ~standing))


def _untouched(*, but: timedelta = timedelta(0)) -> ColumnElement[bool]:
    return Draft.saved_at <= clock.now() - draft_life.kept + but


def _is_told(*, before: timedelta | None = None) -> ColumnElement[bool]:
    """Whether its writer has been told of its end since it was last saved, so long ago at least.

    Without `before` at any time, were it ahead of a clock that was put back: nobody is told twice.
    """
    told = exists().where(
        Notice.object_id == Draft.id,
        Notice.kind == NoticeKind.DRAFT_ENDS,
        Notice.created_at > Draft.saved_at,
    )
    return told if before is None else told.where(Notice.created_at <= clock.now() - before)


def _delete(statement: Delete) -> int:
    result = session().execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0
