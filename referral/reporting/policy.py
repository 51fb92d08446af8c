"""Who may do what to an edition."""

from referral.agencies.queries import is_in_statistics_circle
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.reporting.model import Edition
from referral.reporting.states import EditionState
from referral.vault.keys import Keyring


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all; whether the statistics circle's, opening decides."""
    return isinstance(actor.keys, Keyring)


def is_second_person(actor: Actor, edition: Edition) -> bool:
    """Not the one who made it, and one who can open the facts to check it: four eyes."""
    is_another = actor.member_id is not None and actor.member_id != edition.made_by_id
    return is_another and is_in_statistics_circle(actor)


def may_see(actor: Actor, edition: Edition) -> bool:
    """An approved edition, or one that the actor works on."""
    works = {Permission.EDITION_FREEZE, Permission.EDITION_APPROVE} & actor.permissions
    return edition.state == EditionState.APPROVED or bool(works)
