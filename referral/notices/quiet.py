"""Quiet hours: local hours in which only what cannot wait goes out. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    """From one full local hour until another, over midnight where it is the earlier one."""

    from_hour: int
    until_hour: int

    def holds(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether a moment lies in them."""
        return self.ends_at(moment, zone) is not None

    def ends_at(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """When they are over, in UTC, for a moment in them; None for one that is not."""
        local = moment.astimezone(zone)
        length = (self.until_hour - self.from_hour) % 24
        since = (local.hour - self.from_hour) % 24
        if since >= length:
            return None
        hour = local.replace(minute=0, second=0, microsecond=0)
        return (hour + timedelta(hours=length - since)).astimezone(UTC)


USUAL = Hours(21, 6)
"""Of whoever has chosen no others."""
