"""Putting what ended into files that leave the host, so that no restore brings it back."""

from referral.agencies.directory import log_heads
from referral.audit.operation import anyone, operation
from referral.audit.shipments import ship
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission


@operation(Permission.JOB_RUN, anyone)
def ship_tombstones(actor: Actor, subject: None) -> int:
    """Write the next signed file of what has ended: at once when something has, else hourly."""
    return ship(log_heads())
