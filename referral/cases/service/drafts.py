"""Drafts: what somebody is typing, sealed under their own key, so that a time-out loses nothing."""

import json
from typing import Any

from sqlalchemy import select

from referral.audit.operation import operation
from referral.cases import policy
from referral.cases.model import Draft, DraftBody
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotPermitted
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.keys import keyring_of
from referral.vault.primitives import Purpose

LONGEST = 200_000


def _row(actor: Actor, place: str) -> Draft | None:
    query = select(Draft).where(Draft.member_id == actor.member_id, Draft.place == place)
    return session().scalars(query).one_or_none()


@operation(Permission.ACCOUNT_USE, policy.holds_keys, audited=False)
def save_draft(actor: Actor, subject: None, *, place: str, typed: dict[str, Any]) -> Draft:
    """Keep what has been typed at a place (`form` or `form:case id`), replacing what was kept."""
    if actor.member_id is None:
        raise NotPermitted("nobody types here")
    raw = json.dumps(typed, ensure_ascii=False).encode()
    if len(raw) > LONGEST:
        raise InvalidInput({"_schema": ["The text is too long. Shorten it."]})
    body = keyring_of(actor).seal_own(Purpose.DRAFT, place, raw)
    row = _row(actor, place)
    if row is None:
        row = Draft(id=new_id(), member_id=actor.member_id, place=place, saved_at=clock.now())
        session().add(row)
        session().flush()
        session().add(DraftBody(draft_id=row.id, body=body))
    else:
        row.saved_at = clock.now()
        kept = session().get(DraftBody, row.id)
        if kept is not None:
            kept.body = body
    session().flush()
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
