"""The log of one agency, verified entry by entry and replayed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.directory import succession
from referral.vault.directory.roles import ADMINISTRATOR, may_hold_keys, roles_in
from referral.vault.directory.statements import LABEL, NO_ENTRY, SignedStatement, Statement
from referral.vault.directory.succession import COUNTERSIGNED, ENDED, PASSED, STATED, Succession
from referral.vault.directory.verified import WITNESS, VerifiedKey, VerifiedMember


@dataclass(frozen=True, slots=True)
class _Membership:
    role: str
    exchange_public: bytes
    signing_public: bytes
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class CircleState:
    """What the log says of a circle now."""

    purpose: str
    generation: int
    public: bytes
    member_ids: frozenset[UUID]


class AgencyDirectory:
    """The verified log of one agency, replayed."""

    def __init__(self, deployment: UUID, agency_id: UUID) -> None:
        self.deployment = deployment
        self.agency_id = agency_id
        self.kind: str | None = None  # the kind of agency that the root founded, if it said so
        self.digests: list[bytes] = []
        self._members: dict[UUID, list[_Membership]] = {}
        self.circles: dict[UUID, CircleState] = {}
        self._publics: dict[tuple[UUID, int], bytes] = {}
        self.succession: Succession | None = None

    @property
    def head_seq(self) -> int:
        """Sequence of the newest entry; 0 when the log is empty."""
        return len(self.digests)

    @property
    def head_digest(self) -> bytes:
        """Digest of the newest entry."""
        return self.digests[-1] if self.digests else NO_ENTRY

    @property
    def is_founded(self) -> bool:
        """Whether the root has countersigned this agency."""
        return bool(self.digests)

    @property
    def is_ended(self) -> bool:
        """Whether the agency has ended: its circles pass to others, its log takes no entry more."""
        return self.succession is not None and self.succession.is_closed

    @property
    def plan(self) -> Succession:
        """The succession stated; `NotVerified` when there is none."""
        if self.succession is None:
            raise NotVerified("no succession stated")
        return self.succession

    def not_passed(self) -> list[UUID]:
        """The circles that have a generation which is not sealed to a successor yet."""
        passed = self.succession.passed if self.succession else {}
        return [
            circle_id
            for circle_id in self.circles
            if passed.get(circle_id, frozenset()) != self.generations(circle_id)
        ]

    def generations(self, circle_id: UUID) -> frozenset[int]:
        """Every generation of a circle that the log ever stated."""
        return frozenset(g for c, g in self._publics if c == circle_id)

    def expect_strand(self, case_id: UUID, seq: int, entry_digest: bytes) -> None:
        """`NotVerified` for an entry of a strand that the agency had not signed when it ended."""
        if self.succession is None or self.succession.strands is None:
            return
        last, newest = self.succession.strands.get(case_id, (0, NO_ENTRY))
        if seq > last or (seq == last and entry_digest != newest):
            raise NotVerified("signed for an agency that has ended")

    def member_at(self, member_id: UUID, seq: int) -> VerifiedMember:
        """The member as the log stood after entry `seq`; `NotVerified` when it was none."""
        for spell in self._members.get(member_id, []):
            if spell.since <= seq <= self.head_seq and (spell.until is None or seq < spell.until):
                return VerifiedMember(
                    self.deployment,
                    self.agency_id,
                    member_id,
                    spell.role,
                    spell.exchange_public,
                    spell.signing_public,
                    WITNESS,
                )
        raise NotVerified("not a member at this place of the log")

    def member(self, member_id: UUID) -> VerifiedMember:
        """The member as the log stands now."""
        return self.member_at(member_id, self.head_seq)

    def _present(self) -> Iterable[_Membership]:
        return (spells[-1] for spells in self._members.values() if spells[-1].until is None)

    def members(self) -> list[VerifiedMember]:
        """All present members."""
        present = [m for m, spells in self._members.items() if spells[-1].until is None]
        return [self.member(member_id) for member_id in present]

    def circle_key(self, circle_id: UUID) -> VerifiedKey:
        """The circle's public key of its newest generation; `NotVerified` when unknown.

        Nor is anything sealed to a generation that somebody holds who has left since.
        """
        state = self.circles.get(circle_id)
        if state is None or self.is_ended:
            raise NotVerified("no such circle in the log")
        if not all(self._holds_keys_now(member_id) for member_id in state.member_ids):
            raise NotVerified("somebody holds this key who left")
        return VerifiedKey(
            self.deployment, self.agency_id, circle_id, state.generation, state.public, WITNESS
        )

    def stated_public(self, circle_id: UUID, generation: int) -> bytes:
        """The public key of any generation the log ever stated; `NotVerified` for another."""
        if (circle_id, generation) not in self._publics:
            raise NotVerified("no such generation in the log")
        return self._publics[circle_id, generation]

    def apply(self, entry: SignedStatement, root_public: bytes) -> None:
        """Verify one more entry against the present state, then take it in."""
        statement = Statement.read(entry.raw)
        if self.is_ended:
            raise NotVerified("the log is closed")
        if (statement.deployment, statement.agency_id, statement.seq, statement.previous) != (
            self.deployment,
            self.agency_id,
            self.head_seq + 1,
            self.head_digest,
        ):
            raise NotVerified("entry does not continue this log")
        signer = self._signer(statement, root_public)
        primitives.verify(signer, LABEL, entry.raw, entry.signature)
        _APPLY[statement.kind](self, statement)
        self.digests.append(entry.digest)

    def _signer(self, statement: Statement, root_public: bytes) -> bytes:
        if statement.kind == "founded":
            if self.is_founded:
                raise NotVerified("founded twice")
            return root_public
        if statement.kind == COUNTERSIGNED:
            return root_public
        if statement.kind not in _APPLY or statement.author_id is None:
            raise NotVerified("unknown kind of entry")
        author = self.member(statement.author_id)
        if statement.kind == PASSED:
            return self._signer_in_circle(author, statement)
        if ADMINISTRATOR not in roles_in(author.role):
            raise NotVerified("not an administrator")
        return author.signing_public

    def _signer_in_circle(self, author: VerifiedMember, statement: Statement) -> bytes:
        """A circle's secret is passed on by whoever has it, administrator or not."""
        circle_id, *_ = statement.payload
        circle = self.circles.get(circle_id)
        if circle is None or author.member_id not in circle.member_ids:
            raise NotVerified("not a member of this circle")
        return author.signing_public

    def take_founding(self, statement: Statement) -> None:
        """The root's word: this agency exists, of this kind; this is its first administrator."""
        member_id, exchange, signing, *kind = statement.payload
        (self.kind,) = kind or (None,)  # entries of version 1 named none at first
        self._members[member_id] = [_Membership(ADMINISTRATOR, exchange, signing, statement.seq)]

    def take_member(self, statement: Statement) -> None:
        """A member joins, or comes back with new keys or another role."""
        member_id, role, exchange, signing = statement.payload
        spells = self._members.setdefault(member_id, [])
        if spells and spells[-1].until is None:
            spells[-1] = replace(spells[-1], until=statement.seq)
        spells.append(_Membership(role, exchange, signing, statement.seq))

    def take_removal(self, statement: Statement) -> None:
        """A member leaves; what it signed before stays valid."""
        (member_id,) = statement.payload
        spells = self._members.get(member_id)
        if not spells or spells[-1].until is not None:
            raise NotVerified("removes nobody")
        spells[-1] = replace(spells[-1], until=statement.seq)
        if not any(ADMINISTRATOR in roles_in(member.role) for member in self._present()):
            raise NotVerified("leaves nobody who could continue this log")

    def take_circle(self, statement: Statement) -> None:
        """A circle is made, gets a new generation, or the members of its generation change."""
        circle_id, purpose, generation, public, member_ids = statement.payload
        known = self.circles.get(circle_id)
        before = known.generation if known else 0
        same_key = known is not None and (generation, public) == (known.generation, known.public)
        if not same_key and generation != before + 1:
            raise NotVerified("generations of a circle are consecutive")
        for member_id in member_ids:
            if not self._holds_keys_now(member_id):
                raise NotVerified("a circle lists somebody who may not hold keys")
        self._publics[circle_id, generation] = public
        self.circles[circle_id] = CircleState(purpose, generation, public, frozenset(member_ids))

    def take_plan(self, statement: Statement) -> None:
        """Who acts for each circle after the agency; another plan only before any key passed."""
        if self.succession is not None and self.succession.passed:
            raise NotVerified("keys have passed already")
        plan = succession.stated(statement.seq, self.agency_id, statement.payload)
        if not plan.successors.keys() <= self.circles.keys():
            raise NotVerified("no such circle in the log")
        self.succession = plan

    def take_countersignature(self, statement: Statement) -> None:
        """The root agrees to the plan whose entry it names."""
        if statement.payload != (self.digests[self.plan.seq - 1],):
            raise NotVerified("countersigns another plan")
        self.succession = succession.countersigned(self.plan)

    def take_passing(self, statement: Statement) -> None:
        """Generations of a circle were sealed to its successor."""
        circle_id, *_ = statement.payload
        known = self.generations(circle_id)
        self.succession = succession.with_passed(self.plan, statement.payload, known)

    def take_end(self, statement: Statement) -> None:
        """The agency ends: its members sign nothing from this place on."""
        if not self.plan.is_countersigned or self.not_passed():
            raise NotVerified("an agency ends when all its circles have passed")
        self.succession = succession.closed(self.plan, statement.payload)
        for spells in self._members.values():
            if spells[-1].until is None:
                spells[-1] = replace(spells[-1], until=statement.seq)

    def _holds_keys_now(self, member_id: UUID) -> bool:
        spells = self._members.get(member_id, [])
        return bool(spells) and spells[-1].until is None and may_hold_keys(spells[-1].role)


_APPLY: Mapping[str, Callable[[AgencyDirectory, Statement], None]] = {
    "founded": AgencyDirectory.take_founding,
    "member_added": AgencyDirectory.take_member,
    "member_removed": AgencyDirectory.take_removal,
    "circle_keyed": AgencyDirectory.take_circle,
    STATED: AgencyDirectory.take_plan,
    COUNTERSIGNED: AgencyDirectory.take_countersignature,
    PASSED: AgencyDirectory.take_passing,
    ENDED: AgencyDirectory.take_end,
}


def verify_log(
    root_public: bytes, deployment: UUID, agency_id: UUID, entries: Iterable[SignedStatement]
) -> AgencyDirectory:
    """Replay a whole log; `NotVerified` at the first entry that does not hold."""
    directory = AgencyDirectory(deployment, agency_id)
    for entry in entries:
        try:
            directory.apply(entry, root_public)
        except (ValueError, TypeError, KeyError) as error:
            raise NotVerified("malformed directory entry") from error
    return directory
