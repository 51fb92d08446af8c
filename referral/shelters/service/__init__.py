"""Operations of those who keep a place, one function a verb of the field."""

from referral.shelters.service.blocks import block_bed, unblock_bed
from referral.shelters.service.holds import (
    HOLD_LASTS,
    confirm_stay,
    hold_beds,
    release_expired_holds,
    release_stay,
)
from referral.shelters.service.log import OpenedNote, OpenedStay, read_stay, write_stay_note
from referral.shelters.service.sites import (
    OpenedSite,
    close_site,
    confirm_places,
    open_site,
    read_site,
    register_site,
)
from referral.shelters.service.stays import check_in, check_out

__all__ = [
    "HOLD_LASTS",
    "OpenedNote",
    "OpenedSite",
    "OpenedStay",
    "block_bed",
    "check_in",
    "check_out",
    "close_site",
    "confirm_places",
    "confirm_stay",
    "hold_beds",
    "open_site",
    "read_site",
    "read_stay",
    "register_site",
    "release_expired_holds",
    "release_stay",
    "unblock_bed",
    "write_stay_note",
]
