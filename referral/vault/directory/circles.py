"""What a log says of a circle, and who may say it.

The administrator keeps the working circles. A named circle is kept by its own members: whoever
made it without being in it, and whoever administers the agency, cannot add anybody to it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.directory.roles import ADMINISTRATOR, roles_in
from referral.vault.directory.verified import VerifiedMember

SUPERVISOR = "supervisor"
NAMES_CIRCLES = frozenset({ADMINISTRATOR, SUPERVISOR})
CASES = "cases"
CASE_ROLES = frozenset(
    {
        "police_officer",
        "health_worker",
        "shelter_keeper",
        "social_worker",
        "case_worker",
        SUPERVISOR,
    }
)
"""Who looks after cases: without one of them a circle could hold a case and do nothing for it."""


def works_on_cases(role: str) -> bool:
    """Whether a member with these roles looks after cases."""
    return bool(roles_in(role) & CASE_ROLES)


@dataclass(frozen=True, slots=True)
class CircleState:
    """What the log says of a circle now.

    `founder_ids` are those for whom a named circle was made. `keyed_inside`: whoever made the
    newest generation is in it, so that nobody outside can have kept its secret.
    `opens_to_lost_keys`: somebody in it has new keys, and those of before open the newest
    generation still.
    """

    purpose: str
    generation: int
    public: bytes
    member_ids: frozenset[UUID]
    founder_ids: frozenset[UUID] = frozenset()
    keyed_inside: bool = True
    opens_to_lost_keys: bool = False

    @property
    def is_named(self) -> bool:
        """Whether it was made for a few people and a sensitive case."""
        return bool(self.founder_ids)

    def is_kept_by(self, member: VerifiedMember) -> bool:
        """Whether this member is one who admits others: a supervisor in it, or made for them."""
        inside = member.member_id in self.member_ids
        return inside and (
            member.member_id in self.founder_ids or SUPERVISOR in roles_in(member.role)
        )


def may_name(author: VerifiedMember, member_ids: tuple[UUID, ...]) -> bool:
    """Who makes a named circle: an administrator, a supervisor, or who leaves themself out.

    So a conflict of interest can be declared at night, and nobody shuts colleagues out alone.
    """
    leaves_out_self = author.holds_keys and author.member_id not in member_ids
    return leaves_out_self or bool(roles_in(author.role) & NAMES_CIRCLES)


def check_first(circle_id: UUID, known: CircleState | None, member_ids: tuple[UUID, ...]) -> None:
    """A named circle is new, and made for somebody."""
    if known is not None:
        raise NotVerified(f"circle {circle_id} is there already")
    if not member_ids:
        raise NotVerified("a named circle is made for somebody")


def named(known: CircleState | None) -> CircleState:
    """The state, when it is that of a named circle."""
    if known is None or not known.is_named:
        raise NotVerified("not a named circle")
    return known


def check_admission(state: CircleState, wider: frozenset[UUID]) -> None:
    """An admission adds somebody and takes nobody out."""
    if not wider > state.member_ids:
        raise NotVerified("an admission only adds to a circle")


def check_renewal(
    state: CircleState, generation: Any, staying: frozenset[UUID], present: frozenset[UUID]
) -> None:
    """A renewal makes the next generation for those who are still there, all of them."""
    if generation != state.generation + 1:
        raise NotVerified("generations of a circle are consecutive")
    if staying != state.member_ids & present:
        raise NotVerified("a renewal leaves out only who has left")
