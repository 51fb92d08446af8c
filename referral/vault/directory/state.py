"""What a log says, entry by entry taken in: members, circles, keys; only read here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.directory.circles import CircleState
from referral.vault.directory.holds import Hold, is_kept
from referral.vault.directory.roles import ADMINISTRATOR, may_hold_keys, roles_in
from referral.vault.directory.statements import NO_ENTRY
from referral.vault.directory.succession import Succession
from referral.vault.directory.verified import WITNESS, VerifiedKey, VerifiedMember

RENEWAL_DELAY = timedelta(hours=24)
"""How long new keys of a member wait where one administrator alone could have made it all up."""


@dataclass(frozen=True, slots=True)
class Membership:
    """A spell of somebody's membership, from one place of the log to another."""

    role: str
    exchange_public: bytes
    signing_public: bytes
    since: int
    until: int | None = None


@dataclass(frozen=True, slots=True)
class SecondAgency:
    """Who may help when a passphrase is lost: named beforehand, with the keys of that day."""

    agency_id: UUID
    signing_publics: Mapping[UUID, bytes]
    """Of its administrators, as this agency's administrator saw them stated."""
    since: int = 0
    """The place of the log that named it."""


class LogState:
    """The state of a log after its newest entry, and what may be concluded from it."""

    def __init__(self, deployment: UUID, agency_id: UUID) -> None:
        self.deployment = deployment
        self.agency_id = agency_id
        self.kind: str | None = None  # the kind of agency that the root founded, if it said so
        self.digests: list[bytes] = []
        self._members: dict[UUID, list[Membership]] = {}
        self.circles: dict[UUID, CircleState] = {}
        self._circle_spells: dict[UUID, list[tuple[int, CircleState]]] = {}
        self._publics: dict[tuple[UUID, int], bytes] = {}
        self._ended: dict[UUID, int] = {}
        self.holds: tuple[Hold, ...] = ()
        self._begun: dict[UUID, datetime] = {}
        self.second: SecondAgency | None = None
        self.kits: dict[UUID, bytes] = {}
        """Administrators with a confirmed recovery kit, and the digest of its sealed body."""
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
    def helping(self) -> SecondAgency | None:
        """The second agency that may help now: none where a restore knows that it was no more."""
        second = self.second
        was_ended = second is not None and any(
            hold.is_unseconded and second.since <= hold.place for hold in self._holds_passed()
        )
        return None if was_ended else second

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
            if not self.generations(circle_id) <= passed.get(circle_id, frozenset())
        ]

    def generations(self, circle_id: UUID) -> frozenset[int]:
        """Every generation of a circle that the log states and has not ended."""
        oldest = self.oldest_generation(circle_id)
        return frozenset(g for c, g in self._publics if c == circle_id and g >= oldest)

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

    def named_at(self, member_id: UUID) -> int:
        """The place that names a present member with the roles and keys of now; 0 for nobody."""
        spells = self._members.get(member_id, [])
        return spells[-1].since if spells and spells[-1].until is None else 0

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

    def _present(self) -> Iterable[Membership]:
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
        if state is None or self.is_ended:
            raise NotVerified("no such circle in the log")
        if not all(
            self._holds_keys_now(member_id) and not self.had_left(member_id)
            for member_id in state.member_ids
        ):
            raise NotVerified("somebody holds this key who left")
        if state.opens_to_lost_keys:
            raise NotVerified("keys that a member had before open this one still")
        if self.awaits_key(circle_id):
            raise NotVerified("waits for another key since a backup was put in place")
        return state

    def awaits_key(self, circle_id: UUID) -> bool:
        """Whether a restore keeps everything from a circle until it has another key.

        It had been given one by then, or somebody is in it who had left or been taken out.
        """
        state = self.circles.get(circle_id)
        if state is None:
            return False
        return any(
            self.had_left(member_id) or self.is_parted(circle_id, member_id)
            for member_id in state.member_ids
        ) or any(
            circle_id in hold.rekeyed and self._has_key_of(circle_id, hold.place)
            for hold in self._holds_passed()
        )

    def is_parted(self, circle_id: UUID, member_id: UUID) -> bool:
        """Whether a circle lists somebody only since the log does not know that this had ended.

        They count again once a later entry has left them out and another has taken them in.
        """
        return any(
            hold.parts(member_id) and member_id in self._listed_since(circle_id, hold.place)
            for hold in self._holds_passed()
        )

    def _listed_since(self, circle_id: UUID, place: int) -> frozenset[UUID]:
        """Who has been in a circle all the time from a place of the log until now."""
        then = self.circle_at(circle_id, place)
        spells = self._circle_spells.get(circle_id, [])
        later = [state.member_ids for since, state in spells if since > place]
        return then.member_ids.intersection(*later) if then is not None else frozenset()

    def _has_key_of(self, circle_id: UUID, place: int) -> bool:
        """Whether a circle has the key still that it had at a place of the log."""
        then = self.circle_at(circle_id, place)
        return then is not None and then.generation == self.circles[circle_id].generation

    def _holds_passed(self) -> list[Hold]:
        """Holds of restores that the log has come by: before, everything was as it says."""
        return [hold for hold in self.holds if hold.place <= self.head_seq]

    def _key_of(self, circle_id: UUID, state: CircleState) -> VerifiedKey:
        return VerifiedKey(
            self.deployment, self.agency_id, circle_id, state.generation, state.public, WITNESS
        )

    def needs_renewal(self, circle_id: UUID) -> bool:
        """Whether a named circle waits for a key that only those in it know."""
        state = self.circles[circle_id]
        left = self.staying(circle_id) != state.member_ids or self.awaits_key(circle_id)
        known = not state.keyed_inside or state.opens_to_lost_keys
        return state.is_named and (left or known)

    def staying(self, circle_id: UUID) -> frozenset[UUID]:
        """Who of a circle is still there and may hold its key."""
        member_ids = self.circles[circle_id].member_ids
        return frozenset(
            m for m in member_ids if self._holds_keys_now(m) and not self.is_parted(circle_id, m)
        )

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

    def _holds_keys_now(self, member_id: UUID) -> bool:
        spells = self._members.get(member_id, [])
        return bool(spells) and spells[-1].until is None and may_hold_keys(spells[-1].role)
