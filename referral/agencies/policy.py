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


def holds_circle(actor: Actor, circle: Circle) -> bool:
    """The actor's session has a key of the circle."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(circle.id)
