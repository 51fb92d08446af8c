"""Writing every day where the chains stand, so that a file of it can leave the host."""

from referral.agencies.directory import log_heads
from referral.audit.heads import FOLDER, present_heads, written
from referral.audit.operation import anyone, operation
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.instance import instance
from referral.kernel.permissions import Permission


@operation(Permission.JOB_RUN, anyone)
def export_heads(actor: Actor, subject: None) -> int:
    """Write the signed heads of the day, once a day, into the folder of the installation."""
    name = f"{clock.today():%Y-%m-%d}.json"
    if name in instance.names(FOLDER):
        return 0
    instance.write(f"{FOLDER}/{name}", written(present_heads(log_heads())))
    return 1
