"""Who may do what to an agency or a circle."""

from referral.agencies.model import Agency, Circle
from referral.kernel.actor import Actor
from referral.vault.keys import Keyring


def is_own_agency(actor: Actor, agency: Agency) -> bool:
    """The actor belongs to this agency."""
    return agency.id == actor.agency_id


def is_own_circle(actor: Actor, circle: Circle) -> bool:
    """The circle is the actor's agency's."""
    return circle.agency_id == actor.agency_id


def is_in_own_circle(actor: Actor, circle: Circle) -> bool:
    """The circle is the actor's agency's, and the actor has its key."""
    holds = isinstance(actor.keys, Keyring) and actor.keys.holds(circle.id)
    return holds and is_own_circle(actor, circle)
