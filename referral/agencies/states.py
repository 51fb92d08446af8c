"""Life of an agency."""

from enum import StrEnum


class AgencyState(StrEnum):
    """Listed has no members yet; pending waits for the root; live takes part; ended has heirs."""

    LISTED = "listed"
    PENDING = "pending"
    LIVE = "live"
    ENDED = "ended"


AGENCY = {
    (AgencyState.LISTED, "invite"): AgencyState.PENDING,
    (AgencyState.PENDING, "found"): AgencyState.LIVE,
    (AgencyState.LIVE, "end"): AgencyState.ENDED,
}


class CirclePurpose(StrEnum):
    """What a circle is for: work on cases, places of shelter, or the province's figures."""

    CASES = "cases"
    SHELTER = "shelter"
    STATISTICS = "statistics"
