"""Life of a case: a report of violence first, a case once she has been met."""

from enum import StrEnum


class CaseState(StrEnum):
    """Reported by somebody; open once she is met; closed with a reason, and open again."""

    REPORTED = "reported"
    OPEN = "open"
    CLOSED = "closed"


CASE = {
    (CaseState.REPORTED, "meet"): CaseState.OPEN,
    (CaseState.OPEN, "close"): CaseState.CLOSED,
    (CaseState.CLOSED, "reopen"): CaseState.OPEN,
}

PURPOSES = ("support", "shelter", "statistics")
"""What a consent may be given for."""

LEGAL_REASONS = ("danger_to_life", "mandatory_report")
"""Why the law allows sharing without her consent; codes of the form `legal_basis`."""
