"""Three agencies with people who each have keys of their own, and a verified directory log each."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid4

from referral.vault.boxes import new_circle_secret, seal_circle_secret
from referral.vault.directory import (
    AgencyDirectory,
    Hold,
    SignedStatement,
    VerifiedKey,
    found_agency,
    verify_log,
    write_entry,
)
from referral.vault.keys import CircleSecret, Keyring, MemberKeys, PassedPlace
from referral.vault.root import RootKey, new_root
from referral.vault.strands import Remembered

START = datetime(2024, 11, 25, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROLES = {
    "police": {"officer": "police_officer", "lead": "supervisor", "desk": "coordinator"},
    "hospital": {"nurse": "health_worker", "doctor": "supervisor"},
    "social": {"worker": "social_worker", "chief": "supervisor"},
}
KINDS = {
    "police": "commune_police",
    "hospital": "health_facility",
    "social": "social_services",
    "school": "school",
    "ward": "commune_police",
    "city": "provincial_police",
}
CIRCLES = {
    "police": {"P1": ("officer", "lead"), "P2": ("lead",)},
    "hospital": {"H1": ("nurse", "doctor"), "H2": ("doctor",)},
    "social": {"S1": ("worker", "chief")},
}


@dataclass(eq=False)
class Person:
    """Somebody with real keys; `ring` holds the wraps that are addressed to them."""

    name: str
    role: str
    member_id: UUID
    keys: MemberKeys
    ring: Keyring


@dataclass(eq=False)
class Agency:
    """An agency, its people, its circles and its signed log."""

    name: str
    deployment: UUID
    root: RootKey
    agency_id: UUID = field(default_factory=uuid4)
    people: dict[str, Person] = field(default_factory=dict)
    circles: dict[str, CircleSecret] = field(default_factory=dict)
    log: list[SignedStatement] = field(default_factory=list)
    wraps: dict[tuple[UUID, int, UUID], bytes] = field(default_factory=dict)
    passed: dict[PassedPlace, bytes] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()

    def person(self, name: str, role: str) -> Person:
        member_id, keys = uuid4(), MemberKeys.generate()
        ring = Keyring(self.deployment, member_id, self.agency_id, keys)
        return Person(name, role, member_id, keys, ring)

    def found(self) -> None:
        admin = self.people["admin"] = self.person("admin", "agency_administrator")
        self.log.append(
            found_agency(
                self.root.signing,
                AgencyDirectory(self.deployment, self.agency_id),
                at=START,
                member_id=admin.member_id,
                exchange_public=admin.keys.exchange_public,
                signing_public=admin.keys.signing_public,
                kind=KINDS[self.name.split()[0]],
            )
        )

    @property
    def directory(self) -> AgencyDirectory:
        here = (self.root.public, self.deployment, self.agency_id)
        return verify_log(*here, self.log, self.holds)

    def say(self, kind: str, payload: tuple, *, by: str = "admin") -> SignedStatement:
        """Sign the next entry of the log, without taking it in."""
        ring = self.people[by].ring
        return write_entry(ring, self.directory, at=START, kind=kind, payload=payload)

    def add(self, name: str, role: str) -> Person:
        person = self.people[name] = self.person(name, role)
        self.log.append(self.say("member_added", member_payload(person)))
        return person

    def key_circle(self, name: str, members: tuple[str, ...]) -> CircleSecret:
        """A circle's first or next generation, stated in the log and sealed to its members."""
        old = self.circles.get(name)
        secret = (
            new_circle_secret(old.circle_id, old.generation + 1)
            if old
            else new_circle_secret(uuid4())
        )
        self.log.append(self.say("circle_keyed", circle_payload(secret, self, members)))
        directory = self.directory
        for member in members:
            person = self.people[member]
            wrap = seal_circle_secret(secret, directory.member(person.member_id))
            self.wraps[secret.circle_id, secret.generation, person.member_id] = wrap
            public = directory.stated_public(secret.circle_id, secret.generation)
            person.ring.add_wrap(secret.circle_id, secret.generation, wrap, public=public)
        self.circles[name] = secret
        return secret

    def key(self, circle: str) -> VerifiedKey:
        return self.directory.circle_key(self.circles[circle].circle_id)


def renewed(person: Person) -> tuple:
    """What states new keys of somebody who is there already."""
    return (person.member_id, person.keys.exchange_public, person.keys.signing_public)


def member_payload(person: Person, role: str | None = None) -> tuple:
    return (
        person.member_id,
        role or person.role,
        person.keys.exchange_public,
        person.keys.signing_public,
    )


def circle_payload(secret: CircleSecret, agency: Agency, members: tuple[str, ...]) -> tuple:
    ids = tuple(sorted(agency.people[name].member_id for name in members))
    return (secret.circle_id, "cases", secret.generation, secret.exchange_public, ids)


class World:
    """One deployment: every agency by name, every person and circle by name too."""

    agency_class = Agency

    def __init__(self) -> None:
        self.deployment = uuid4()
        self.root = new_root()
        self.remembered = Remembered()
        self.agencies = {name: self._agency(name) for name in ROLES}
        self._directories = {a.agency_id: a.directory for a in self.agencies.values()}

    def _agency(self, name: str) -> Agency:
        agency = self.agency_class(name, self.deployment, self.root)
        agency.found()
        for person, role in ROLES[name].items():
            agency.add(person, role)
        for circle, members in CIRCLES[name].items():
            agency.key_circle(circle, members)
        return agency

    def refresh(self) -> None:
        """Verify the logs anew after a change of membership."""
        self._directories = {a.agency_id: a.directory for a in self.agencies.values()}

    def directory_of(self, agency_id: UUID) -> AgencyDirectory:
        return self._directories[agency_id]

    def person(self, name: str) -> Person:
        return next(a.people[name] for a in self.agencies.values() if name in a.people)

    def circle(self, name: str) -> CircleSecret:
        return next(a.circles[name] for a in self.agencies.values() if name in a.circles)

    def agency_of(self, circle: str) -> Agency:
        return next(a for a in self.agencies.values() if circle in a.circles)

    def key(self, circle: str) -> VerifiedKey:
        circle_id = self.circle(circle).circle_id
        return self.directory_of(self.agency_of(circle).agency_id).circle_key(circle_id)

    @property
    def everybody(self) -> list[Person]:
        staff = [p for a in self.agencies.values() for p in a.people.values()]
        return [p for p in staff if p.name != "admin"]


@cache
def shared_world() -> World:
    """For tests that do not change its logs: made once, since keys take time."""
    return World()
