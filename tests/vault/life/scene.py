"""What one life of a case knows: the product's objects, and by which names the oracle goes."""

import random  # noqa: TID251 - seeded, so that a run that fails can be run again
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import NamedTuple
from uuid import UUID

from tests.vault.life.growing import Buried, GrowingAgency, GrowingFile, GrowingWorld
from tests.vault.life.oracle import Key, Oracle
from tests.vault.life.thief import Thief, Tried
from tests.vault.province import Person

MEMBERS = {
    "P1": {"officer", "lead"},
    "P2": {"lead"},
    "H1": {"nurse", "doctor"},
    "H2": {"doctor"},
    "S1": {"worker", "chief"},
}
AGENCY = {"P1": "police", "P2": "police", "H1": "hospital", "H2": "hospital", "S1": "social"}


class Body(NamedTuple):
    """A revision as it lay in the open once: the key that opens it, its place, bytes and text."""

    key: Key
    place: tuple
    sealed: bytes
    text: str


@dataclass
class Names:
    """By the oracle's names: the ids of sections, grants and consents, and their authors."""

    sections: dict[str, UUID] = field(default_factory=dict)
    newest: dict[str, Body] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)

    def copied(self) -> "Names":
        return Names(*(dict(getattr(self, part.name)) for part in fields(self)))


class Scene:
    """The installation, the case and the oracle of one life; `done` counts steps by kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = GrowingWorld()
        self.file = GrowingFile(self.world)
        self.oracle = Oracle(dict(AGENCY), {c: set(m) for c, m in MEMBERS.items()})
        self.names, self.tried = Names(), Tried()
        self.bodies: list[Body] = []
        self.thieves: dict[str, Thief] = {}
        self.shipped: set[Buried] = set()
        self.done: Counter[str] = Counter()
        self.count = 0
        for person in self.world.everybody:
            self._watch(person)

    def _watch(self, person: Person) -> None:
        """From now on somebody has this person's keys, each of them as it is made."""
        if person.name in self.thieves:
            self.thieves[person.name].privates.append(person.keys.exchange)
        else:
            self.thieves[person.name] = Thief(person.keys.exchange, self.tried)

    def _name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _any(self, things: Iterable[str]) -> str | None:
        found = sorted(things)
        return self.random.choice(found) if found else None

    @property
    def circles(self) -> list[str]:
        return sorted(self.oracle.is_now.members)

    def _id(self, circle: str) -> UUID:
        return self.world.circle(circle).circle_id

    def _someone(self, circle: str) -> Person:
        return self.world.person(min(self.oracle.is_now.members[circle]))

    def _agency(self, circle: str) -> GrowingAgency:
        return self.world.agencies[self.oracle.is_now.agency[circle]]
