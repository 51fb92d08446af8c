"""What happens to members that rooms above want to hear of."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PassphraseChanged:
    """A member's keys stand under another passphrase; the one before opens nothing any more."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """Somebody left the agency; the circles that they were in have a new key."""

    member_id: UUID
    circle_ids: tuple[UUID, ...]
