"""Random lives of a case: who can open what equals what an oracle of plain sets says.

Everybody has keys of their own. The oracle shares no code with the vault: it knows names, sets and
minutes only, and is told what was done, never what the vault made of it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from referral.kernel.errors import ConsentMissing
from tests.vault.case_file import CaseFile
from tests.vault.province import shared_world

MEMBERS = {
    "P1": {"officer", "lead"},
    "P2": {"lead"},
    "H1": {"nurse", "doctor"},
    "H2": {"doctor"},
    "S1": {"worker", "chief"},
}
AGENCY = {"P1": "police", "P2": "police", "H1": "hospital", "H2": "hospital", "S1": "social"}
KINDS = ("identity", "needs", "medical", "incident")
MOVES_WITH_CUSTODY = {"identity", "needs", "safe_contact"}
AGREED = st.sets(st.sampled_from(KINDS), min_size=1).map(lambda kinds: tuple(sorted(kinds)))
LASTS = st.sampled_from([timedelta(hours=2), timedelta(days=300)])


@dataclass
class Agreed:
    """A consent, or a legal basis, as the people in the room would remember it."""

    to_circle: str | None
    to_agency: str
    kinds: set[str]
    until: datetime
    sign_by: datetime | None = None
    signed: bool = False
    heard_by: str = ""
    withdrawn: bool = False

    def stands(self, now: datetime) -> bool:
        in_time = self.sign_by is None or self.signed or now < self.sign_by
        return not self.withdrawn and now < self.until and in_time

    def meant_for(self, circle: str, giver: str) -> bool:
        """Heard by the police: another agency gives them nothing on their own word."""
        if AGENCY[circle] == AGENCY["P1"] != AGENCY[giver]:
            return False
        return self.to_agency == AGENCY[circle] and self.to_circle in (None, circle)


@dataclass
class Shared:
    """What one circle gave another."""

    receiver: str
    section: str
    because: list[Agreed]
    waiting: bool
    giver_agency: str = ""
    ended: bool = False


@dataclass
class Oracle:
    """Who may read what, in plain words."""

    kind: dict[str, str] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)
    had: dict[str, set[str]] = field(default_factory=dict)
    agreed: dict[str, Agreed] = field(default_factory=dict)
    shared: dict[str, Shared] = field(default_factory=dict)
    custodian: str = "P1"

    def circle_reads(self, circle: str, section: str, now: datetime) -> bool:
        if circle in self.had[section]:
            return True
        return any(
            s.receiver == circle and s.section == section and self.lives(s, now)
            for s in self.shared.values()
        )

    def lives(self, shared: Shared, now: datetime) -> bool:
        if shared.waiting or shared.ended:
            return False
        kind = self.kind[shared.section]
        return any(a.stands(now) and kind in a.kinds for a in shared.because)

    def person_reads(self, name: str, section: str, now: datetime) -> bool:
        circles = [c for c, members in MEMBERS.items() if name in members]
        return any(self.circle_reads(c, section, now) for c in circles)

    def reasons(self, giver: str, circle: str, section: str, now: datetime) -> list[Agreed]:
        kind = self.kind[section]
        return [
            a
            for a in self.agreed.values()
            if a.stands(now) and a.meant_for(circle, giver) and kind in a.kinds
        ]


class LifeOfACase(RuleBasedStateMachine):
    """One case in three agencies; after every step everybody tries every section."""

    def __init__(self) -> None:
        super().__init__()
        self.world = shared_world()
        self.file = CaseFile(self.world)
        self.oracle = Oracle()
        self.sections: dict[str, object] = {}
        self.texts: dict[str, str] = {}
        self.ids: dict[str, object] = {}
        self.count = 0

    def _name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    def _someone(self, circle: str) -> object:
        return self.world.person(min(MEMBERS[circle]))

    def _in_case(self, circle: str) -> bool:
        agencies = {AGENCY[s.receiver] for s in self.oracle.shared.values()} | {"police"}
        return AGENCY[circle] in agencies | {AGENCY[self.oracle.custodian]}

    @initialize(lasts=LASTS)
    def opened(self, lasts: timedelta) -> None:
        self.file.open_case(self._someone("P1"), "P1")
        self._write("P1", "identity")
        self._write("P1", "needs")
        self.agrees("H1", ("identity",), lasts, whole=False)
        self._share("P1", "H1", "s1", waiting=False)

    def _write(self, circle: str, kind: str) -> None:
        name = self._name("s")
        text = f"{name} as first told"
        self.sections[name] = self.file.write_new(self._someone(circle), circle, kind, text)
        self.texts[name] = text
        self.oracle.kind[name], self.oracle.holder[name] = kind, circle
        self.oracle.had[name] = {circle}

    @rule(circle=st.sampled_from(sorted(MEMBERS)), kind=st.sampled_from(KINDS))
    def writes_a_section(self, circle: str, kind: str) -> None:
        if self._in_case(circle) and len(self.sections) < 6:
            self._write(circle, kind)

    @rule(to=st.sampled_from(sorted(MEMBERS)), kinds=AGREED, lasts=LASTS, whole=st.booleans())
    def hears_consent(self, to: str, kinds: tuple[str, ...], lasts: timedelta, whole: bool) -> None:
        self.agrees(to, kinds, lasts, whole)

    def agrees(self, to: str, kinds: tuple[str, ...], lasts: timedelta, whole: bool) -> None:
        name = self._name("a")
        until = self.file.now + lasts
        self.ids[name] = self.file.consent(
            self._someone("P1"), to, kinds, lasts=lasts, whole_agency=whole
        )
        self.oracle.agreed[name] = Agreed(None if whole else to, AGENCY[to], set(kinds), until)

    @rule(to=st.sampled_from(["H1", "S1"]), kinds=AGREED)
    def is_in_danger(self, to: str, kinds: tuple[str, ...]) -> None:
        name, day = self._name("a"), timedelta(days=1)
        until, sign_by = self.file.now + 30 * day, self.file.now + day
        officer = self.world.person("officer")
        self.ids[name] = self.file.consent(officer, to, kinds, lasts=30 * day, cosign_within=day)
        self.oracle.agreed[name] = Agreed(to, AGENCY[to], set(kinds), until, sign_by)
        for section, kind in self.oracle.kind.items():
            if kind in kinds and self.oracle.circle_reads("P1", section, self.file.now):
                self._share("P1", to, section, waiting=False)

    @rule(data=st.data())
    def is_cosigned(self, data: st.DataObject) -> None:
        open_ones = [
            n
            for n, a in self.oracle.agreed.items()
            if a.sign_by and not a.signed and self.file.now + timedelta(minutes=1) < a.sign_by
        ]
        if open_ones:
            name = data.draw(st.sampled_from(open_ones))
            self.file.append(self.world.person("lead"), "basis_cosigned", (self.ids[name],))
            self.oracle.agreed[name].signed = True

    @rule(data=st.data(), covered=st.booleans(), waiting=st.booleans())
    def shares(self, data: st.DataObject, covered: bool, waiting: bool) -> None:
        """Whoever reads may give on, and nobody gets what no live consent covers."""
        now = self.file.now
        ways = [
            (section, giver, to)
            for section in sorted(self.sections)
            for giver in sorted(MEMBERS)
            for to in sorted(MEMBERS)
            if giver != to and self.oracle.circle_reads(giver, section, now)
        ]
        fitting = [w for w in ways if bool(self.oracle.reasons(w[1], w[2], w[0], now)) == covered]
        section, giver, to = data.draw(st.sampled_from(fitting or ways))
        if self.oracle.reasons(giver, to, section, now):
            self._share(giver, to, section, waiting)
            return
        with pytest.raises(ConsentMissing) as refused:
            self.file.share(self._someone(giver), giver, to, [self.sections[section]])
        assert refused.value.missing == (self.oracle.kind[section],)

    def _share(self, giver: str, to: str, section: str, waiting: bool) -> None:
        reasons = self.oracle.reasons(giver, to, section, self.file.now)
        name = self._name("g")
        self.ids[name] = self.file.share(
            self._someone(giver), giver, to, [self.sections[section]], pending=waiting
        )
        self.oracle.shared[name] = Shared(to, section, reasons, waiting, AGENCY[giver])

    @rule(data=st.data())
    def accepts(self, data: st.DataObject) -> None:
        shut = [n for n, s in self.oracle.shared.items() if s.waiting and not s.ended]
        names = [n for n in shut if self.ids[n] in self.file.payloads]
        if names:
            name = data.draw(st.sampled_from(names))
            shared = self.oracle.shared[name]
            self.file.take(self._someone(shared.receiver), self.ids[name])
            shared.waiting = False

    @rule(data=st.data(), by_receiver=st.booleans())
    def ends_a_share(self, data: st.DataObject, by_receiver: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.oracle.shared)))
        shared = self.oracle.shared[name]
        agency = AGENCY[shared.receiver] if by_receiver else shared.giver_agency
        circle = next(c for c in sorted(MEMBERS) if AGENCY[c] == agency)
        self.file.end(self._someone(circle), self.ids[name])
        shared.ended = True

    @rule(data=st.data())
    def withdraws(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.oracle.agreed)))
        self.file.withdraw(self._someone("P1"), self.ids[name])
        self.oracle.agreed[name].withdrawn = True

    @rule(data=st.data())
    def holder_writes(self, data: st.DataObject) -> None:
        section = data.draw(st.sampled_from(sorted(self.sections)))
        text = f"{section} as told at step {self.count}"
        person = self._someone(self.oracle.holder[section])
        self.file.edit(person, self.sections[section], text)
        self.texts[section] = text

    @rule(hours=st.sampled_from([1, 3, 30]))
    def time_passes(self, hours: int) -> None:
        self.file.advance(timedelta(hours=hours))
        self.file.sweep()

    @rule(to=st.sampled_from(["P1", "H1", "S1"]))
    def custody_passes(self, to: str) -> None:
        giver = self.oracle.custodian
        if to == giver:
            return
        self.file.hand_over(self._someone(giver), giver, self._someone(to), to)
        for section, kind in self.oracle.kind.items():
            if self.oracle.holder[section] == giver and kind in MOVES_WITH_CUSTODY:
                self.oracle.holder[section] = to
                self.oracle.had[section].add(to)
        self.oracle.custodian = to

    @invariant()
    def everybody_reads_what_they_may_and_nothing_else(self) -> None:
        self.file.sweep()
        for person in self.world.everybody:
            keys = self.file.keys_of(person)
            for name, section_id in self.sections.items():
                may = self.oracle.person_reads(person.name, name, self.file.now)
                text = self.file.read_with(keys, section_id)
                assert text == (self.texts[name] if may else None), (person.name, name, may)

    @invariant()
    def the_strands_say_the_same(self) -> None:
        view = self.file.view()
        assert not view.faults
        for name, section_id in self.sections.items():
            for circle in MEMBERS:
                circle_id = self.world.circle(circle).circle_id
                may = self.oracle.circle_reads(circle, name, self.file.now)
                assert view.reads(circle_id, section_id, self.file.now) == may


LifeOfACase.TestCase.settings = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("keys-belong-to-people")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
class TestLifeOfACase(LifeOfACase.TestCase):
    """Who opens what, with raw keys out of stored bundles, equals the oracle."""
