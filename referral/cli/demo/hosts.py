"""Where people can stay in the demo: trusted addresses, rooms of communes, institutions.

Places are known by the name of a plant, never by an address. Host households have no account; the
shelter keepers of the agency in `managed_by` work them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ShelterArea:
    """The code name of a shelter circle, and the districts from which it takes people in."""

    name_vi: str
    name_en: str
    districts: frozenset[str]
    site_class: str


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A room with its beds. One household has a room to itself. A cot is for a small child."""

    name: str
    beds: int
    step_free: bool = False
    cots: int = 0


@dataclass(frozen=True, slots=True)
class DemoSite:
    """A place to stay. `takes` is out of women, children, boys_to_12, boys_over_12, men, animals.

    The register of places has no word for `boys_to_12`: it stands in the list alone.
    """

    slug: str
    code_name: str
    kind: str  # host_home, commune_room or institution
    unit_code: str
    managed_by: str
    rooms: tuple[DemoRoom, ...]
    takes: frozenset[str]
    open_at_night: bool = True
    host_name: str | None = None

    @property
    def beds(self) -> int:
        """All places to sleep."""
        return sum(room.beds for room in self.rooms)

    @property
    def is_step_free(self) -> bool:
        """Whether one of its rooms is reached without a step."""
        return any(room.step_free for room in self.rooms)

    @property
    def accepts(self) -> list[str]:
        """What the register of places says of it."""
        also = {"step_free": self.is_step_free, "night": self.open_at_night}
        return sorted(
            (self.takes - {"boys_to_12"}) | {name for name, holds in also.items() if holds}
        )


@dataclass(frozen=True, slots=True)
class Reserved:
    """A room of a site that a story needs: from a first night to a day of leaving."""

    site: str
    room: int
    first: date
    last: date


def sites_in(rows: Iterable[Mapping[str, str]]) -> tuple[DemoSite, ...]:
    """The sites of a list. A room is `name:beds` or `name:beds+cots`; a star: step-free."""
    return tuple(
        DemoSite(
            slug=row["slug"],
            code_name=row["code_name"],
            kind=row["kind"],
            unit_code=row["unit_code"],
            managed_by=row["managed_by"],
            rooms=tuple(map(_room, row["rooms"].split("|"))),
            takes=frozenset(row["takes"].split()),
            open_at_night=row["open_at_night"] == "yes",
            host_name=row["host_name"] or None,
        )
        for row in rows
    )


def _room(text: str) -> DemoRoom:
    name, places = text.split(":")
    beds, _, cots = places.rstrip("*").partition("+")
    return DemoRoom(name, int(beds), step_free=places.endswith("*"), cots=int(cots or 0))
