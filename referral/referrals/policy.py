"""Who may do what to a referral."""

from uuid import UUID

from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.referrals.model import Referral
from referral.vault.keys import Keyring


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all."""
    return isinstance(actor.keys, Keyring)


def watches_agency(actor: Actor, agency_id: UUID | None) -> bool:
    """The actor stands duty in this very agency: how much waits there, nothing of what."""
    is_own = agency_id is not None and agency_id == actor.agency_id
    return is_own and Permission.DUTY_READ in actor.permissions


def is_receiver(actor: Actor, referral: Referral) -> bool:
    """The actor is in the circle that was asked."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(referral.to_circle_id)


def is_sender(actor: Actor, referral: Referral) -> bool:
    """The actor is in the circle that asked."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(referral.from_circle_id)


def is_party(actor: Actor, referral: Referral) -> bool:
    """The actor is in one of the two circles."""
    return is_receiver(actor, referral) or is_sender(actor, referral)
