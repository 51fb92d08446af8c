"""Reading editions."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE
from referral.kernel.permissions import Permission
from referral.reporting.model import Edition
from referral.reporting.signing import is_verified
from referral.reporting.states import EditionState

__all__ = ["is_verified", "visible_edition", "visible_editions"]


def _visible(actor: Actor) -> Select[Edition]:
    query = select(Edition).order_by(Edition.year.desc(), Edition.number.desc())
    works = {Permission.EDITION_FREEZE, Permission.EDITION_APPROVE} & actor.permissions
    if works:
        return query
    if Permission.EDITION_READ in actor.permissions:
        return query.where(Edition.state == EditionState.APPROVED)
    return query.where(Edition.id.is_(None))


def visible_editions(actor: Actor) -> Sequence[Edition]:
    """The newest editions: all for those who make them, the approved ones for those who read."""
    return session().scalars(_visible(actor).limit(PAGE_SIZE)).all()


def visible_edition(actor: Actor, edition_id: UUID) -> Edition:
    """One edition; `NotFound` for what the actor may not know of."""
    row = session().scalars(_visible(actor).where(Edition.id == edition_id)).one_or_none()
    if row is None:
        raise NotFound("no such edition")
    return row
