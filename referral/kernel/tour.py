"""The guided tour of a demo: which story touches whom, kept in a file beside the demo's keys.

Only the loader of a demo writes it, and only a demo reads it: elsewhere there is no tour.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from referral.kernel import deployment
from referral.kernel.instance import instance

TOUR_FILE = "demo-tour.json"


@dataclass(frozen=True, slots=True)
class Stop:
    """A story as the tour shows it: neutral words, and the objects that it may lead to.

    Ids are texts, as in the file, the one worth opening first. `username` is of a member who sees
    the most of it; without an object to open, the stop is where figures are.
    """

    name: str
    title_vi: str
    title_en: str
    line_vi: str
    line_en: str
    case_ids: tuple[str, ...] = ()
    referral_ids: tuple[str, ...] = ()
    agency_ids: tuple[str, ...] = ()
    username: str = ""

    def title(self, locale: str) -> str:
        """What it is called."""
        return self.title_en if locale == "en" else self.title_vi

    def line(self, locale: str) -> str:
        """What happened."""
        return self.line_en if locale == "en" else self.line_vi

    def touches(self, agency_id: UUID | None) -> bool:
        """Whether the agency acts in it."""
        return str(agency_id) in self.agency_ids


def keep_tour(stops: Sequence[Stop]) -> None:
    """Write the tour, in its order."""
    rows = [asdict(stop) for stop in stops]
    instance.write(TOUR_FILE, json.dumps(rows, ensure_ascii=False, indent=1).encode())


def stops() -> list[Stop]:
    """The tour of this demo; nothing where it is none, whatever the file says."""
    if not deployment.current().is_demo:
        return []
    raw = instance.read(TOUR_FILE)
    rows = [] if raw is None else json.loads(raw)
    return [Stop(**{name: _kept(value) for name, value in row.items()}) for row in rows]


def _kept(value: Any) -> Any:
    """A list of JSON as it was written from."""
    return tuple(value) if isinstance(value, list) else value
