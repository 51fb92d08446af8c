"""Life of a member's account."""

from enum import StrEnum


class MemberState(StrEnum):
    """Invited has a code; enrolled has keys and waits to be confirmed; active; removed.

    Barred: had been removed when a backup of before was put in place, to be removed again.
    """

    INVITED = "invited"
    ENROLLED = "enrolled"
    ACTIVE = "active"
    REMOVED = "removed"
    BARRED = "barred"


MEMBER = {
    (MemberState.INVITED, "enrol"): MemberState.ENROLLED,
    (MemberState.ENROLLED, "confirm"): MemberState.ACTIVE,
    (MemberState.INVITED, "renew"): MemberState.INVITED,
    (MemberState.ENROLLED, "renew"): MemberState.INVITED,
    (MemberState.ACTIVE, "renew"): MemberState.INVITED,
    (MemberState.INVITED, "remove"): MemberState.REMOVED,
    (MemberState.ENROLLED, "remove"): MemberState.REMOVED,
    (MemberState.ACTIVE, "remove"): MemberState.REMOVED,
    (MemberState.ACTIVE, "hold"): MemberState.ENROLLED,
    (MemberState.INVITED, "bar"): MemberState.BARRED,
    (MemberState.ENROLLED, "bar"): MemberState.BARRED,
    (MemberState.ACTIVE, "bar"): MemberState.BARRED,
    (MemberState.BARRED, "remove"): MemberState.REMOVED,
}
