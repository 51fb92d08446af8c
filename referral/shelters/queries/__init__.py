"""Reading places and stays. Rows of a site come out for the circle that works it, and only so."""

from referral.shelters.queries.availability import (
    FRESH_FOR,
    PlaceLine,
    is_fresh,
    places_near,
)
from referral.shelters.queries.board import Board, BoardBed, BoardCell, BoardRoom, board
from referral.shelters.queries.sites import (
    StayLine,
    stays_of,
    visible_site,
    visible_sites,
    visible_stay,
    visible_stays,
)

__all__ = [
    "FRESH_FOR",
    "Board",
    "BoardBed",
    "BoardCell",
    "BoardRoom",
    "PlaceLine",
    "StayLine",
    "board",
    "is_fresh",
    "places_near",
    "stays_of",
    "visible_site",
    "visible_sites",
    "visible_stay",
    "visible_stays",
]
