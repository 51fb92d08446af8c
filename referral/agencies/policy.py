"""Who may do what to an agency or a circle."""

from referral.agencies.directory import directory_of
from referral.agencies.model import Agency, Circle
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.vault.keys import Keyring


def is_own_agency(actor: Actor, agency: Agency) -> bool:
    """The actor belongs to this agency."""
    return agency.id == actor.agency_id


def is_own_working_circle(actor: Actor, circle: Circle) -> bool:
    """The circle is the actor's agency's, and no named one by its signed log."""
    if circle.agency_id != actor.agency_id:
        return False
    stated = directory_of(circle.agency_id).circles.get(circle.id)
    return stated is None or not stated.is_named


def is_in_circle(actor: Actor, circle: Circle) -> bool:
    """The actor's session reaches the circle's key, as only those in it do."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(circle.id)


def may_know(actor: Actor, circle: Circle) -> bool:
    """A circle of the actor's agency; a named one, if the actor is in it or makes such circles."""
    if circle.agency_id != actor.agency_id:
        return False
    is_maker = Permission.CIRCLE_NAME in actor.permissions
    return not circle.is_named or is_maker or is_in_circle(actor, circle)


def may_admit(actor: Actor, circle: Circle) -> bool:
    """The actor is in this named circle and, by the signed log, one who admits others to it."""
    log = directory_of(circle.agency_id)
    known = actor.member_id is not None and log.may_admit(circle.id, actor.member_id)
    return known and is_in_circle(actor, circle)


def is_in_own_circle(actor: Actor, circle: Circle) -> bool:
    """The circle is the actor's agency's, and the actor has its key."""
    return circle.agency_id == actor.agency_id and is_in_circle(actor, circle)
