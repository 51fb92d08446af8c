"""One life of a case in three agencies, step by step, and everybody's raw keys after each step.

A new kind of step: a method that does it and tells the oracle, and a line in `STEPS`.
"""

import random  # noqa: TID251 - seeded, so that a run that fails can be run again
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from referral.kernel.errors import ConsentMissing
from referral.vault.boxes import seal_circle_secret
from referral.vault.directory import RENEWAL_DELAY, write_entry
from referral.vault.keys import CircleSecret, MemberKeys
from tests.vault.life.growing import GrowingFile
from tests.vault.life.oracle import Agreed, Oracle, Shared
from tests.vault.life.thief import Stored, Thief
from tests.vault.province import (
    MINUTE,
    START,
    Agency,
    Person,
    World,
    circle_payload,
    renewed,
)

MEMBERS = {
    "P1": {"officer", "lead"},
    "P2": {"lead"},
    "H1": {"nurse", "doctor"},
    "H2": {"doctor"},
    "S1": {"worker", "chief"},
}
AGENCY = {"P1": "police", "P2": "police", "H1": "hospital", "H2": "hospital", "S1": "social"}
KINDS = ("identity", "needs", "medical", "incident")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_SECTIONS, MOST_PEOPLE = 6, 5


class Life:
    """What is done, by `random`; `done` counts it by kind."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = World()
        self.file = GrowingFile(self.world)
        self.oracle = Oracle(dict(AGENCY), {c: set(m) for c, m in MEMBERS.items()})
        self.secrets = {(c, 1): self.world.circle(c) for c in MEMBERS}
        self.sections: dict[str, UUID] = {}
        self.texts: dict[str, str] = {}
        self.ids: dict[str, UUID] = {}
        self.bodies: list[tuple[tuple[str, int], tuple, bytes, str]] = []
        self.authors: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        self.thieves = {p.name: Thief(p.keys.exchange) for p in self.world.everybody}
        self.count = 0
        self.file.open_case(self._someone("P1"), "P1")
        self._write("P1", "identity")
        self._write("P1", "needs")
        self.check()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.file.expect_same_when_replayed()

    def step(self) -> None:
        """One thing that can happen now; a kind that cannot is drawn again."""
        names, weights = list(STEPS), [weight for _, weight in STEPS.values()]
        while True:
            name = self.random.choices(names, weights)[0]
            if STEPS[name][0](self) is not False:
                break
        self.done[name] += 1
        self.check()

    # Helpers.

    def _name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _someone(self, circle: str) -> Person:
        return self.world.person(min(self.oracle.members[circle]))

    def _any(self, things: object) -> object:
        found = sorted(things)
        return self.random.choice(found) if found else None

    def _agency(self, circle: str) -> Agency:
        return self.world.agencies[AGENCY[circle]]

    def _in_case(self, circle: str) -> bool:
        touched = {AGENCY[s.receiver] for s in self.oracle.shared.values()}
        return AGENCY[circle] in touched | {"police", AGENCY[self.oracle.custodian]}

    def _note_body(self, section: str) -> None:
        section_id = self.sections[section]
        place = self.file.place(section_id)
        where = tuple(getattr(place, name) for name in type(place).__slots__)
        key = (section, self.oracle.epoch[section])
        self.bodies.append((key, where, self.file.bodies[section_id], self.texts[section]))

    # What happens.

    def writes(self) -> bool | None:
        circle = self._any(c for c in MEMBERS if self._in_case(c))
        if len(self.sections) >= MOST_SECTIONS:
            return False
        self._write(circle, self.random.choice(KINDS))
        return None

    def _write(self, circle: str, kind: str) -> None:
        name = self._name("s")
        text = self.texts[name] = f"{name} as first told"
        self.sections[name] = self.file.write_new(self._someone(circle), circle, kind, text)
        self.oracle.written(name, circle, kind)
        self._note_body(name)

    def edits(self) -> None:
        section = self._any(self.sections)
        self.texts[section] = f"{section} as told at {self.count}"
        before = self.file.now
        person = self._someone(self.oracle.holder[section])
        self.file.edit(person, self.sections[section], self.texts[section])
        assert self.file.now >= before
        self.oracle.edited(section, self.file.now)
        self._note_body(section)

    def consents(self) -> None:
        to, whole = self._any(MEMBERS), self.random.random() < 0.3
        kinds = self.random.sample(KINDS, self.random.randint(1, 3))
        lasts = self.random.choice([2 * HOUR, 300 * DAY, 300 * DAY])
        name, until = self._name("a"), self.file.now + lasts
        self.ids[name] = self.file.consent(
            self._someone("P1"), to, tuple(sorted(kinds)), lasts=lasts, whole_agency=whole
        )
        to_circle = None if whole else to
        self.oracle.agreed[name] = Agreed(to_circle, AGENCY[to], set(kinds), until)

    def invokes_the_law(self) -> None:
        to, name = self._any(["H1", "S1"]), self._name("a")
        kinds = tuple(sorted(self.random.sample(KINDS, 2)))
        until, sign_by = self.file.now + 7 * DAY, self.file.now + DAY
        author = self._someone("P1")
        self.authors[name] = author.name
        self.ids[name] = self.file.consent(author, to, kinds, lasts=7 * DAY, cosign_within=DAY)
        self.oracle.agreed[name] = Agreed(to, AGENCY[to], set(kinds), until, sign_by)

    def cosigns(self) -> bool | None:
        """A supervisor of the police, who is not the one who invoked it, in time."""
        soon = self.file.now + MINUTE
        wait = [n for n, a in self.oracle.agreed.items() if a.sign_by and not a.signed]
        name = self._any(n for n in wait if soon < self.oracle.agreed[n].sign_by)
        people = [self.world.person(m) for m in sorted(self.oracle.members["P1"])]
        others = [p for p in people if p.role == "supervisor" and p.name != self.authors.get(name)]
        if name is None or not others:
            return False
        self.file.append(others[0], "basis_cosigned", (self.ids[name],))
        self.oracle.agreed[name].signed = True
        return None

    def shares(self) -> bool | None:
        """Whoever reads may give on what a live consent covers for the receiver."""
        ways = self._ways(covered=True)
        if not ways:
            return False
        section, giver, to = self.random.choice(ways)
        name, waiting = self._name("g"), self.random.random() < 0.4
        reasons = self.oracle.reasons(giver, to, section, self.file.now)
        self.ids[name] = self.file.share(
            self._someone(giver), giver, to, [self.sections[section]], pending=waiting
        )
        self.oracle.gave(name, Shared(AGENCY[giver], to, section, reasons, waiting))
        return None

    def is_refused(self) -> bool | None:
        """Nobody gets what no live consent covers, and is told which kind is missing."""
        ways = self._ways(covered=False)
        if not ways:
            return False
        section, giver, to = self.random.choice(ways)
        with pytest.raises(ConsentMissing) as refused:
            self.file.share(self._someone(giver), giver, to, [self.sections[section]])
        assert refused.value.missing == (self.oracle.kind[section],)
        return None

    def _ways(self, *, covered: bool) -> list[tuple[str, str, str]]:
        now = self.file.now
        return [
            (section, giver, to)
            for section in sorted(self.sections)
            for giver in sorted(MEMBERS)
            if self.oracle.circle_reads(giver, section, now)
            for to in sorted(MEMBERS)
            if giver != to and bool(self.oracle.reasons(giver, to, section, now)) == covered
        ]

    def accepts(self) -> bool | None:
        shut = [
            n
            for n, s in self.oracle.shared.items()
            if s.waiting and not s.ended and self.ids[n] in self.file.payloads
        ]
        name = self._any(shut)
        if name is None:
            return False
        share = self.oracle.shared[name]
        self.file.take(self._someone(share.receiver), self.ids[name])
        share.waiting = False
        return None

    def ends_a_grant(self) -> bool | None:
        name = self._any(n for n, s in self.oracle.shared.items() if not s.ended)
        if name is None:
            return False
        share = self.oracle.shared[name]
        agency = self.random.choice([share.giver_agency, AGENCY[share.receiver]])
        circle = min(c for c in MEMBERS if AGENCY[c] == agency)
        self.file.end(self._someone(circle), self.ids[name])
        self.oracle.ended(name)
        return None

    def withdraws(self) -> bool | None:
        name = self._any(n for n, a in self.oracle.agreed.items() if not a.withdrawn)
        if name is None:
            return False
        self.file.withdraw(self._someone("P1"), self.ids[name])
        self.oracle.agreed[name].withdrawn = True
        return None

    def time_passes(self) -> None:
        self.file.advance(self.random.choice([HOUR, 3 * HOUR, 30 * HOUR]))

    def custody_passes(self) -> bool | None:
        giver, to = self.oracle.custodian, self._any(["P1", "H1", "S1"])
        if to == giver:
            return False
        self.file.hand_over(self._someone(giver), giver, self._someone(to), to)
        self.oracle.custody(to)
        return None

    def circle_rotates(self) -> None:
        circle = self._any(MEMBERS)
        self._key(circle)
        self.oracle.rotated(circle)

    def _key(self, circle: str) -> None:
        """A new generation for whoever is in the circle now, as the oracle's names say."""
        members = tuple(sorted(self.oracle.members[circle]))
        secret = self._agency(circle).key_circle(circle, members)
        self.secrets[circle, secret.generation] = secret
        self.world.refresh()

    def somebody_leaves(self) -> bool | None:
        people = {
            p
            for c, members in self.oracle.members.items()
            for p in members
            if all(len(m) > 1 for m in self.oracle.members.values() if p in m)
        }
        name = self._any(people)
        if name is None:
            return False
        agency = next(a for a in self.world.agencies.values() if name in a.people)
        member_id = agency.people[name].member_id
        circles = sorted(c for c, members in self.oracle.members.items() if name in members)
        readable = {s for c in circles for s in self._readable(c)}
        agency.log.append(agency.say("member_removed", (member_id,)))
        agency.wraps = {place: w for place, w in agency.wraps.items() if place[2] != member_id}
        self.oracle.left(name, self.file.now)
        for circle in circles:
            self._key(circle)
        self.file.stale |= {self.sections[s] for s in readable}
        return None

    def _readable(self, circle: str) -> list[str]:
        """By the strands, as the product looks it up."""
        circle_id, view = self.world.circle(circle).circle_id, self.file.view()
        return [n for n, s in self.sections.items() if view.reads(circle_id, s, self.file.now)]

    def somebody_joins(self) -> bool | None:
        circle = self._any(c for c, m in self.oracle.members.items() if len(m) < MOST_PEOPLE)
        if circle is None:
            return False
        agency, name = self._agency(circle), self._name("n")
        person = agency.add(name, "supervisor")
        members = tuple(sorted({*self.oracle.members[circle], name}))
        newest = agency.circles[circle]
        agency.log.append(agency.say("circle_keyed", circle_payload(newest, agency, members)))
        self.world.refresh()
        self.oracle.joined(name, circle)
        self._wrap(agency, person, circle)
        self.thieves[name] = Thief(person.keys.exchange)
        return None

    def _wrap(self, agency: Agency, person: Person, circle: str) -> None:
        directory = self.world.directory_of(agency.agency_id)
        member = directory.member(person.member_id)
        for secret in self._generations(circle):
            sealed = seal_circle_secret(secret, member)
            place = (secret.circle_id, secret.generation, person.member_id)
            agency.wraps[place] = sealed
            public = directory.stated_public(secret.circle_id, secret.generation)
            person.ring.add_wrap(*place[:2], sealed, public=public)

    def _generations(self, circle: str) -> list[CircleSecret]:
        return [secret for (name, _), secret in self.secrets.items() if name == circle]

    def somebody_is_enrolled_anew(self) -> None:
        """A lost passphrase: other keys for the same person; the wraps are sealed anew."""
        name = self._any({p for members in self.oracle.members.values() for p in members})
        agency = next(a for a in self.world.agencies.values() if name in a.people)
        person = agency.people[name]
        person.keys = MemberKeys.generate()
        person.ring = type(person.ring)(
            person.ring.deployment, person.member_id, agency.agency_id, person.keys
        )
        self._state_new_keys(agency, person)
        for place in [place for place in agency.wraps if place[2] == person.member_id]:
            del agency.wraps[place]
        for circle in [c for c, members in self.oracle.members.items() if name in members]:
            self._wrap(agency, person, circle)
        self.thieves[name].privates.append(person.keys.exchange)

    def _state_new_keys(self, agency: Agency, person: Person) -> None:
        """Begun by another, and stated a day later."""
        agency.log.append(agency.say("renewal_begun", (person.member_id,)))
        later = {"at": START + RENEWAL_DELAY, "kind": "member_renewed", "payload": renewed(person)}
        ring = agency.people["admin"].ring
        agency.log.append(write_entry(ring, agency.directory, **later))
        self.world.refresh()

    # What everybody can open.

    def check(self) -> None:
        """Everybody's raw keys against what is stored, and against all that ever was."""
        self.file.sweep()
        self.oracle.notice(self.file.now)
        stored = self._stored()
        for name, thief in self.thieves.items():
            now, ever = thief.opens(stored)
            self._compare_present(name, now)
            self._compare_hoard(name, ever)
        view = self.file.view()
        assert not view.faults
        for name, section_id in self.sections.items():
            for circle in MEMBERS:
                may = self.oracle.circle_reads(circle, name, self.file.now)
                circle_id = self.world.circle(circle).circle_id
                assert view.reads(circle_id, section_id, self.file.now) == may

    def _stored(self) -> Stored:
        wraps = {p: w for a in self.world.agencies.values() for p, w in a.wraps.items()}
        grants = self.file.view().grants
        bundles = [
            ((self.world.deployment, self.file.case_id, g, grants[g].receiver_agency,
              grants[g].receiver_circle), body)
            for g, bodies in self.file.bundles.items()
            for body in bodies
        ]  # fmt: skip
        return Stored(self.world.deployment, wraps, bundles)

    def _compare_present(self, name: str, keys: set[bytes]) -> None:
        for section in self.sections:
            may = self.oracle.person_reads(name, section, self.file.now)
            newest = next(b for b in reversed(self.bodies) if b[0][0] == section)
            text = self.thieves[name].reads(keys, newest)
            assert text == (self.texts[section] if may else None), (name, section, may, self.done)

    def _compare_hoard(self, name: str, keys: set[bytes]) -> None:
        known = self.oracle.ever.get(name, set())
        for body in self.bodies:
            opened = self.thieves[name].reads(keys, body) is not None
            assert opened == (body[0] in known), (name, body[0], opened, self.done)


STEPS: Mapping[str, tuple[Callable[[Life], bool | None], int]] = {
    "a section is written": (Life.writes, 2),
    "a section is edited": (Life.edits, 8),
    "a consent is heard": (Life.consents, 6),
    "the law is invoked": (Life.invokes_the_law, 2),
    "a legal basis is co-signed": (Life.cosigns, 9),
    "a grant is made": (Life.shares, 8),
    "a grant is refused": (Life.is_refused, 2),
    "a grant is accepted": (Life.accepts, 6),
    "a grant is ended": (Life.ends_a_grant, 3),
    "a consent is withdrawn": (Life.withdraws, 4),
    "time passes": (Life.time_passes, 3),
    "custody passes": (Life.custody_passes, 2),
    "a circle gets a new key": (Life.circle_rotates, 2),
    "a member leaves": (Life.somebody_leaves, 2),
    "a member joins": (Life.somebody_joins, 2),
    "a member is enrolled anew": (Life.somebody_is_enrolled_anew, 2),
}
"""What can happen, and how often. A kind more is a line more."""
