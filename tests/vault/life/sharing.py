"""What is done with the case: written, agreed to, given, taken back, handed over."""

from datetime import timedelta

import pytest

from referral.kernel.errors import ConsentMissing
from tests.vault.life.oracle import Agreed, Shared
from tests.vault.life.scene import Body, Scene
from tests.vault.province import MINUTE

KINDS = ("identity", "needs", "medical", "incident")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_SECTIONS = 6


class Sharing(Scene):
    """Each step does it with the product and tells the oracle; False when it cannot happen now."""

    @property
    def _hears(self) -> str:
        """The circle that opened the case, or whoever stands in its place: it hears consents."""
        return self.oracle.acting("P1")

    def _in_case(self, circle: str) -> bool:
        agency, shared = self.oracle.is_now.agency, self.oracle.is_now.shared.values()
        touched = {agency[s.receiver] for s in shared}
        return agency[circle] in touched | {
            agency[self._hears],
            agency[self.oracle.is_now.custodian],
        }

    def writes(self) -> bool | None:
        circle = self._any(c for c in self.circles if self._in_case(c))
        if len(self.names.sections) >= MOST_SECTIONS:
            return False
        self._write(circle, self.random.choice(KINDS))
        return None

    def _write(self, circle: str, kind: str) -> None:
        name = self._name("s")
        text = f"{name} as first told"
        self.names.sections[name] = self.file.write_new(self._someone(circle), circle, kind, text)
        self.oracle.written(name, circle, kind)
        self._note_body(name, text)

    def edits(self) -> None:
        section = self._any(self.names.sections)
        text = f"{section} as told at {self._name('t')}"
        person = self._someone(self.oracle.is_now.holder[section])
        self.file.edit(person, self.names.sections[section], text)
        self.oracle.edited(section, self.file.now)
        self._note_body(section, text)

    def _note_body(self, section: str, text: str) -> None:
        section_id = self.names.sections[section]
        place = self.file.place(section_id)
        where = tuple(getattr(place, name) for name in type(place).__slots__)
        key = (section, self.oracle.is_now.epoch[section])
        body = self.names.newest[section] = Body(key, where, self.file.bodies[section_id], text)
        self.bodies.append(body)

    def consents(self) -> None:
        to, whole = self._any(self.circles), self.random.random() < 0.3
        kinds = self.random.sample(KINDS, self.random.randint(1, 3))
        lasts = self.random.choice([2 * HOUR, 300 * DAY, 300 * DAY])
        name, until = self._name("a"), self.file.now + lasts
        self.names.ids[name] = self.file.consent(
            self._someone(self._hears), to, tuple(sorted(kinds)), lasts=lasts, whole_agency=whole
        )
        self._agreed(name, Agreed(*self._between(to, whole=whole), set(kinds), until))

    def _between(self, to: str, *, whole: bool = False) -> tuple[str, str | None, str]:
        agency = self.oracle.is_now.agency
        return (agency[self._hears], None if whole else to, agency[to])

    def _agreed(self, name: str, agreed: Agreed) -> None:
        self.oracle.is_now.agreed[name] = agreed

    def invokes_the_law(self) -> bool | None:
        agency = self.oracle.is_now.agency
        to = self._any(c for c in self.circles if agency[c] != agency[self._hears])
        name, kinds = self._name("a"), tuple(sorted(self.random.sample(KINDS, 2)))
        until, sign_by = self.file.now + 7 * DAY, self.file.now + DAY
        author = self._someone(self._hears)
        self.names.authors[name] = author.name
        self.names.ids[name] = self.file.consent(
            author, to, kinds, lasts=7 * DAY, cosign_within=DAY
        )
        self._agreed(name, Agreed(*self._between(to), set(kinds), until, sign_by))
        return None

    def cosigns(self) -> bool | None:
        """A supervisor where it was invoked, who is not the one who did, in time."""
        soon, agreed = self.file.now + MINUTE, self.oracle.is_now.agreed
        wait = [n for n, a in agreed.items() if a.sign_by and not a.signed]
        name = self._any(n for n in wait if soon < agreed[n].sign_by)
        people = [self.world.person(m) for m in sorted(self.oracle.is_now.members[self._hears])]
        author = self.names.authors.get(name)
        others = [p for p in people if p.role == "supervisor" and p.name != author]
        if name is None or not others:
            return False
        self.file.append(others[0], "basis_cosigned", (self.names.ids[name],))
        agreed[name].signed = True
        return None

    def shares(self) -> bool | None:
        """Whoever reads may give on what a live consent covers for the receiver."""
        ways = self._ways(covered=True)
        if not ways:
            return False
        section, giver, to = self.random.choice(ways)
        name, waiting = self._name("g"), self.random.random() < 0.4
        reasons = self.oracle.reasons(giver, to, section, self.file.now)
        self.names.ids[name] = self.file.share(
            self._someone(giver), giver, to, [self.names.sections[section]], pending=waiting
        )
        self.oracle.gave(name, Shared(giver, to, section, reasons, waiting))
        return None

    def is_refused(self) -> bool | None:
        """Nobody gets what no live consent covers, and is told which kind is missing."""
        ways = self._ways(covered=False)
        if not ways:
            return False
        section, giver, to = self.random.choice(ways)
        with pytest.raises(ConsentMissing) as refused:
            self.file.share(self._someone(giver), giver, to, [self.names.sections[section]])
        assert refused.value.missing == (self.oracle.is_now.kind[section],)
        return None

    def _ways(self, *, covered: bool) -> list[tuple[str, str, str]]:
        now = self.file.now
        return [
            (section, giver, to)
            for giver, section in sorted(self.oracle.reads_at(now))
            for to in self.circles
            if giver != to and bool(self.oracle.reasons(giver, to, section, now)) == covered
        ]

    def accepts(self) -> bool | None:
        shut = self.file.payloads
        name = self._any(
            n
            for n, s in self.oracle.is_now.shared.items()
            if s.waiting and not s.ended and self.names.ids[n] in shut
        )
        if name is None:
            return False
        share = self.oracle.is_now.shared[name]
        self.file.take(self._someone(share.receiver), self.names.ids[name])
        share.waiting = False
        return None

    def ends_a_grant(self) -> bool | None:
        name = self._any(n for n, s in self.oracle.is_now.shared.items() if not s.ended)
        if name is None:
            return False
        share = self.oracle.is_now.shared[name]
        circle = self.random.choice([share.giver, share.receiver])
        self.file.end(self._someone(circle), self.names.ids[name])
        self.oracle.ended(name)
        return None

    def withdraws(self) -> bool | None:
        name = self._any(n for n, a in self.oracle.is_now.agreed.items() if not a.withdrawn)
        if name is None:
            return False
        self.file.withdraw(self._someone(self._hears), self.names.ids[name])
        self.oracle.withdrawn(name)
        return None

    def time_passes(self) -> None:
        self.file.advance(self.random.choice([HOUR, 3 * HOUR, 30 * HOUR]))

    def custody_passes(self) -> bool | None:
        giver, to = self.oracle.is_now.custodian, self._any(self.circles)
        if to == giver:
            return False
        self.file.hand_over(self._someone(giver), giver, self._someone(to), to)
        self.oracle.custody(to)
        return None
