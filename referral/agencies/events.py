"""What happens to circles that rooms above want to hear of."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CircleRenewed:
    """Circles have a new key because somebody may hold the old one who should not."""

    circle_ids: tuple[UUID, ...]
