"""The restores that this installation has been through, as the server signed them."""

from sqlalchemy import select

from referral.audit.model import RestorePoint
from referral.audit.trail import trail
from referral.kernel import deployment
from referral.kernel.db import read_again, read_once, session
from referral.kernel.deployment import FIRST_EPOCH
from referral.kernel.errors import NotVerified
from referral.vault.restore_points import InstallationPoint, in_line

_KEY = ("restore points",)


def points() -> list[InstallationPoint]:
    """The restores in whose line this installation stands, the oldest first.

    `NotVerified` when one is missing: the epoch, which the instance folder states too, tells how
    many there must be.
    """
    if deployment.current().epoch == FIRST_EPOCH:
        return []
    return read_once(_KEY, _read)


def _read() -> list[InstallationPoint]:
    here, public = deployment.current(), trail.server.public
    found = [
        InstallationPoint.read(row.raw, row.signature, public)
        for row in session().scalars(select(RestorePoint))
    ]
    if any(point.deployment != here.id for point in found):
        raise NotVerified("a restore point of another installation")
    return in_line(found, here.epoch, FIRST_EPOCH)


def keep(point: InstallationPoint) -> None:
    """Write the point of a restore, in its transaction."""
    raw, signature = point.signed(trail.server.sign_as)
    session().add(RestorePoint(epoch=point.epoch, raw=raw, signature=signature))
    session().flush()
    read_again(_KEY)
