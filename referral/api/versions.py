"""ETags of sections and of roles: `"{id}-{revision}"` (RFC 9110, 8.8.3; RFC 6585, 3)."""

from typing import Final
from uuid import UUID

from flask import request

from referral.kernel.errors import VersionConflict, VersionMissing

IF_MATCH: Final = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "The ETag of the revision that was changed.",
}


def etag_of(object_id: UUID, revision: int) -> str:
    """The strong tag of one revision, quoted."""
    return f'"{object_id}-{revision}"'


def expected_revision(object_id: UUID) -> int:
    """The revision that If-Match names for this section, or this member's roles.

    `VersionMissing` without one (`*` names none); `VersionConflict` when only others are named.
    """
    tags = [tag for tag in request.if_match if tag]
    if not tags:
        raise VersionMissing
    for tag in tags:
        head, _, number = tag.rpartition("-")
        if head == str(object_id) and number.isascii() and number.isdigit() and len(number) < 10:
            return int(number)
    raise VersionConflict("revision")
