"""What ended agencies' circles passed to a circle, sealed anew to its newest key.

Without it the end of an older key of the successor would end the way to all that it took over.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from referral.agencies import directory
from referral.agencies.model import CircleSuccession, CircleSuccessionBody
from referral.agencies.rewrapping import KeysInHand, Shelf
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotPermitted, NotVerified, Unreadable
from referral.vault.boxes import seal_to_successor


def _behind(circle_id: UUID, newest: int) -> Select[Any]:
    return select(CircleSuccession.id).where(
        CircleSuccession.heir_circle_id == circle_id, CircleSuccession.heir_generation < newest
    )


def _reseal(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    rows = session().execute(
        select(CircleSuccession, CircleSuccessionBody)
        .join(CircleSuccessionBody, CircleSuccessionBody.succession_id == CircleSuccession.id)
        .where(CircleSuccession.id.in_(ids))
    )
    return sum(_reseal_one(keys, row, body) for row, body in rows.all())


def _reseal_one(keys: KeysInHand, row: CircleSuccession, body: CircleSuccessionBody) -> bool:
    """Only what opens to the very key that the ended agency's log states."""
    try:
        secret = keys.keyring.circle(row.circle_id, row.generation)
        body.body = seal_to_successor(directory.directory_of(row.agency_id), secret, keys.stated)
    except (KeysMissing, NotPermitted, NotVerified, Unreadable):
        return False
    row.heir_generation = keys.stated.generation
    return True


SHELVES = (Shelf("passed keys", CircleSuccession.id, _behind, _reseal),)
