"""Whose task it is."""

from referral.followup.model import Task
from referral.kernel.actor import Actor
from referral.vault.keys import Keyring


def is_responsible(actor: Actor, task: Task) -> bool:
    """The actor is in the task's circle: a colleague may do what was given to another by name."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(task.circle_id)
