"""How long a draft that nobody touches is kept, and how long before its end its writer is told."""

from datetime import datetime, timedelta
from typing import Final

TOLD_BEFORE: Final = timedelta(days=7)


class DraftLife:
    """The installation's limit; set by the composition root."""

    def __init__(self) -> None:
        self.kept = timedelta(days=30)

    def configure(self, kept: timedelta) -> None:
        """Take the installation's limit."""
        self.kept = kept

    def until(self, saved_at: datetime) -> datetime:
        """Until when a draft stays at least, unless it is saved again."""
        return saved_at + self.kept


draft_life = DraftLife()
