"""What happens to notices that rooms above want to hear of."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NoticePosted:
    """A circle, one member of it, or one member of no circle should look at an object."""

    notice_id: UUID
    kind: str
    object_kind: str
    object_id: UUID
    circle_id: UUID | None
    member_id: UUID | None
