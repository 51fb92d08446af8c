"""Life of a member's account."""

from enum import StrEnum


class MemberState(StrEnum):
    """Invited has a code; enrolled has keys and waits to be confirmed; active; removed."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    ACTIVE = "active"
    REMOVED = "removed"


MEMBER = {
    (MemberState.INVITED, "enrol"): MemberState.ENROLLED,
    (MemberState.ENROLLED, "confirm"): MemberState.ACTIVE,
    (MemberState.INVITED, "renew"): MemberState.INVITED,
    (MemberState.ENROLLED, "renew"): MemberState.INVITED,
    (MemberState.ACTIVE, "renew"): MemberState.INVITED,
    (MemberState.INVITED, "remove"): MemberState.REMOVED,
    (MemberState.ENROLLED, "remove"): MemberState.REMOVED,
    (MemberState.ACTIVE, "remove"): MemberState.REMOVED,
}
