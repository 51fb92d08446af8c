"""A form that is sent twice, by a second press or a lost answer, writes once.

Every such form carries a random mark (`FilledForm.once`). What it made the first time is found
again for 24 hours; a form without its mark, as a draft may be, is simply written.
"""

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
LONGEST: Final = 64


def write_once(actor: Actor, create: Callable[[], UUID]) -> UUID:
    """Run `create` in one transaction, or give the id that this very form made before."""
    mark = request.form.get(FIELD, "")[:LONGEST]
    if not mark:
        with db.unit_of_work():
            return create()
    asked = idempotency.attempt(
        keyring_of(actor),
        route=str(request.endpoint),
        key=mark,
        request=request.path.encode(),
    )
    try:
        return _write(asked, create)
    except TakenMeanwhile:
        return _write(asked, create)


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
