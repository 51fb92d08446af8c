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
    "hours creates nothing and is answered with the object as it is now. Passed over where the "
    "body has an `id`, which does the same for good.",
}

MADE_BEFORE: Final = "It was made under this `id` before, by the same request."

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
    return create_as(None, create, again, object_id=object_id)[0]


def create_as(
    made_as: UUID | None,
    create: Callable[[], Created],
    again: Callable[[UUID], Created],
    *,
    object_id: Callable[[Created], UUID],
) -> tuple[Created, int]:
    """The same where the client may have made the id, which then is the key, for good.

    With the status: 201, and 200 for what stood under that id already.
    """
    key = made_as or request.headers.get(HEADER)
    if key is None:
        with db.unit_of_work():
            return create(), HTTPStatus.CREATED
    asked = _attempt(key)
    try:
        made, is_new = _create(asked, create, again, object_id)
    except TakenMeanwhile:
        made, is_new = _create(asked, create, again, object_id)
    return made, HTTPStatus.CREATED if is_new or made_as is None else HTTPStatus.OK


def _create(
    asked: Attempt,
    create: Callable[[], Created],
    again: Callable[[UUID], Created],
    object_id: Callable[[Created], UUID],
) -> tuple[Created, bool]:
    with db.unit_of_work():
        db.begin_write()
        before = idempotency.made_before(asked)
        if before is not None:
            return again(before), False
        row = idempotency.claim(asked)
        made = create()
        idempotency.complete(row, object_id=object_id(made), status=HTTPStatus.CREATED)
        return made, True


def _attempt(key: str | UUID) -> Attempt:
    if isinstance(key, str) and not _is_key(key):
        raise InvalidInput({HEADER: ["This value cannot be taken."]})
    asked: Any = [request.method, request.path, request.get_json(silent=True)]
    return idempotency.attempt(
        keyring_of(current_actor()),
        route=str(request.endpoint),
        key=key,
        request=json.dumps(asked, sort_keys=True).encode(),
    )


def _is_key(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isascii() and text.isprintable()
