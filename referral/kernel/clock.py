"""The only source of time. A demo shifts it; tests travel with the system clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """Time of this installation: a shift (demo only) and the zone in which dates are meant."""

    def __init__(self) -> None:
        self.shift = timedelta(0)
        self.zone = ZoneInfo("Asia/Ho_Chi_Minh")

    def configure(self, *, shift: timedelta = timedelta(0), zone: str = "Asia/Ho_Chi_Minh") -> None:
        """Set once by the composition root from the deployment row and the settings."""
        self.shift = shift
        self.zone = ZoneInfo(zone)

    def travel(self, moment: datetime) -> None:
        """Make `moment` the present: for the loader of a demo, which writes a past year."""
        self.shift = moment - self.unshifted()

    def now(self) -> datetime:
        """The present moment, aware, UTC, to the microsecond."""
        return datetime.now(UTC) + self.shift  # noqa: TID251 - this is the one place

    def unshifted(self) -> datetime:
        """The real moment even in a demo, for codes that a phone computes (RFC 6238)."""
        return datetime.now(UTC)  # noqa: TID251 - a phone knows nothing of the demo's clock

    def today(self) -> date:
        """The present local date."""
        return self.now().astimezone(self.zone).date()

    def local(self, moment: datetime) -> datetime:
        """`moment` in the installation's zone."""
        return moment.astimezone(self.zone)


clock = Clock()


def now() -> datetime:
    """The present moment (UTC)."""
    return clock.now()


def today() -> date:
    """The present local date."""
    return clock.today()


def local(moment: datetime) -> datetime:
    """`moment` in the installation's zone."""
    return clock.local(moment)
