"""What this room refuses beyond the rules that every room shares."""

from referral.kernel.errors import StateConflict


class BedTaken(StateConflict):
    """Somebody has the bed on one of the nights; `code` names the bed and nothing else does."""

    def __init__(self, code: str) -> None:
        super().__init__("taken", "claim")
        self.code = code


class RoomTaken(BedTaken):
    """Another household has the room on one of the nights; `code` names the room."""
