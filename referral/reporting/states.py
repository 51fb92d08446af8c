"""Life of an edition."""

from enum import StrEnum


class EditionState(StrEnum):
    """Draft waits for a second person; approved may be shown and exported."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"


EDITION = {
    (EditionState.DRAFT, "approve"): EditionState.APPROVED,
    (EditionState.DRAFT, "reject"): EditionState.REJECTED,
}
