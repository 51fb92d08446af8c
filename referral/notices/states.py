"""Life of a letter: one notice on its way to one address of one member."""

from enum import StrEnum


class LetterState(StrEnum):
    """Pending waits for its moment; sending is under way, or was cut off; the others are final.

    Dropped: what it was about is over, or it is not for this member any more.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


S = LetterState
LETTER = {
    (S.PENDING, "take"): S.SENDING,
    (S.PENDING, "drop"): S.DROPPED,
    (S.SENDING, "arrive"): S.SENT,
    (S.SENDING, "put_back"): S.PENDING,
    (S.SENDING, "fail"): S.FAILED,
}
SETTLED = (S.SENT, S.FAILED, S.DROPPED)
