"""What happens to members that rooms above want to hear of."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PassphraseChanged:
    """The record that an old passphrase opened is gone: a new passphrase, or new keys."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """Somebody left the agency; the circles that they were in have a new key."""

    member_id: UUID
    circle_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CaseWorkEnded:
    """Somebody has other roles now, with which they look after no case."""

    member_id: UUID


@dataclass(frozen=True, slots=True)
class ReenrolmentBegun:
    """A member's keys are lost: what is sealed to them alone opens to nobody any more."""

    member_id: UUID
