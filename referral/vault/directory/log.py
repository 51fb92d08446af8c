"""The log of one agency, verified entry by entry and replayed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.directory.holds import Hold, is_kept
from referral.vault.directory.roles import ADMINISTRATOR, may_hold_keys, roles_in
from referral.vault.directory.statements import LABEL, NO_ENTRY, SignedStatement, Statement
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
        self.holds: tuple[Hold, ...] = ()

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

    def is_held(self, member_id: UUID, *, seq: int, epoch: int) -> bool:
        """Whether a restore keeps this member, as named at a place, from counting in an epoch."""
        for spell in self._members.get(member_id, []):
            if spell.since <= seq and (spell.until is None or seq < spell.until):
                return is_kept(self.holds, member_id, spell.since, epoch=epoch)
        return False

    def had_left(self, member_id: UUID) -> bool:
        """Whether a restore knows of a present member that the membership had ended."""
        since = self._members[member_id][-1].since
        return any(member_id in hold.removed and since <= hold.place for hold in self.holds)

    def expect_restored(self) -> None:
        """`NotVerified` unless the log goes on from where it stood at each restore."""
        for hold in self.holds:
            if hold.place and self.digests[hold.place - 1 : hold.place] != [hold.digest]:
                raise NotVerified("not the log that was there when a backup was put in place")

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
        if state is None:
            raise NotVerified("no such circle in the log")
        if not all(
            self._holds_keys_now(member_id) and not self.had_left(member_id)
            for member_id in state.member_ids
        ):
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
        if statement.kind == "reinstated":
            return root_public
        if statement.kind not in _APPLY or statement.author_id is None:
            raise NotVerified("unknown kind of entry")
        author = self.member(statement.author_id)
        epochs = [hold.epoch for hold in self.holds if hold.place <= self.head_seq]
        if self.is_held(author.member_id, seq=self.head_seq, epoch=max(epochs, default=0)):
            raise NotVerified("waits to be confirmed since a backup was put in place")
        if ADMINISTRATOR not in roles_in(author.role):
            raise NotVerified("not an administrator")
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

    def take_reinstatement(self, statement: Statement) -> None:
        """The root's word after a restore: this administrator is still one, with these keys."""
        member_id, exchange, signing = statement.payload
        known = self.member(member_id)
        if ADMINISTRATOR not in roles_in(known.role) or self.had_left(member_id):
            raise NotVerified("not an administrator")
        if (exchange, signing) != (known.exchange_public, known.signing_public):
            raise NotVerified("other keys than the log states")
        spells = self._members[member_id]
        spells[-1] = replace(spells[-1], until=statement.seq)
        spells.append(_Membership(known.role, exchange, signing, statement.seq))

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

    def _holds_keys_now(self, member_id: UUID) -> bool:
        spells = self._members.get(member_id, [])
        return bool(spells) and spells[-1].until is None and may_hold_keys(spells[-1].role)


_APPLY: Mapping[str, Callable[[AgencyDirectory, Statement], None]] = {
    "founded": AgencyDirectory.take_founding,
    "member_added": AgencyDirectory.take_member,
    "member_removed": AgencyDirectory.take_removal,
    "reinstated": AgencyDirectory.take_reinstatement,
    "circle_keyed": AgencyDirectory.take_circle,
}


def verify_log(
    root_public: bytes,
    deployment: UUID,
    agency_id: UUID,
    entries: Iterable[SignedStatement],
    holds: Iterable[Hold] = (),
) -> AgencyDirectory:
    """Replay a whole log; `NotVerified` at the first entry that does not hold."""
    directory = AgencyDirectory(deployment, agency_id)
    directory.holds = tuple(holds)
    for entry in entries:
        try:
            directory.apply(entry, root_public)
        except (ValueError, TypeError, KeyError) as error:
            raise NotVerified("malformed directory entry") from error
    directory.expect_restored()
    return directory
