"""Who can open what, in names, sets and minutes: told what was done, never what came of it.

Nothing of the product is imported. A *copy* is a section key of one epoch, sealed to one generation
of a circle: it opens for whoever ever held that generation, for as long as it lies in the open, and
what was once opened stays known.
"""

from dataclasses import dataclass, field
from datetime import datetime

MOVES_WITH_CUSTODY = {"identity", "needs", "safe_contact"}
Key = tuple[str, int]
Held = tuple[str, int]


@dataclass
class Agreed:
    """A consent, or a legal basis, as the people in the room would remember it."""

    to_circle: str | None
    to_agency: str
    kinds: set[str]
    until: datetime
    sign_by: datetime | None = None
    signed: bool = False
    withdrawn: bool = False

    def stands(self, now: datetime) -> bool:
        in_time = self.sign_by is None or self.signed or now < self.sign_by
        return not self.withdrawn and now < self.until and in_time


@dataclass
class Shared:
    """What one circle gave another."""

    giver_agency: str
    receiver: str
    section: str
    because: list[Agreed]
    waiting: bool
    ended: bool = False


@dataclass
class Copy:
    """A section key sealed to a generation of a circle; `share` is None for one's own."""

    key: Key
    to: Held
    share: str | None


@dataclass
class Oracle:
    """The whole truth of one life of a case."""

    agency: dict[str, str]
    members: dict[str, set[str]]
    generation: dict[str, int] = field(default_factory=dict)
    held: dict[Held, set[str]] = field(default_factory=dict)
    kind: dict[str, str] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)
    kept_by: dict[str, set[str]] = field(default_factory=dict)
    epoch: dict[str, int] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    alive: set[str] = field(default_factory=set)
    agreed: dict[str, Agreed] = field(default_factory=dict)
    shared: dict[str, Shared] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    ever: dict[str, set[Key]] = field(default_factory=dict)
    custodian: str = "P1"

    def __post_init__(self) -> None:
        for circle, members in self.members.items():
            self.generation[circle] = 1
            self.held[circle, 1] = set(members)

    # What is so.

    def lives(self, share: Shared, now: datetime) -> bool:
        kind = self.kind[share.section]
        return not share.ended and any(a.stands(now) and kind in a.kinds for a in share.because)

    def circle_reads(self, circle: str, section: str, now: datetime) -> bool:
        return circle in self.kept_by[section] or any(
            s.receiver == circle and s.section == section and not s.waiting and self.lives(s, now)
            for s in self.shared.values()
        )

    def person_reads(self, person: str, section: str, now: datetime) -> bool:
        return any(
            self.circle_reads(circle, section, now)
            for circle, members in self.members.items()
            if person in members
        )

    def reasons(self, giver: str, to: str, section: str, now: datetime) -> list[Agreed]:
        """Consents are heard by the police, who give themselves nothing on their own word."""
        if self.agency[to] == "police" != self.agency[giver]:
            return []
        return [
            a
            for a in self.agreed.values()
            if a.stands(now)
            and a.to_agency == self.agency[to]
            and a.to_circle in (None, to)
            and self.kind[section] in a.kinds
        ]

    def notice(self, now: datetime) -> None:
        """At this moment everybody copies the database and opens what they can, for good.

        A share that has died since the last moment leaves its section stale.
        """
        living = {name for name, share in self.shared.items() if self.lives(share, now)}
        self.stale |= {self.shared[name].section for name in self.alive - living}
        self.alive = living
        for copy in self.copies:
            share = self.shared.get(copy.share) if copy.share else None
            if share is None or (not share.waiting and self.lives(share, now)):
                for person in self.held[copy.to]:
                    self.ever.setdefault(person, set()).add(copy.key)

    # What is done.

    def _seal(self, section: str, circle: str, share: str | None) -> None:
        to = (circle, self.generation[circle])
        self.copies.append(Copy((section, self.epoch[section]), to, share))

    def written(self, section: str, circle: str, kind: str) -> None:
        self.kind[section], self.holder[section] = kind, circle
        self.kept_by[section], self.epoch[section] = {circle}, 1
        self._seal(section, circle, None)

    def edited(self, section: str, now: datetime) -> None:
        if section not in self.stale:
            return
        self.stale.discard(section)
        self.epoch[section] += 1
        for circle in self.kept_by[section]:
            self._seal(section, circle, None)
        for name, share in self.shared.items():
            if share.section == section and self.lives(share, now):
                self._seal(section, share.receiver, name)

    def gave(self, name: str, share: Shared) -> None:
        self.shared[name] = share
        self._seal(share.section, share.receiver, name)

    def ended(self, name: str) -> None:
        self.shared[name].ended = True

    def custody(self, to: str) -> None:
        giver, self.custodian = self.custodian, to
        for section, kind in self.kind.items():
            if self.holder[section] == giver and kind in MOVES_WITH_CUSTODY:
                self.holder[section] = to
                self.kept_by[section].add(to)
                self._seal(section, to, None)

    def joined(self, person: str, circle: str) -> None:
        """Older generations go with it: what was sealed before is read too."""
        self.members[circle].add(person)
        for held, people in self.held.items():
            if held[0] == circle:
                people.add(person)

    def rotated(self, circle: str) -> None:
        self.generation[circle] += 1
        self.held[circle, self.generation[circle]] = set(self.members[circle])

    def left(self, person: str, now: datetime) -> None:
        """New keys for the circles, and at the next edit for whatever these could open."""
        for circle in [c for c, members in self.members.items() if person in members]:
            self.members[circle].discard(person)
            self.rotated(circle)
            self.stale |= {s for s in self.kind if self.circle_reads(circle, s, now)}
