"""Everybody of a small province, each with keys of their own, and a seeded run of what they do."""

import random  # noqa: TID251 - seeded, so that a run that fails can be run again
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, Section, SectionRevision
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.blueprint import Plan
from tests.factories.province import House, Province, consent_of
from tests.security.attacker import Attacker, Rows, snapshot
from tests.security.canaries import Canaries, answers
from tests.security.oracle import Key, Oracle

SHARED = ("identity", "safe_contact", "incident", "needs")
PASSING = {"incident_report", "identity", "safe_contact", "needs"}
SUMMARY = {"reason": "cần khám", "needs": ["health_care"]}
# agency → its kind, then role → the circles of the agency in which that role's member is.
CAST: dict[str, tuple[str, dict[str, set[str]]]] = {
    "ca": ("commune_police", {"police_officer": {"cases"}, "supervisor": {"cases"}}),
    "ca2": ("commune_police", {"police_officer": {"cases"}, "duty_officer": set()}),
    "yt": ("health_facility", {"health_worker": {"cases"}, "privacy_officer": set()}),
    "yt2": ("health_facility", {"health_worker": {"cases"}}),
    "nt": ("shelter", {"shelter_keeper": {"shelter"}, "night_keeper": {"shelter"}}),
    "xh": ("social_services", {"social_worker": {"cases"}, "coordinator": set()}),
    "tk": ("lead_department", {"statistician": {"statistics"}, "approver": {"statistics"}}),
    "vh": ("operator", {"system_administrator": set(), "auditor": set()}),
}
PLANS = tuple(
    Plan(name, kind, tuple(roles), more=(("police_officer", "ca.second"),) if name == "ca" else ())
    for name, (kind, roles) in CAST.items()
)
RECEIVERS = {"yt": "cases", "yt2": "cases", "nt": "shelter", "xh": "cases"}


class Cast:
    """Houses, actors by user name, and the circles (as `agency/purpose`) each of them is in."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.houses: dict[str, House] = {}
        self.actors: dict[str, Actor] = {}
        self.circles: dict[str, set[str]] = {}
        self.names: dict[UUID, str] = {}
        for name, (_kind, roles) in CAST.items():
            self._house(name, roles)
        second = "ca.second"
        self.actors[second] = self.province.actor(second)
        self.circles[second] = {"ca/cases"}
        self.oracle = Oracle()
        self.ever: dict[str, set[Key]] = {name: set() for name in RECEIVERS}
        self.hoard: dict[str, set[bytes]] = {name: set() for name in RECEIVERS}
        self.seen: set[str] = set()

    def _house(self, name: str, roles: dict[str, set[str]]) -> None:
        house = self.province.houses[name]
        self.houses[name] = house
        made = {purpose: circle.id for purpose, circle in house.circles.items()}
        self.names |= {circle_id: f"{name}/{purpose}" for purpose, circle_id in made.items()}
        for role, purposes in roles.items():
            user = house.users[role]
            self.actors[user] = self.province.actor(user)
            self.circles[user] = {f"{name}/{purpose}" for purpose in purposes}
        # Who makes a circle is in it.
        self.actors[house.administrator] = self.province.actor(house.administrator)
        self.circles[house.administrator] = {f"{name}/{purpose}" for purpose in made}

    def worker(self, agency: str) -> Actor:
        """The first member of an agency."""
        house = self.houses[agency]
        return self.actors[next(iter(house.users.values()))]

    def circle_id(self, agency: str) -> UUID:
        """The circle by which an agency takes referrals."""
        return self.houses[agency].circle_id(RECEIVERS[agency])

    def note_writing(self, agency: str) -> None:
        """Tell the oracle what this agency has just written."""
        circle = f"{agency}/{RECEIVERS.get(agency, 'cases')}"
        query = select(SectionRevision, Section).join(
            Section, Section.id == SectionRevision.section_id
        )
        fresh = [(r, s) for r, s in db.session().execute(query) if str(r.id) not in self.seen]
        for revision, section in sorted(fresh, key=lambda pair: (pair[0].revision, pair[1].kind)):
            self.seen.add(str(revision.id))
            case, part = str(section.case_id), str(section.id)
            self.oracle.written(circle, case, part, section.kind, str(revision.id))
        db.rollback()

    def hoard_copies(self) -> Rows:
        """Each receiving agency keeps a copy of the database as it is, and every key it finds."""
        rows = snapshot()
        for name, purpose in RECEIVERS.items():
            thief = Attacker.of(self.worker(name), rows)
            thief.find_keys()
            self.hoard[name] |= thief.section_keys
            self.ever[name] |= self.oracle.known(f"{name}/{purpose}")
        return rows


class Play:
    """A random sequence of consents, referrals, answers, edits and withdrawals on some cases."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.random = cast, random.Random(seed)
        self.oracle = cast.oracle
        self.plant = Canaries()
        self.officer = cast.worker("ca")
        self.cases: list[CaseFile] = []
        self.waiting: dict[str, tuple[str, str, str]] = {}
        self.custody: set[str] = set()
        self.done: list[str] = []

    def open_cases(self, count: int) -> None:
        """Cases of the police, each with every shared part."""
        for _ in range(count):
            with db.unit_of_work():
                sections = {kind: answers(kind, self.plant) for kind in SHARED}
                self.cases.append(cases.open_case(self.officer, None, sections=sections))
            self.cast.note_writing("ca")
        for case in self.cases:
            self.consent(case)

    def step(self) -> None:
        """One thing that may happen now; ids are random and play no part in the choice."""
        verbs = [self.consent, self.send, self.send, self.send, self.answer, self.answer]
        verbs += [self.edit, self.edit, self.withdraw, self.write_own, self.offer_custody]
        verb = self.random.choice(verbs)
        if verb(self.random.choice(self.cases)):
            self.done.append(verb.__name__)

    def _kinds(self) -> list[str]:
        return sorted(self.random.sample(SHARED, self.random.randint(1, 3)))

    def consent(self, case: CaseFile) -> bool:
        """She agrees to share some kinds with somebody."""
        agency, kinds = self.random.choice(sorted(RECEIVERS)), self._kinds()
        owner = self.cast.houses[agency].id
        basis = consent_of(self.officer, case, agency_id=owner, kinds=kinds)
        self.cast.note_writing("ca")
        receiver = f"{agency}/{RECEIVERS[agency]}"
        self.oracle.consented(str(basis), receiver, str(case.id), set(kinds))
        return True

    def send(self, case: CaseFile) -> bool:
        """A referral, if her consents cover it."""
        covered = {
            agency: [
                k for k in SHARED if self.oracle.may_send(str(case.id), f"{agency}/{purpose}", {k})
            ]
            for agency, purpose in RECEIVERS.items()
        }
        possible = sorted(agency for agency, kinds in covered.items() if kinds)
        if not possible:
            return False
        agency = self.random.choice(possible)
        receiver = f"{agency}/{RECEIVERS[agency]}"
        some = self.random.randint(1, len(covered[agency]))
        kinds = set(self.random.sample(covered[agency], some))
        name = self._refer(case, agency, "service", sorted(kinds))
        self.oracle.sent(name, str(case.id), receiver, kinds)
        return True

    def offer_custody(self, case: CaseFile) -> bool:
        """The police ask the social services to look after the case, once."""
        if str(case.id) in self.custody:
            return False
        self.custody.add(str(case.id))
        name = self._refer(case, "xh", "custody", [])
        self.oracle.offered(name, str(case.id), "xh/cases", PASSING)
        return True

    def _refer(self, case: CaseFile, agency: str, kind: str, kinds: list[str]) -> str:
        terms: dict[str, Any] = {"kind": kind, "urgency": "p1", "kinds": kinds, "summary": SUMMARY}
        circle_id = self.cast.circle_id(agency)
        with db.unit_of_work():
            row = referrals.send_referral(self.officer, case, circle_id=circle_id, **terms)
        self.waiting[str(row.id)] = (agency, str(case.id), kind)
        return str(row.id)

    def answer(self, _case: CaseFile) -> bool:
        """One that waits is accepted, or declined, or taken back."""
        if not self.waiting:
            return False
        name = self.random.choice(list(self.waiting))
        agency, case, kind = self.waiting.pop(name)
        actor = self.cast.worker(agency)
        how = self.random.choice(["accept", "accept", "accept", "decline", "cancel"])
        with db.unit_of_work():
            if how == "cancel":
                row = referral_queries.visible_referral(self.officer, UUID(name))
                referrals.cancel_referral(self.officer, row)
            else:
                self._answered(actor, UUID(name), how)
        if how != "accept":
            self.oracle.ended(name)
            return True
        self.oracle.accepted(name, case)
        if kind == "custody":
            self.oracle.taken_over(name)
        return True

    def _answered(self, actor: Actor, referral_id: UUID, how: str) -> None:
        row = referral_queries.visible_referral(actor, referral_id)
        if how == "decline":
            referrals.decline_referral(actor, row, reason="no_capacity")
            return
        soon = clock.now() + timedelta(hours=1)
        worker_id = actor.member_id
        assert worker_id is not None
        referrals.accept_referral(actor, row, worker_id=worker_id, first_contact_at=soon)

    def edit(self, case: CaseFile) -> bool:
        """Whoever holds a part writes it again."""
        mine = {n: p for n, p in self.oracle.parts.items() if p.case == str(case.id)}
        name = self.random.choice([n for n, p in mine.items() if p.kind in SHARED])
        agency = mine[name].holder.split("/")[0]
        self._write(agency, case, mine[name].kind, UUID(name))
        return True

    def write_own(self, case: CaseFile) -> bool:
        """An agency that was given something adds what it did, for itself alone."""
        given = {
            gift.receiver
            for gift in self.oracle.gifts.values()
            if not gift.waits
            and not gift.over
            and any(self.oracle.parts[part].case == str(case.id) for part in gift.parts)
        }
        if not given:
            return False
        agency = self.random.choice(sorted(given)).split("/")[0]
        self._write(agency, case, "service", None)
        return True

    def _write(self, agency: str, case: CaseFile, kind: str, section_id: UUID | None) -> None:
        actor = self.cast.worker(agency)
        row = db.session().get(Section, section_id) if section_id else None
        revision = row.revision if row else 0
        db.rollback()
        with db.unit_of_work():
            cases.write_section(
                actor,
                case_queries.visible_case(actor, case.id),
                kind=kind,
                answers=answers(kind, self.plant),
                expected_revision=revision,
                section_id=section_id,
            )
        self.cast.note_writing(agency)

    def withdraw(self, case: CaseFile) -> bool:
        """She takes back one consent; what rested on it and waited is withdrawn with it."""
        living = [n for n, c in self.oracle.consents.items() if c.lives and c.case == str(case.id)]
        if not living:
            return False
        name = self.random.choice(living)
        with db.unit_of_work():
            cases.withdraw_consent(self.officer, case, basis_id=UUID(name))
        for referral in [n for n in self.waiting if name in self.oracle.gifts[n].consents]:
            del self.waiting[referral]
        self.oracle.withdrawn(name)
        return True
