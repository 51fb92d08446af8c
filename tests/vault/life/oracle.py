"""Who can open what, in names, sets and minutes: told what was done, never what came of it.

Nothing of the product is imported. A *copy* is one key of a section, sealed to one key of a circle:
it opens for whoever ever held that, for as long as it lies in the open, and what was once opened
stays known. Keys go by numbers that are never used twice, whatever is restored.

Two promises are kept here rather than compared: nothing is sealed to a key that somebody has who
was removed, and nothing is written under one that somebody has who may not read it any more.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

MOVES_WITH_CUSTODY = {"identity", "needs", "safe_contact"}
Key = tuple[str, int]
Held = tuple[str, int]


@dataclass
class Agreed:
    """A consent, or a legal basis, as the people in the room would remember it."""

    heard_by: str
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

    giver: str
    receiver: str
    section: str
    because: list[Agreed]
    waiting: bool
    ended: bool = False


@dataclass
class Copy:
    """A section key sealed to a key of a circle; `share` is None for one's own."""

    key: Key
    to: Held
    share: str | None


@dataclass
class Present:
    """What is so in the installation, and so again when a copy of it is put back."""

    agency: dict[str, str]
    members: dict[str, set[str]]
    keys: dict[str, list[int]] = field(default_factory=dict)
    enrolled: dict[str, int] = field(default_factory=dict)
    heir: dict[str, str] = field(default_factory=dict)
    families: dict[str, set[str]] = field(default_factory=dict)
    passed: dict[Held, Held] = field(default_factory=dict)
    kind: dict[str, str] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)
    kept_by: dict[str, set[str]] = field(default_factory=dict)
    epoch: dict[str, int] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)
    agreed: dict[str, Agreed] = field(default_factory=dict)
    shared: dict[str, Shared] = field(default_factory=dict)
    copies: list[Copy] = field(default_factory=list)
    custodian: str = "P1"


class Oracle:
    """The whole truth of one life of a case; `is_now` goes back with a restore, the rest never."""

    def __init__(self, agency: dict[str, str], members: dict[str, set[str]]) -> None:
        self.is_now = Present(agency, members)
        self.held: dict[Held, set[str]] = {}
        self.ever: dict[str, set[Key]] = {}
        self.newest: dict[str, int] = {}
        """Of a circle or a person: the number of their newest key, whatever was restored since."""
        self.over: set[str] = set()
        """Grants, consents and memberships that have ended."""
        self.undone: set[str] = set()
        """Who was admitted in a time that was lost, and not removed in it."""
        self.reads: set[tuple[str, str]] = set()
        """(circle, section) at the last look."""
        self._numbers = 0
        for circle, people in members.items():
            self.founded(circle, agency[circle], people)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    # What is so.

    def lives(self, name: str, now: datetime) -> bool:
        share = self.is_now.shared[name]
        kind = self.is_now.kind[share.section]
        return not share.ended and any(a.stands(now) and kind in a.kinds for a in share.because)

    def reads_at(self, now: datetime) -> set[tuple[str, str]]:
        """(circle, section) of all that may be read."""
        kept = {(c, section) for section, circles in self.is_now.kept_by.items() for c in circles}
        given = {
            (share.receiver, share.section)
            for name, share in self.is_now.shared.items()
            if not share.waiting and self.lives(name, now)
        }
        return kept | given

    def readers(self, section: str) -> set[str]:
        """Who may read a section since the last look, and has a passphrase that opens."""
        circles = {circle for circle, read in self.reads if read == section}
        people = {p for circle in circles for p in self.is_now.members[circle]}
        return people - self.locked()

    def acting(self, circle: str) -> str:
        """The circle itself, or the last of those that succeeded it."""
        while circle in self.is_now.heir:
            circle = self.is_now.heir[circle]
        return circle

    def line(self, circle: str) -> set[str]:
        """A circle and all for which it acts."""
        return {known for known in self.is_now.agency if self.acting(known) == circle}

    def family(self, circle: str) -> set[str]:
        """The agency of a circle, and those that it succeeds."""
        agency = self.is_now.agency[circle]
        return {agency} | self.is_now.families.get(agency, set())

    def reasons(self, giver: str, to: str, section: str, now: datetime) -> list[Agreed]:
        """What she agreed to for the receiver or one it succeeds, and not by its own word alone."""
        line = {(self.is_now.agency[circle], circle) for circle in self.line(to)}
        named = line | {(agency, None) for agency, _ in line}
        own_word = self.family(to) - self.family(giver)
        return [
            a
            for a in self.is_now.agreed.values()
            if a.stands(now)
            and (a.to_agency, a.to_circle) in named
            and a.heard_by not in own_word
            and self.is_now.kind[section] in a.kinds
        ]

    def locked(self) -> set[str]:
        """Who has a passphrase that a restore does not know, and is to be enrolled anew."""
        return {p for p, number in self.is_now.enrolled.items() if self.newest[p] != number}

    def outworn(self) -> set[str]:
        """Circles whose key had been changed by the time that was lost."""
        return {c for c in self.is_now.members if self.is_now.keys[c][-1] != self.newest[c]}

    # The look that everybody takes after each step.

    def notice(self, now: datetime) -> None:
        """At this moment everybody copies the database and opens what they can, for good.

        A share that has died since the last moment leaves its section stale.
        """
        shared = self.is_now.shared
        dead = {name for name in shared if not self.lives(name, now)}
        self.is_now.stale |= {shared[name].section for name in dead - self.over}
        self.over |= dead
        self._pass_keys()
        for copy in self.is_now.copies:
            if copy.share is None or not (copy.share in dead or shared[copy.share].waiting):
                for person in self.held[copy.to]:
                    self.ever.setdefault(person, set()).add(copy.key)
        self.reads = self.reads_at(now)

    def _pass_keys(self) -> None:
        """Whoever has the key of a circle has those that were passed to it, and those before."""
        for before, after in reversed(self.is_now.passed.items()):
            self.held[before] |= self.held[after]

    # What is done with the case.

    def _seal(self, section: str, circle: str, share: str | None) -> None:
        to = (circle, self.is_now.keys[circle][-1])
        assert not self.held[to] & self.over, "sealed to a key that somebody has who left"
        self.is_now.copies.append(Copy((section, self.is_now.epoch[section]), to, share))

    def written(self, section: str, circle: str, kind: str) -> None:
        self.is_now.kind[section], self.is_now.holder[section] = kind, circle
        self.is_now.kept_by[section] = {circle}
        self.is_now.epoch[section] = self._number()
        self._seal(section, circle, None)

    def edited(self, section: str, now: datetime) -> None:
        if section in self.is_now.stale:
            self._rekeyed(section, now)
        key = (section, self.is_now.epoch[section])
        knowing = {person for person, keys in self.ever.items() if key in keys}
        left_out = knowing - self.readers(section) - self.undone
        assert not left_out, "written under a key of somebody who may not read it any more"

    def _rekeyed(self, section: str, now: datetime) -> None:
        self.is_now.stale.discard(section)
        self.is_now.epoch[section] = self._number()
        for circle in self.is_now.kept_by[section]:
            self._seal(section, circle, None)
        for name, share in self.is_now.shared.items():
            if share.section == section and self.lives(name, now):
                self._seal(section, share.receiver, name)

    def gave(self, name: str, share: Shared) -> None:
        self.is_now.shared[name] = share
        self._seal(share.section, share.receiver, name)

    def ended(self, name: str) -> None:
        self.is_now.shared[name].ended = True

    def withdrawn(self, name: str) -> None:
        self.is_now.agreed[name].withdrawn = True
        self.over.add(name)

    def custody(self, to: str) -> None:
        giver, self.is_now.custodian = self.is_now.custodian, to
        for section, kind in self.is_now.kind.items():
            if self.is_now.holder[section] == giver and kind in MOVES_WITH_CUSTODY:
                self.is_now.holder[section] = to
                self.is_now.kept_by[section].add(to)
                self._seal(section, to, None)

    # What is done with people and circles.

    def founded(self, circle: str, agency: str, people: set[str]) -> None:
        self.is_now.agency[circle] = agency
        self.is_now.members[circle] = set(people)
        self.is_now.keys[circle] = []
        self._new_key(circle)
        for person in people - self.is_now.enrolled.keys():
            self.is_now.enrolled[person] = self.newest[person] = self._number()

    def _new_key(self, circle: str) -> None:
        number = self.newest[circle] = self._number()
        self.is_now.keys[circle].append(number)
        self.held[circle, number] = set(self.is_now.members[circle])

    def _close(self, circles: set[str], now: datetime) -> None:
        """All of the case gets new keys where one of the circles has a part, or waits for one."""
        keeps = any(circles & kept for kept in self.is_now.kept_by.values())
        given = (n for n, share in self.is_now.shared.items() if share.receiver in circles)
        if keeps or any(self.lives(name, now) for name in given):
            self.is_now.stale |= self.is_now.kind.keys()

    def joined(self, person: str, circle: str) -> None:
        """Older keys go with it: what was sealed before is read too."""
        self.is_now.members[circle].add(person)
        self.is_now.enrolled[person] = self.newest[person] = self._number()
        for number in self.is_now.keys[circle]:
            self.held[circle, number].add(person)

    def enrolled_anew(self, person: str) -> None:
        self.is_now.enrolled[person] = self.newest[person] = self._number()

    def rotated(self, circle: str, now: datetime) -> None:
        self._new_key(circle)
        self._close({circle}, now)

    def left(self, person: str, now: datetime) -> None:
        """New keys for the circles, and at the next edit for whatever these could open."""
        circles = {c for c, members in self.is_now.members.items() if person in members}
        self._close(circles, now)
        self.over.add(person)
        del self.is_now.enrolled[person]
        for circle in circles:
            self.is_now.members[circle].discard(person)
            self._new_key(circle)

    def agency_ended(self, heirs: dict[str, str], now: datetime) -> None:
        """Each circle's keys pass to another, which stands in its place from here on."""
        self._close(set(heirs), now)
        for circle, heir in heirs.items():
            for number in self.is_now.keys[circle]:
                self.is_now.passed[circle, number] = (heir, self.is_now.keys[heir][-1])
            families, family = self.is_now.families, self.family(circle)
            agency = self.is_now.agency[heir]
            families[agency] = families.get(agency, set()) | family
            self._stand_in(circle, heir)
        for person in {p for circle in heirs for p in self.is_now.members[circle]}:
            del self.is_now.enrolled[person]
        for circle in heirs:
            del self.is_now.members[circle]
            self.newest[circle] = self._number()  # others have it: good no more, if all is undone

    def _stand_in(self, circle: str, heir: str) -> None:
        self.is_now.heir[circle] = heir
        if self.is_now.custodian == circle:
            self.is_now.custodian = heir
        for section, holder in self.is_now.holder.items():
            self.is_now.holder[section] = heir if holder == circle else holder
            kept = self.is_now.kept_by[section]
            self.is_now.kept_by[section] = {heir if c == circle else c for c in kept}
        for share in self.is_now.shared.values():
            share.giver = heir if share.giver == circle else share.giver
            share.receiver = heir if share.receiver == circle else share.receiver

    # What is done with the whole installation.

    def kept(self) -> Present:
        return deepcopy(self.is_now)

    def restored(self, copy: Present) -> None:
        """All is as it was, but what had ended; every section gets a new key at its next edit."""
        before = {person for people in self.is_now.members.values() for person in people}
        self.is_now = deepcopy(copy)
        for name in self.over & self.is_now.shared.keys():
            self.is_now.shared[name].ended = True
        for name in self.over & self.is_now.agreed.keys():
            self.is_now.agreed[name].withdrawn = True
        members = self.is_now.members
        self.is_now.members = {circle: people - self.over for circle, people in members.items()}
        present = {person for people in self.is_now.members.values() for person in people}
        self.is_now.enrolled = {p: self.is_now.enrolled[p] for p in present}
        self.undone |= before - present - self.over
        self.is_now.stale = set(self.is_now.kind)
