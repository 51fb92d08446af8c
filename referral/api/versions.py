"""ETags of sections: `"{section id}-{revision}"` (RFC 9110, 8.8.3; RFC 6585, 3)."""

from uuid import UUID

from flask import request

from referral.kernel.errors import VersionConflict, VersionMissing


def etag_of(section_id: UUID, revision: int) -> str:
    """The strong tag of one revision, quoted."""
    return f'"{section_id}-{revision}"'


def expected_revision(section_id: UUID) -> int:
    """The revision that If-Match names for this section.

    `VersionMissing` without one (`*` names none); `VersionConflict` when only others are named.
    """
    tags = [tag for tag in request.if_match if tag]
    if not tags:
        raise VersionMissing
    for tag in tags:
        head, _, number = tag.rpartition("-")
        if head == str(section_id) and number.isascii() and number.isdigit() and len(number) < 10:
            return int(number)
    raise VersionConflict("section")
