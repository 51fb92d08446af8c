"""Cursor paging: stable under inserts, and no page number that tells how many there are."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from referral.kernel.errors import InvalidInput

Row = TypeVar("Row")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows and the cursor of the next page, None on the last."""

    rows: Sequence[Row]
    next_cursor: str | None


def encode_cursor(moment: datetime, row_id: UUID) -> str:
    """The place after a row sorted by (moment, id)."""
    raw = f"{moment.isoformat()}|{row_id}".encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[datetime, UUID]:
    """The place a cursor names; `InvalidInput` when it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, row_id = raw.split("|")
        at, place = datetime.fromisoformat(moment), UUID(row_id)
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidInput({"cursor": ["Not a valid page."]}) from error
    if at.utcoffset() != timedelta(0):  # ours are in UTC
        raise InvalidInput({"cursor": ["Not a valid page."]})
    return at, place
