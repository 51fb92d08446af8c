"""Who may do what to a member."""

from referral.accounts.model import Member
from referral.kernel.actor import Actor


def is_colleague(actor: Actor, member: Member) -> bool:
    """The member belongs to the actor's agency."""
    return member.agency_id == actor.agency_id


def is_self(actor: Actor, member: Member) -> bool:
    """The member is the actor."""
    return member.id == actor.member_id
