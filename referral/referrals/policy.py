"""Who may do what to a referral."""

from referral.kernel.actor import Actor
from referral.referrals.model import Referral
from referral.vault.keys import Keyring


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all."""
    return isinstance(actor.keys, Keyring)


def is_receiver(actor: Actor, referral: Referral) -> bool:
    """The actor is in the circle that was asked."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(referral.to_circle_id)


def is_sender(actor: Actor, referral: Referral) -> bool:
    """The actor is in the circle that asked."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(referral.from_circle_id)


def is_party(actor: Actor, referral: Referral) -> bool:
    """The actor is in one of the two circles."""
    return is_receiver(actor, referral) or is_sender(actor, referral)
