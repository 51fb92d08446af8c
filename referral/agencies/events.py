"""What happens to agencies and circles that rooms above want to hear of."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from referral.vault.directory import Successor


@dataclass(frozen=True, slots=True)
class CircleRenewed:
    """Circles have a new key because somebody may hold the old one who should not."""

    circle_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class AgencyEnded:
    """An agency has ended; of each of its circles, who acts for it from now on."""

    agency_id: UUID
    successors: Mapping[UUID, Successor]
