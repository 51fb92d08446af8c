"""The log of one agency, verified entry by entry and replayed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.directory import circles, succession
from referral.vault.directory.circle_entries import CircleEntries
from referral.vault.directory.holds import Hold, is_kept
from referral.vault.directory.member_entries import MemberEntries
from referral.vault.directory.roles import ADMINISTRATOR, roles_in
from referral.vault.directory.statements import LABEL, SignedStatement, Statement
from referral.vault.directory.succession import COUNTERSIGNED, ENDED, PASSED, STATED
from referral.vault.directory.verified import VerifiedMember

OF_SECOND = frozenset({"renewal_begun", "member_renewed"})
"""What an administrator of the second agency may write, and nothing else."""
WAITS = "waits to be confirmed since a backup was put in place"
OF_ROOT = frozenset({"founded", "restarted"})
OF_ROOT_LATER = frozenset({"reinstated", COUNTERSIGNED})
OF_CIRCLE = frozenset({"circle_renewed", PASSED})
"""What somebody in a circle writes about it, administrator or not."""


class AgencyDirectory(MemberEntries, CircleEntries):
    """The verified log of one agency, replayed."""

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
        if statement.kind in OF_ROOT:
            if self.is_founded == (statement.kind == "founded"):
                raise NotVerified("founded twice, or restarted before it was founded")
            return root_public
        if statement.kind in OF_ROOT_LATER:
            return root_public
        if statement.kind not in _APPLY or statement.author_id is None:
            raise NotVerified("unknown kind of entry")
        helper = self._helper(statement)
        if helper is not None:
            return helper
        author = self.member(statement.author_id)
        self._check_author(author, statement)
        if self.is_held(author.member_id, seq=self.head_seq, epoch=self._epoch()):
            raise NotVerified(WAITS)
        return author.signing_public

    def _helper(self, statement: Statement) -> bytes | None:
        """The key of who helps from the second agency; a restore keeps them as it keeps members."""
        author_id, second = statement.author_id, self.helping
        if statement.kind not in OF_SECOND or second is None or author_id is None:
            return None
        if author_id not in second.signing_publics:
            return None
        if is_kept(self.holds, author_id, second.since, epoch=self._epoch()):
            raise NotVerified(WAITS)
        return second.signing_publics[author_id]

    def _epoch(self) -> int:
        """That of the newest restore which the next entry comes after."""
        return max((h.epoch for h in self.holds if h.place <= self.head_seq), default=0)

    def _check_author(self, author: VerifiedMember, statement: Statement) -> None:
        """Administrators say most; a supervisor too names circles; those in a circle keep it."""
        if statement.kind == "circle_named":
            if not circles.may_name(author, statement.payload[2]):
                raise NotVerified("this role names no circle")
        elif statement.kind == "circle_admitted":
            if not self.may_admit(statement.payload[0], author.member_id):
                raise NotVerified("not this member's to admit to")
        elif statement.kind in OF_CIRCLE:
            circle = self.circles.get(statement.payload[0])
            if circle is None or author.member_id not in circle.member_ids:
                raise NotVerified("not a member of this circle")
        elif ADMINISTRATOR not in roles_in(author.role):
            raise NotVerified("not an administrator")

    def take_plan(self, statement: Statement) -> None:
        """Who acts for each circle after the agency; what has passed stays with whom it went to."""
        plan = succession.stated(statement.seq, self.agency_id, statement.payload)
        if not plan.successors.keys() <= self.circles.keys():
            raise NotVerified("no such circle in the log")
        self.succession = succession.after(self.succession, plan)

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


_APPLY: Mapping[str, Callable[[AgencyDirectory, Statement], None]] = {
    "founded": AgencyDirectory.take_founding,
    "member_added": AgencyDirectory.take_member,
    "member_removed": AgencyDirectory.take_removal,
    "reinstated": AgencyDirectory.take_reinstatement,
    "circle_keyed": AgencyDirectory.take_circle,
    "circle_named": AgencyDirectory.take_named,
    "circle_admitted": AgencyDirectory.take_admission,
    "circle_renewed": AgencyDirectory.take_renewal,
    "generations_ended": AgencyDirectory.take_generations_end,
    "second_named": AgencyDirectory.take_second,
    "renewal_begun": AgencyDirectory.take_renewal_begun,
    "member_renewed": AgencyDirectory.take_member_renewal,
    "restarted": AgencyDirectory.take_restart,
    "kit_confirmed": AgencyDirectory.take_kit,
    "kit_spent": AgencyDirectory.take_kit_spent,
    STATED: AgencyDirectory.take_plan,
    COUNTERSIGNED: AgencyDirectory.take_countersignature,
    PASSED: AgencyDirectory.take_passing,
    ENDED: AgencyDirectory.take_end,
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
