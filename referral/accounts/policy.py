"""Who may do what to a member."""

from referral.accounts.model import Member
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.vault.directory import ADMINISTRATOR, AgencyDirectory, roles_in
from referral.vault.keys import Keyring


def is_colleague(actor: Actor, member: Member) -> bool:
    """The member belongs to the actor's agency."""
    return member.agency_id == actor.agency_id


def is_self(actor: Actor, member: Member) -> bool:
    """The member is the actor."""
    return member.id == actor.member_id


CHOOSES_COLLEAGUES = frozenset(
    {Permission.CIRCLE_ADMIT, Permission.CIRCLE_NAME, Permission.SESSION_END}
)


def manages_or_is(actor: Actor, member: Member) -> bool:
    """The actor sees to this account: an administrator of the agency, or whose it is."""
    manages = Permission.MEMBER_MANAGE in actor.permissions and is_colleague(actor, member)
    return manages or is_self(actor, member)


def sees_member(actor: Actor, member: Member) -> bool:
    """All colleagues for who manages them; the active ones for who has to choose among them.

    Everybody else knows of themselves alone.
    """
    if manages_or_is(actor, member):
        return True
    chooses = bool(CHOOSES_COLLEAGUES & actor.permissions)
    return chooses and is_colleague(actor, member) and member.state == MemberState.ACTIVE


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
    second, keys = log.helping, actor.keys
    if second is None or second.agency_id != actor.agency_id or not isinstance(keys, Keyring):
        return False
    mine = directory.stated_member(keys.agency_id, keys.member_id)
    return (
        second.signing_publics.get(keys.member_id) == keys.signing_public
        and mine is not None
        and ADMINISTRATOR in roles_in(mine.role)
    )
