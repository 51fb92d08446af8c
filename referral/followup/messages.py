"""What this room says when it refuses: one fixed list, in English, translated at the edge."""

from enum import StrEnum


class Message(StrEnum):
    """Every refusal, worded as what to do next."""

    NEXT_IS_PAST = "Choose today or a later day for the next follow-up."
    MET_IS_AHEAD = "Choose today or an earlier day: only what has been done is recorded."
