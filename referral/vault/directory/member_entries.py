"""What a log takes in of members: who joins and leaves, gets new keys, keeps a code on paper."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.directory.roles import ADMINISTRATOR, roles_in
from referral.vault.directory.state import LogState, Membership, SecondAgency
from referral.vault.directory.statements import Statement


class MemberEntries(LogState):
    """Each takes one verified entry in, or raises `NotVerified`."""

    def take_founding(self, statement: Statement) -> None:
        """The root's word: this agency exists, of this kind; this is its first administrator."""
        member_id, exchange, signing, *kind = statement.payload
        (self.kind,) = kind or (None,)  # entries of version 1 named none at first
        self._members[member_id] = [Membership(ADMINISTRATOR, exchange, signing, statement.seq)]

    def take_member(self, statement: Statement) -> None:
        """A member joins, comes back after having left, or gets another role with the same keys."""
        member_id, role, exchange, signing = statement.payload
        spells = self._members.setdefault(member_id, [])
        if spells and spells[-1].until is None:
            if (spells[-1].exchange_public, spells[-1].signing_public) != (exchange, signing):
                raise NotVerified("new keys of somebody present must be begun and wait")
            spells[-1] = replace(spells[-1], until=statement.seq)
        spells.append(Membership(role, exchange, signing, statement.seq))
        if ADMINISTRATOR not in roles_in(role):
            self.kits.pop(member_id, None)  # kits are for administrators
            self._expect_administrator()

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
        spells.append(Membership(known.role, exchange, signing, statement.seq))

    def take_removal(self, statement: Statement) -> None:
        """A member leaves; what it signed before stays valid."""
        (member_id,) = statement.payload
        spells = self._members.get(member_id)
        if not spells or spells[-1].until is not None:
            raise NotVerified("removes nobody")
        spells[-1] = replace(spells[-1], until=statement.seq)
        self._forget(member_id)
        self._expect_administrator()

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
        self.second = SecondAgency(agency_id, named, statement.seq)

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
        spells.append(Membership(role, exchange, signing, statement.seq))
        self._forget(member_id)
        self._ask_for_renewal(member_id)

    def _ask_for_renewal(self, member_id: UUID) -> None:
        """Named circles whose secret the keys of before open: nobody but those in them renews it.

        The keys may have been lost with a device, and an administrator gives these no new one.
        """
        for circle_id, state in self.circles.items():
            if state.is_named and member_id in state.member_ids:
                self.circles[circle_id] = replace(state, opens_to_lost_keys=True)

    def take_restart(self, statement: Statement) -> None:
        """The root's word: all administrators are lost, and this one takes their place."""
        member_id, exchange, signing = statement.payload
        for administrator in self.administrators():
            spells = self._members[administrator.member_id]
            spells[-1] = replace(spells[-1], until=statement.seq)
            self._forget(administrator.member_id)
        if member_id in self._members and self._members[member_id][-1].until is None:
            raise NotVerified("somebody who works here in another role")
        spell = Membership(ADMINISTRATOR, exchange, signing, statement.seq)
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

    def _expect_administrator(self) -> None:
        if not any(ADMINISTRATOR in roles_in(member.role) for member in self._present()):
            raise NotVerified("leaves nobody who could continue this log")

    def _forget(self, member_id: UUID) -> None:
        """What hung on keys that are a member's no longer."""
        self.kits.pop(member_id, None)
        self._begun.pop(member_id, None)
