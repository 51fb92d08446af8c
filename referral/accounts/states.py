"""Life of a member's account."""

from enum import StrEnum


class MemberState(StrEnum):
    """Invited has a code; enrolled has keys and waits to be confirmed; active."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    ACTIVE = "active"


MEMBER = {
    (MemberState.INVITED, "enrol"): MemberState.ENROLLED,
    (MemberState.ENROLLED, "confirm"): MemberState.ACTIVE,
}
