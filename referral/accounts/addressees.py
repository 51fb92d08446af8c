"""Whom a notice is for at this moment, for whatever tells members outside the system."""

from uuid import UUID

from sqlalchemy import select

from referral.accounts.model import Member
from referral.accounts.states import MemberState
from referral.agencies.heirs import successor_of
from referral.agencies.queries import circle, members_of
from referral.kernel.db import session
from referral.kernel.errors import NotVerified


def addressees(circle_id: UUID | None, member_id: UUID | None) -> frozenset[UUID]:
    """The active members of a circle, or of the one that acts for it; one of them; or one alone.

    As the signed log says: who has left is told nothing more, whatever the rows say.
    """
    inside = _inside(circle_id) if circle_id is not None else None
    if member_id is not None:
        named = {member_id} if inside is None or member_id in inside else set()
    else:
        named = set(inside or ())
    active = select(Member.id).where(Member.id.in_(named), Member.state == MemberState.ACTIVE)
    return frozenset(session().scalars(active))


def _inside(circle_id: UUID) -> frozenset[UUID]:
    try:
        heir = successor_of(circle_id)
        return members_of(circle(heir.circle_id if heir else circle_id))
    except NotVerified:
        return frozenset()  # who knows whom it would reach
