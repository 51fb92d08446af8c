"""Whose notice it is."""

from referral.kernel.actor import Actor
from referral.notices.model import Notice
from referral.vault.keys import Keyring


def is_addressee(actor: Actor, notice: Notice) -> bool:
    """The notice is for the actor, or for a whole circle the actor is in."""
    if notice.member_id is not None:
        return notice.member_id == actor.member_id
    circle_id = notice.circle_id
    return circle_id is not None and isinstance(actor.keys, Keyring) and actor.keys.holds(circle_id)
