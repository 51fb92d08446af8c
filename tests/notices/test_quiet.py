"""Quiet hours end when they say, over midnight too."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from referral.notices.quiet import USUAL, Hours

HUE = ZoneInfo("Asia/Ho_Chi_Minh")


def _at(hour, minute=0, day=25):
    return datetime(2024, 11, day, hour, minute, tzinfo=HUE)


@pytest.mark.parametrize(
    ("hours", "moment", "ends"),
    [
        (USUAL, _at(20, 59), None),
        (USUAL, _at(21), _at(6, day=26)),
        (USUAL, _at(23, 59), _at(6, day=26)),
        (USUAL, _at(0), _at(6)),
        (USUAL, _at(5, 59), _at(6)),
        (USUAL, _at(6), None),
        (Hours(12, 14), _at(13, 30), _at(14)),
        (Hours(12, 14), _at(14), None),
        (Hours(8, 8), _at(8), None),
    ],
)
def test_quiet_hours_hold_from_their_first_minute_until_their_end(hours, moment, ends):
    assert hours.ends_at(moment.astimezone(UTC), HUE) == ends
