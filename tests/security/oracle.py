"""Who can open what, in plain sets: from what was promised, without any code of the product.

A key is (section, epoch). A section begins at epoch 1; an ended grant makes its sections stale, and
the next edit of a stale section begins a new epoch, known to its holder, to earlier holders, and to
those whose grant lives on.
"""

from dataclasses import dataclass, field

Key = tuple[str, int]


@dataclass
class Part:
    """A section: who holds it, who held it before, and the epoch of each revision."""

    kind: str
    case: str
    holder: str
    epoch: int = 1
    stale: bool = False
    earlier: set[str] = field(default_factory=set)
    revisions: dict[str, int] = field(default_factory=dict)


@dataclass
class Gift:
    """A grant: what it carries, on which consents, and whether it waits, lives or has ended."""

    receiver: str
    parts: set[str]
    consents: set[str]
    keys: set[Key]
    waits: bool
    over: bool = False


@dataclass
class Consent:
    """What she agreed to for one receiver."""

    receiver: str
    case: str
    kinds: set[str]
    lives: bool = True


class Oracle:
    """The whole truth of one run."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.gifts: dict[str, Gift] = {}
        self.consents: dict[str, Consent] = {}
        self.own: dict[str, set[Key]] = {}
        self.cards: set[tuple[str, str]] = set()
        self.summaries: dict[str, str] = {}
        self.over_for: dict[str, str] = {}

    def written(self, circle: str, case: str, part: str, kind: str, revision: str) -> None:
        """A revision, the first or a further one; its writer's list shows it from now on."""
        self.cards.add((case, circle))
        found = self.parts.get(part)
        if found is None:
            found = self.parts[part] = Part(kind, case, circle)
        elif found.stale:
            found.epoch, found.stale = found.epoch + 1, False
            for gift in self.gifts.values():
                if part in gift.parts and not gift.over and self._carried(gift, found.kind):
                    gift.keys.add((part, found.epoch))
        for keeper in {found.holder, *found.earlier}:
            self.own.setdefault(keeper, set()).add((part, found.epoch))
        found.revisions[revision] = found.epoch

    def _carried(self, gift: Gift, kind: str) -> bool:
        named = [self.consents[c] for c in gift.consents]
        return not named or any(c.lives and kind in c.kinds for c in named)

    def consented(self, consent: str, receiver: str, case: str, kinds: set[str]) -> None:
        """She agreed."""
        self.consents[consent] = Consent(receiver, case, set(kinds))

    def may_send(self, case: str, receiver: str, kinds: set[str]) -> bool:
        """Whether her living consents together cover these kinds for this receiver."""
        return bool(kinds) and kinds <= self._covered(case, receiver)

    def _living(self, case: str, receiver: str) -> dict[str, Consent]:
        return {
            name: c
            for name, c in self.consents.items()
            if c.lives and c.case == case and c.receiver == receiver
        }

    def _covered(self, case: str, receiver: str) -> set[str]:
        return {kind for c in self._living(case, receiver).values() for kind in c.kinds}

    def sent(self, referral: str, case: str, receiver: str, kinds: set[str]) -> None:
        """Asked: the summary opens at once, the parts wait."""
        parts = {n for n, p in self.parts.items() if p.case == case and p.kind in kinds}
        used = {n for n, c in self._living(case, receiver).items() if c.kinds & kinds}
        self._asked(referral, receiver, parts, used)

    def offered(self, referral: str, case: str, receiver: str, passing: set[str]) -> None:
        """Asked to look after the case: needs no consent, passes what passes with custody."""
        parts = {n for n, p in self.parts.items() if p.case == case and p.kind in passing}
        self._asked(referral, receiver, parts, set())

    def _asked(self, referral: str, receiver: str, parts: set[str], used: set[str]) -> None:
        keys = {(part, self.parts[part].epoch) for part in parts}
        self.gifts[referral] = Gift(receiver, parts, used, keys, waits=True)
        self.summaries[referral] = receiver

    def accepted(self, referral: str, case: str) -> None:
        """What waited opens."""
        gift = self.gifts[referral]
        gift.waits = False
        self.cards.add((case, gift.receiver))

    def taken_over(self, referral: str) -> None:
        """The receiver holds what passed; who held it goes on reading it."""
        gift = self.gifts[referral]
        known = self.known(gift.receiver)
        for name in gift.parts:
            part = self.parts[name]
            part.earlier.add(part.holder)
            part.holder = gift.receiver
        mine = {key for key in known if key[0] in gift.parts}
        self.own.setdefault(gift.receiver, set()).update(mine)

    def ended(self, referral: str) -> None:
        """Declined or taken back."""
        self._end(self.gifts[referral])
        self.over_for[referral] = self.summaries.pop(referral)

    def _end(self, gift: Gift) -> None:
        gift.over = True
        for name in gift.parts:
            self.parts[name].stale = True
            self.cards.discard((self.parts[name].case, gift.receiver))

    def withdrawn(self, consent: str) -> None:
        """She took it back; what another consent still covers is given anew."""
        gone = self.consents[consent]
        gone.lives = False
        resting = [(n, g) for n, g in self.gifts.items() if consent in g.consents and not g.over]
        for name, gift in resting:
            self._end(gift)
            if name in self.summaries:
                self.over_for[name] = self.summaries.pop(name)
            left = self._covered(gone.case, gift.receiver)
            parts = {p for p in gift.parts if self.parts[p].kind in left}
            if parts and not gift.waits:
                kinds = {self.parts[p].kind for p in parts}
                living = self._living(gone.case, gift.receiver)
                used = {n for n, c in living.items() if c.kinds & kinds}
                keys = {(p, self.parts[p].epoch) for p in parts}
                again = Gift(gift.receiver, parts, used, keys, waits=False)
                self.gifts[f"{name}+{len(self.gifts)}"] = again

    def known(self, circle: str) -> set[Key]:
        """Keys that a circle has now."""
        found = set(self.own.get(circle, set()))
        for gift in self.gifts.values():
            if gift.receiver == circle and not gift.waits and not gift.over:
                found |= gift.keys
        return found

    def opens(self, keys: set[Key]) -> set[str]:
        """The revisions that some keys open."""
        return {
            revision
            for name, part in self.parts.items()
            for revision, epoch in part.revisions.items()
            if (name, epoch) in keys
        }
