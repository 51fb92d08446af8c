"""Who may open details of the log. Which of them open, the keys decide."""

from referral.kernel.actor import Actor
from referral.vault.keys import Keyring


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all."""
    return isinstance(actor.keys, Keyring)
