"""Deleting what has ended, where no room above has a say."""

from referral.accounts.attempts import purge_forgotten
from referral.accounts.sessions import purge_ended
from referral.audit.operation import anyone, operation
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission


@operation(Permission.JOB_RUN, anyone)
def purge_sessions(actor: Actor, subject: None) -> int:
    """Delete sessions past their end, with the keys sealed in them, and old counters of sign-in."""
    moment = clock.now()
    return purge_ended(moment) + purge_forgotten(moment)
