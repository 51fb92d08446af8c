"""Who may do what to a member."""

from referral.accounts.model import Member
from referral.agencies import directory
from referral.kernel.actor import Actor
from referral.vault.directory import ADMINISTRATOR, AgencyDirectory, roles_in
from referral.vault.keys import Keyring


def is_colleague(actor: Actor, member: Member) -> bool:
    """The member belongs to the actor's agency."""
    return member.agency_id == actor.agency_id


def is_self(actor: Actor, member: Member) -> bool:
    """The member is the actor."""
    return member.id == actor.member_id


def may_reenrol(actor: Actor, member: Member) -> bool:
    """A colleague's, or a member's whose agency has named the actor beforehand in its log."""
    if is_colleague(actor, member):
        return True
    stated = directory.stated_member(member.agency_id, member.id)
    log = directory.directory_of(member.agency_id)
    return stated is not None and is_named_helper(actor, log)


def is_named_helper(actor: Actor, log: AgencyDirectory) -> bool:
    """The log names the actor's agency as the second, and the actor with these very keys.

    Who is not an administrator there any more helps nobody, whatever the list says.
    """
    second, keys = log.second, actor.keys
    if second is None or second.agency_id != actor.agency_id or not isinstance(keys, Keyring):
        return False
    mine = directory.stated_member(keys.agency_id, keys.member_id)
    return (
        second.signing_publics.get(keys.member_id) == keys.signing_public
        and mine is not None
        and ADMINISTRATOR in roles_in(mine.role)
    )
