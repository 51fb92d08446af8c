"""Who may do what to a case. Readability is decided by keys; these predicates by relation."""

from referral.cases.model import CaseFile
from referral.kernel.actor import Actor
from referral.vault.keys import Keyring


def in_circle_of_case(actor: Actor, case: CaseFile) -> bool:
    """The actor holds the key of a circle; whether of this case, its grants and strands decide."""
    return isinstance(actor.keys, Keyring) and bool(actor.keys.circle_ids)


def is_custodian(actor: Actor, case: CaseFile) -> bool:
    """The actor is in the circle that looks after the case."""
    return isinstance(actor.keys, Keyring) and actor.keys.holds(case.custodian_circle_id)


def holds_keys(actor: Actor, subject: object) -> bool:
    """The actor's session has keys at all."""
    return isinstance(actor.keys, Keyring)
