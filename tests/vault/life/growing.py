"""A case and its agencies whose strands and logs are verified entry by entry, as the product does.

And whose rows can be copied and put back: a backup.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault.case_replay import take
from referral.vault.case_succession import concerned
from referral.vault.case_view import CaseView
from referral.vault.directory import AgencyDirectory, Hold
from referral.vault.grants import open_grant
from referral.vault.keys import Keyring
from referral.vault.restore_points import InstallationPoint, in_line
from referral.vault.strands import Remembered, write_entry
from tests.vault.case_file import CaseFile
from tests.vault.province import MINUTE, Agency, Person, World

FIRST_EPOCH = 1
NUMBERS = itertools.count()


class Buried(NamedTuple):
    """A tombstone. Time stands still beside the case: a number tells two of one moment apart."""

    kind: str
    subject_id: UUID
    at: datetime
    number: int


class GrowingAgency(Agency):
    """An agency of whose log only what is new is verified."""

    _known: AgencyDirectory | None = None

    @property
    def directory(self) -> AgencyDirectory:
        if self._known is None:
            self._known = super().directory
        for entry in self.log[self._known.head_seq :]:
            self._known.apply(entry, self.root.public)
        return self._known

    def copied(self) -> "GrowingAgency":
        people = {name: replace(person) for name, person in self.people.items()}
        rows = {"log": list(self.log), "wraps": dict(self.wraps), "passed": dict(self.passed)}
        return replace(self, people=people, circles=dict(self.circles), **rows)


class GrowingWorld(World):
    """The installation, but for the case."""

    agency_class = GrowingAgency

    def __init__(self) -> None:
        super().__init__()
        self.points: list[InstallationPoint] = []
        self.tombstones: set[Buried] = set()

    def bury(self, kind: str, subjects: Iterable[UUID], at: datetime) -> None:
        self.tombstones |= {Buried(kind, s, at, next(NUMBERS)) for s in subjects}

    def copied(self) -> "GrowingWorld":
        copy = object.__new__(GrowingWorld)
        copy.deployment, copy.root, copy.remembered = self.deployment, self.root, Remembered()
        copy.points, copy.tombstones = list(self.points), set(self.tombstones)
        copy.agencies = {name: agency.copied() for name, agency in self.agencies.items()}
        return copy

    def hold(self, epoch: int) -> None:
        """Read the logs with what the points of the restores keep from their members."""
        for agency in self.agencies.values():
            agency.holds = tuple(
                Hold(
                    point.epoch,
                    *point.log_of(agency.agency_id),
                    everyone=bool(point.is_gap),
                    removed=frozenset(point.removed),
                    rekeyed=frozenset(point.rekeyed),
                )
                for point in in_line(self.points, epoch, FIRST_EPOCH)
            )
        self.refresh()

    def sign_in(self) -> None:
        """New key rings for everybody, of what the rows and the verified logs give them now."""
        for agency in self.agencies.values():
            for person in agency.people.values():
                person.ring = self._ring(agency, person)

    def _ring(self, agency: Agency, person: Person) -> Keyring:
        ring = Keyring(self.deployment, person.member_id, agency.agency_id, person.keys)
        for (circle_id, generation, member_id), wrap in agency.wraps.items():
            if member_id == person.member_id:
                public = agency.directory.stated_public(circle_id, generation)
                ring.add_wrap(circle_id, generation, wrap, public=public)
        over = [ended for ended in self.agencies.values() if ended.directory.is_ended]
        left = {place: (seal, e.directory) for e in over for place, seal in e.passed.items()}
        while found := [place for place in left if ring.holds(place.heir_circle)]:
            for place in found:
                seal, log = left.pop(place)
                public = log.stated_public(place.circle_id, place.generation)
                ring.add_passed(place, seal, public=public)
        return ring


class GrowingFile(CaseFile):
    """A case whose view grows entry by entry, as a writing session's does."""

    world: GrowingWorld
    _live: CaseView | None = None

    def stolen(self) -> "GrowingFile":
        taken = super().stolen()
        taken.stale, taken.points, taken._live = set(self.stale), list(self.points), None
        return taken

    def view(self) -> CaseView:
        if self._live is None:
            self._live = self._replayed()
        return self._live

    def append(self, person: Person, kind: str, payload: tuple) -> None:
        agency_id, view = person.ring.agency_id, self.view()
        directory = self.world.directory_of(agency_id)
        self.now += MINUTE
        place = view.place(agency_id)
        entry = write_entry(person.ring, place, directory, at=self.now, kind=kind, payload=payload)
        take(view, entry, directory, self.world.remembered)
        self.strands.setdefault(agency_id, []).append(entry)

    def _opened(self, person: Person, grant_id: UUID, bundle: bytes) -> Mapping:
        """As the circle that the strand names, or as one that it succeeds."""
        ring, receiver = person.ring, self.view().grants[grant_id].receiver_circle
        for agency_id, circle_id in ring.line_of(receiver):
            for generation in ring.generations(circle_id):
                with suppress(Unreadable):
                    return open_grant(
                        ring.circle(circle_id, generation),
                        self.world.deployment,
                        self.case_id,
                        grant_id=grant_id,
                        agency_id=agency_id,
                        raw=bundle,
                    ).keys
        return {}

    def sweep(self) -> None:
        """What a job deletes has its tombstone."""
        before = {*self.bundles, *self.payloads}
        super().sweep()
        self.world.bury("grant", before - {*self.bundles, *self.payloads}, self.now)

    def withdraw(self, person: Person, basis_id: UUID) -> None:
        super().withdraw(person, basis_id)
        self.world.bury("basis", [basis_id], self.now)

    def close_to(self, circle_ids: Iterable[UUID]) -> None:
        """New keys for all of the case, where one of the circles has a grant or waits for one."""
        grants, rows = self.view().grants, {*self.bundles, *self.payloads}
        if {grants[grant_id].receiver_circle for grant_id in rows} & set(circle_ids):
            self.stale = set(self.view().sections)

    def ended(self) -> list[UUID]:
        """Agencies with a part in the case that have ended, and in whose place nobody stands."""
        left = concerned(self.view()) - self.view().succeeded
        over = [a.agency_id for a in self.world.agencies.values() if a.directory.is_ended]
        return [agency_id for agency_id in over if agency_id in left]

    def settle(self, person: Person, shuffle: Callable[[list], None]) -> None:
        """Who opens the case says in the strand who stands in the place of those that ended.

        In whichever turn: the product goes by their ids, which are random.
        """
        while ended := self.ended():
            shuffle(ended)
            if not [agency_id for agency_id in ended if self._says(person, agency_id)]:
                return

    def _says(self, person: Person, agency_id: UUID) -> bool:
        try:
            self.append(person, "succeeded", (agency_id,))
        except NotVerified:  # no standing here, or not before another
            return False
        return True

    def expect_same_when_replayed(self) -> None:
        """What a reader verifies from the stored strands is what the writers went by."""
        anew = self._replayed()
        assert not anew.faults
        for part in ("sections", "bases", "grants", "custodian_circle", "heads", "lines"):
            assert getattr(anew, part) == getattr(self.view(), part), part
