"""Life of a site, and of a stay from the first hold to the day she leaves."""

from enum import StrEnum


class SiteState(StrEnum):
    """Open takes people in; closed does not any more."""

    OPEN = "open"
    CLOSED = "closed"


SITE = {
    (SiteState.OPEN, "close"): SiteState.CLOSED,
    (SiteState.CLOSED, "open"): SiteState.OPEN,
}


class StayState(StrEnum):
    """Held runs out by itself; confirmed waits for her; arrived; left. Released and lapsed: no."""

    HELD = "held"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    LEFT = "left"
    RELEASED = "released"
    LAPSED = "lapsed"


STAY = {
    (StayState.HELD, "confirm"): StayState.CONFIRMED,
    (StayState.HELD, "release"): StayState.RELEASED,
    (StayState.HELD, "lapse"): StayState.LAPSED,
    (StayState.CONFIRMED, "release"): StayState.RELEASED,
    (StayState.CONFIRMED, "check_in"): StayState.ARRIVED,
    (StayState.ARRIVED, "check_out"): StayState.LEFT,
}
OPEN_STATES = (StayState.HELD, StayState.CONFIRMED, StayState.ARRIVED)
NOTED_STATES = frozenset({*OPEN_STATES, StayState.LEFT})
"""A note may come late, but not about a stay that never was."""
