"""Who may do what to a site or a stay: the members of the circle that works it, nobody else."""

from referral.kernel.actor import Actor
from referral.shelters.model import Site, Stay
from referral.vault.keys import Keyring


def keeps_site(actor: Actor, site: Site) -> bool:
    """The actor holds the key of the circle that works the site."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(site.circle_id)


def keeps_stay(actor: Actor, stay: Stay) -> bool:
    """The actor holds the key of the circle that works the site of the stay."""
    return keeps_site(actor, stay.site)


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all; the operation looks which."""
    return isinstance(actor.keys, Keyring)
