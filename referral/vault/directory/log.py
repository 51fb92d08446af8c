"""The log of one agency, verified entry by entry and replayed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.directory import circles
from referral.vault.directory.circles import CircleState
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


RENEWAL_DELAY = timedelta(hours=24)
"""How long new keys of a member wait where one administrator alone could have made it all up."""
OF_SECOND = frozenset({"renewal_begun", "member_renewed"})
"""What an administrator of the second agency may write, and nothing else."""
OF_ROOT = frozenset({"founded", "restarted"})


@dataclass(frozen=True, slots=True)
class SecondAgency:
    """Who may help when a passphrase is lost: named beforehand, with the keys of that day."""

    agency_id: UUID
    signing_publics: Mapping[UUID, bytes]
    """Of its administrators, as this agency's administrator saw them stated."""


class AgencyDirectory:
    """The verified log of one agency, replayed."""

    def __init__(self, deployment: UUID, agency_id: UUID) -> None:
        self.deployment = deployment
        self.agency_id = agency_id
        self.kind: str | None = None  # the kind of agency that the root founded, if it said so
        self.digests: list[bytes] = []
        self._members: dict[UUID, list[_Membership]] = {}
        self.circles: dict[UUID, CircleState] = {}
        self._circle_spells: dict[UUID, list[tuple[int, CircleState]]] = {}
        self._publics: dict[tuple[UUID, int], bytes] = {}
        self._ended: dict[UUID, int] = {}
        self.holds: tuple[Hold, ...] = ()
        self._begun: dict[UUID, datetime] = {}
        self.second: SecondAgency | None = None
        self.kits: dict[UUID, bytes] = {}
        """Administrators with a confirmed recovery kit, and the digest of its sealed body."""

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

    def administrators(self) -> list[VerifiedMember]:
        """All present administrators."""
        return [m for m in self.members() if ADMINISTRATOR in roles_in(m.role)]

    def key_holders(self, circle_id: UUID) -> frozenset[UUID]:
        """Who is in the circle, present, and in a role that holds keys; nobody when unknown."""
        state = self.circles.get(circle_id)
        named = state.member_ids if state else frozenset()
        return frozenset(member_id for member_id in named if self._holds_keys_now(member_id))

    def renewal_opens_at(self, member_id: UUID) -> datetime | None:
        """From when on a member's new keys may be stated; None unless that was begun."""
        begun = self._begun.get(member_id)
        if begun is None:
            return None
        return begun + RENEWAL_DELAY if len(self.administrators()) < 2 else begun

    def circle_key(self, circle_id: UUID) -> VerifiedKey:
        """The circle's public key of its newest generation; `NotVerified` when unknown.

        Nor is anything sealed to a generation that somebody holds who has left since.
        """
        state = self._sealable(circle_id)
        if not state.keyed_inside:
            raise NotVerified("its members have not renewed this key yet")
        return self._key_of(circle_id, state)

    def handed_key(self, circle_id: UUID) -> VerifiedKey:
        """As `circle_key`, also while whoever made the circle may know its secret still.

        For what that member knows anyway: handing a case over to a circle just made.
        """
        return self._key_of(circle_id, self._sealable(circle_id))

    def _sealable(self, circle_id: UUID) -> CircleState:
        state = self.circles.get(circle_id)
        if state is None:
            raise NotVerified("no such circle in the log")
        if not all(
            self._holds_keys_now(member_id) and not self.had_left(member_id)
            for member_id in state.member_ids
        ):
            raise NotVerified("somebody holds this key who left")
        return state

    def _key_of(self, circle_id: UUID, state: CircleState) -> VerifiedKey:
        return VerifiedKey(
            self.deployment, self.agency_id, circle_id, state.generation, state.public, WITNESS
        )

    def needs_renewal(self, circle_id: UUID) -> bool:
        """Whether a named circle waits for a key that only those in it know."""
        state = self.circles[circle_id]
        left = not all(self._holds_keys_now(member_id) for member_id in state.member_ids)
        return state.is_named and (left or not state.keyed_inside)

    def staying(self, circle_id: UUID) -> frozenset[UUID]:
        """Who of a circle is still there and may hold keys."""
        member_ids = self.circles[circle_id].member_ids
        return frozenset(m for m in member_ids if self._holds_keys_now(m))

    def may_admit(self, circle_id: UUID, member_id: UUID) -> bool:
        """Whether a member may admit others to a named circle.

        A supervisor in it, or one for whom it was made; anybody in it once none of these is left.
        """
        state = self.circles.get(circle_id)
        staying = self.staying(circle_id) if state is not None else frozenset()
        if state is None or not state.is_named or member_id not in staying:
            return False
        kept = [m for m in staying if state.is_kept_by(self.member(m))]
        return not kept or member_id in kept

    def circle_at(self, circle_id: UUID, seq: int) -> CircleState | None:
        """The circle as the log stood after entry `seq`; None when there was none."""
        spells = [s for since, s in self._circle_spells.get(circle_id, []) if since <= seq]
        return spells[-1] if spells else None

    def stated_public(self, circle_id: UUID, generation: int) -> bytes:
        """The public key of a generation the log states and has not ended; `NotVerified` else."""
        if generation < self.oldest_generation(circle_id):
            raise NotVerified("this generation has ended")
        if (circle_id, generation) not in self._publics:
            raise NotVerified("no such generation in the log")
        return self._publics[circle_id, generation]

    def oldest_generation(self, circle_id: UUID) -> int:
        """The oldest generation of a circle that has not ended."""
        return self._ended.get(circle_id, 0) + 1

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
        if statement.kind in OF_ROOT:
            if self.is_founded == (statement.kind == "founded"):
                raise NotVerified("founded twice, or restarted before it was founded")
            return root_public
        if statement.kind == "reinstated":
            return root_public
        if statement.kind not in _APPLY or statement.author_id is None:
            raise NotVerified("unknown kind of entry")
        helpers = self.second.signing_publics if self.second else {}
        if statement.kind in OF_SECOND and statement.author_id in helpers:
            return helpers[statement.author_id]
        author = self.member(statement.author_id)
        self._check_author(author, statement)
        epochs = [hold.epoch for hold in self.holds if hold.place <= self.head_seq]
        if self.is_held(author.member_id, seq=self.head_seq, epoch=max(epochs, default=0)):
            raise NotVerified("waits to be confirmed since a backup was put in place")
        return author.signing_public

    def _check_author(self, author: VerifiedMember, statement: Statement) -> None:
        """Administrators say most; a supervisor too names circles; members keep a named one."""
        if statement.kind == "circle_named":
            if not circles.may_name(author, statement.payload[2]):
                raise NotVerified("this role names no circle")
        elif statement.kind == "circle_admitted":
            if not self.may_admit(statement.payload[0], author.member_id):
                raise NotVerified("not this member's to admit to")
        elif statement.kind == "circle_renewed":
            state = circles.named(self.circles.get(statement.payload[0]))
            if author.member_id not in state.member_ids:
                raise NotVerified("not in this circle")
        elif ADMINISTRATOR not in roles_in(author.role):
            raise NotVerified("not an administrator")

    def take_founding(self, statement: Statement) -> None:
        """The root's word: this agency exists, of this kind; this is its first administrator."""
        member_id, exchange, signing, *kind = statement.payload
        (self.kind,) = kind or (None,)  # entries of version 1 named none at first
        self._members[member_id] = [_Membership(ADMINISTRATOR, exchange, signing, statement.seq)]

    def take_member(self, statement: Statement) -> None:
        """A member joins, comes back after having left, or gets another role with the same keys."""
        member_id, role, exchange, signing = statement.payload
        spells = self._members.setdefault(member_id, [])
        if spells and spells[-1].until is None:
            if (spells[-1].exchange_public, spells[-1].signing_public) != (exchange, signing):
                raise NotVerified("new keys of somebody present must be begun and wait")
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
        self._forget(member_id)
        if not any(ADMINISTRATOR in roles_in(member.role) for member in self._present()):
            raise NotVerified("leaves nobody who could continue this log")

    def take_circle(self, statement: Statement) -> None:
        """A circle is made, gets a new generation, or the members of its generation change."""
        circle_id, purpose, generation, public, member_ids = statement.payload
        known = self.circles.get(circle_id)
        if known is not None and known.is_named:
            raise NotVerified("a named circle is kept by those in it")
        before = known.generation if known else 0
        same_key = known is not None and (generation, public) == (known.generation, known.public)
        if not same_key and generation != before + 1:
            raise NotVerified("generations of a circle are consecutive")
        self._state(statement, CircleState(purpose, generation, public, frozenset(member_ids)))

    def take_named(self, statement: Statement) -> None:
        """A circle for a few named people, whose maker need not be one of them."""
        circle_id, public, member_ids = statement.payload
        circles.check_first(circle_id, self.circles.get(circle_id), member_ids)
        chosen = frozenset(member_ids)
        inside = statement.author_id in chosen
        self._state(statement, CircleState(circles.CASES, 1, public, chosen, chosen, inside))

    def take_admission(self, statement: Statement) -> None:
        """Those in a named circle take somebody in; the key stays."""
        circle_id, member_ids = statement.payload
        state = circles.named(self.circles.get(circle_id))
        wider = frozenset(member_ids)
        circles.check_admission(state, wider)
        self._state(statement, replace(state, member_ids=wider))

    def take_renewal(self, statement: Statement) -> None:
        """One of a named circle gives it a new key, sealed to all who are still there."""
        circle_id, generation, public, member_ids = statement.payload
        state = circles.named(self.circles.get(circle_id))
        staying = frozenset(member_ids)
        circles.check_renewal(state, generation, staying, self.staying(circle_id))
        fresh = replace(
            state, generation=generation, public=public, member_ids=staying, keyed_inside=True
        )
        self._state(statement, fresh)

    def _state(self, statement: Statement, state: CircleState) -> None:
        circle_id = statement.payload[0]
        if not all(self._holds_keys_now(member_id) for member_id in state.member_ids):
            raise NotVerified("a circle lists somebody who may not hold keys")
        self._publics[circle_id, state.generation] = state.public
        self.circles[circle_id] = state
        self._circle_spells.setdefault(circle_id, []).append((statement.seq, state))

    def _forget(self, member_id: UUID) -> None:
        """What hung on keys that are a member's no longer."""
        self.kits.pop(member_id, None)
        self._begun.pop(member_id, None)

    def take_second(self, statement: Statement) -> None:
        """Another agency is named to help when a passphrase is lost here, or none any more."""
        agency_id, administrators = statement.payload
        if agency_id is None:
            self.second = None
            return
        named = dict(administrators)
        fits = all(isinstance(m, UUID) and len(public) == 32 for m, public in named.items())
        if agency_id == self.agency_id or not named or not fits or named.keys() & self._members:
            raise NotVerified("not a second agency")
        self.second = SecondAgency(agency_id, named)

    def take_renewal_begun(self, statement: Statement) -> None:
        """A member has lost the way to their keys and will come back with others."""
        (member_id,) = statement.payload
        self.member(member_id)
        if member_id == statement.author_id or not isinstance(statement.at, datetime):
            raise NotVerified("nobody begins this for themselves")
        self._begun[member_id] = statement.at

    def take_member_renewal(self, statement: Statement) -> None:
        """New keys of a member whose role stays; after a day where one person alone says so."""
        member_id, exchange, signing = statement.payload
        opens_at = self.renewal_opens_at(member_id)
        if opens_at is None or statement.at < opens_at or member_id == statement.author_id:
            raise NotVerified("new keys that were not begun, or come too soon")
        spells = self._members[member_id]
        role = spells[-1].role
        spells[-1] = replace(spells[-1], until=statement.seq)
        spells.append(_Membership(role, exchange, signing, statement.seq))
        self._forget(member_id)

    def take_restart(self, statement: Statement) -> None:
        """The root's word: all administrators are lost, and this one takes their place."""
        member_id, exchange, signing = statement.payload
        for administrator in self.administrators():
            spells = self._members[administrator.member_id]
            spells[-1] = replace(spells[-1], until=statement.seq)
            self._forget(administrator.member_id)
        if member_id in self._members and self._members[member_id][-1].until is None:
            raise NotVerified("somebody who works here in another role")
        spell = _Membership(ADMINISTRATOR, exchange, signing, statement.seq)
        self._members.setdefault(member_id, []).append(spell)
        self.second = None

    def take_kit(self, statement: Statement) -> None:
        """An administrator keeps a recovery kit on paper and has shown that it is legible."""
        member_id, body_digest = statement.payload
        if member_id != statement.author_id or len(body_digest) != 32:
            raise NotVerified("another's kit")
        self.kits[member_id] = body_digest

    def take_kit_spent(self, statement: Statement) -> None:
        """The kit was used: it is good no more."""
        (member_id,) = statement.payload
        if member_id != statement.author_id or member_id not in self.kits:
            raise NotVerified("no kit of theirs")
        del self.kits[member_id]

    def take_end(self, statement: Statement) -> None:
        """Generations of a circle up to one are over: nothing is sealed under them any more."""
        circle_id, over = statement.payload
        state = self.circles.get(circle_id)
        if state is None or not self.oldest_generation(circle_id) <= over < state.generation:
            raise NotVerified("ends no older generation")
        self._ended[circle_id] = over

    def _holds_keys_now(self, member_id: UUID) -> bool:
        spells = self._members.get(member_id, [])
        return bool(spells) and spells[-1].until is None and may_hold_keys(spells[-1].role)


_APPLY: Mapping[str, Callable[[AgencyDirectory, Statement], None]] = {
    "founded": AgencyDirectory.take_founding,
    "member_added": AgencyDirectory.take_member,
    "member_removed": AgencyDirectory.take_removal,
    "reinstated": AgencyDirectory.take_reinstatement,
    "circle_keyed": AgencyDirectory.take_circle,
    "circle_named": AgencyDirectory.take_named,
    "circle_admitted": AgencyDirectory.take_admission,
    "circle_renewed": AgencyDirectory.take_renewal,
    "generations_ended": AgencyDirectory.take_end,
    "second_named": AgencyDirectory.take_second,
    "renewal_begun": AgencyDirectory.take_renewal_begun,
    "member_renewed": AgencyDirectory.take_member_renewal,
    "restarted": AgencyDirectory.take_restart,
    "kit_confirmed": AgencyDirectory.take_kit,
    "kit_spent": AgencyDirectory.take_kit_spent,
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
