"""`Idempotency-Key`: a create that is sent again is answered with what it made the first time."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import UUID

from flask import json, request

from referral.api.gate import current_actor
from referral.audit import idempotency
from referral.audit.idempotency import Attempt, TakenMeanwhile
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.vault.keys import keyring_of

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
PARAMETER: Final = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    "description": "A random text of the client's choice. The same request sent again within 24 "
    "hours creates nothing and is answered with the object as it is now.",
}

Created = TypeVar("Created")


def create_once(
    create: Callable[[], Created],
    again: Callable[[UUID], Created],
    *,
    object_id: Callable[[Created], UUID],
) -> Created:
    """Run `create` in one transaction, or read `again` what it made before.

    `again` goes through the normal operation, so that a replay shows no more than may be seen now.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with db.unit_of_work():
            return create()
    asked = _attempt(key)
    try:
        return _create(asked, create, again, object_id)
    except TakenMeanwhile:
        return _create(asked, create, again, object_id)


def _create(
    asked: Attempt,
    create: Callable[[], Created],
    again: Callable[[UUID], Created],
    object_id: Callable[[Created], UUID],
) -> Created:
    with db.unit_of_work():
        db.begin_write()
        before = idempotency.made_before(asked)
        if before is not None:
            return again(before)
        row = idempotency.claim(asked)
        made = create()
        idempotency.complete(row, object_id=object_id(made), status=HTTPStatus.CREATED)
        return made


def _attempt(key: str) -> Attempt:
    if not 0 < len(key) <= LONGEST or not key.isascii() or not key.isprintable():
        raise InvalidInput({HEADER: ["This value cannot be taken."]})
    asked: Any = [request.method, request.path, request.get_json(silent=True)]
    return idempotency.attempt(
        keyring_of(current_actor()),
        route=str(request.endpoint),
        key=key,
        request=json.dumps(asked, sort_keys=True).encode(),
    )
