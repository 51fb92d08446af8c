"""A form that is sent twice, by a second press or a lost answer, writes once.

Every such form carries a random mark (`once` of `_macros/fields.html`). What it made the first
time is found again for 24 hours. A form without its mark, as a draft may be, is simply written;
so is one that was changed after going back to it.
"""

import json
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import request

from referral.audit import idempotency
from referral.audit.idempotency import TakenMeanwhile
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.vault.keys import keyring_of

FIELD: Final = "once"


def once_mark() -> str:
    """A new mark, or on a form that is shown again the one that it was sent with."""
    return request.form.get(FIELD) or secrets.token_hex()


def write_once(actor: Actor, create: Callable[[], UUID]) -> UUID:
    """Run `create` in one transaction, or give the id that this very form made before."""
    if not request.form.get(FIELD):
        with db.unit_of_work():
            return create()
    asked = _attempt(actor)
    try:
        return _write(asked, create)
    except TakenMeanwhile:
        return _write(asked, create)


def made_before(actor: Actor) -> UUID | None:
    """The id that this very form made before, for whoever cannot even begin to write it again."""
    return idempotency.made_before(_attempt(actor)) if request.form.get(FIELD) else None


def _attempt(actor: Actor) -> idempotency.Attempt:
    return idempotency.attempt(
        keyring_of(actor),
        route=str(request.endpoint),
        key=json.dumps(sorted((n, v) for n, v in request.form.lists() if n != "csrf_token")),
        request=request.path.encode(),
    )


def _write(asked: idempotency.Attempt, create: Callable[[], UUID]) -> UUID:
    with db.unit_of_work():
        db.begin_write()
        before = idempotency.made_before(asked)
        if before is not None:
            return before
        row = idempotency.claim(asked)
        made = create()
        idempotency.complete(row, object_id=made, status=HTTPStatus.CREATED)
        return made
