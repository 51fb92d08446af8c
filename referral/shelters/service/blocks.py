"""Taking a bed out of use for some nights, and using it again."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from referral.audit.operation import operation
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.permissions import Permission
from referral.shelters import policy
from referral.shelters.claims import beds_of, block_claim, lapse_holds
from referral.shelters.kinds import ClaimKind
from referral.shelters.locks import lock_site
from referral.shelters.model import Claim, Site

LONGEST_BLOCK = timedelta(days=366)


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def block_bed(actor: Actor, site: Site, *, bed_id: UUID, from_on: date, to_on: date) -> Claim:
    """Take a bed out of use from a night until a day (exclusive), for a repair or the like.

    `BedTaken` when somebody has it on one of these nights; nobody is moved by it.
    """
    lock_site(site)
    if from_on < clock.today():
        raise InvalidInput({"from_on": ["Choose a day from today on."]})
    if not from_on < to_on <= from_on + LONGEST_BLOCK:
        raise InvalidInput({"to_on": ["Choose a last day after the first, within a year."]})
    ((bed, _room),) = beds_of(site, [bed_id])
    lapse_holds(site)
    return block_claim(bed, from_on, to_on)


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def unblock_bed(actor: Actor, site: Site, *, bed_id: UUID) -> Site:
    """Use a bed again from tonight on; `StateConflict` when it is not out of use."""
    lock_site(site)
    ((bed, _room),) = beds_of(site, [bed_id])
    today = clock.today()
    query = select(Claim).where(
        Claim.bed_id == bed.id,
        Claim.kind == ClaimKind.BLOCK,
        Claim.released_at.is_(None),
        Claim.to_on > today,
    )
    found = session().scalars(query).all()
    if not found:
        raise StateConflict("in_use", "unblock")
    for claim in found:
        if claim.from_on < today:
            claim.to_on = today
        else:
            claim.released_at = clock.now()
    session().flush()
    return site
