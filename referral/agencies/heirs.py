"""Who acts for circles of agencies that have ended: from rows to what the verified logs confirm.

A row says that a secret was sealed. That it counts says the ended agency's log alone: closed, and
its plan countersigned by the root.
"""

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import select

from referral.agencies.directory import directory_of
from referral.agencies.model import Circle, CircleSuccession, CircleSuccessionBody
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.vault.directory import AgencyDirectory, Successor
from referral.vault.keys import Keyring, PassedPlace


def load_passed(keyring: Keyring) -> None:
    """Give a key ring what ended agencies' circles passed to its circles, and those before them."""
    for place, log in _in_line(dict.fromkeys(keyring.circle_ids, keyring.agency_id)):
        row = session().scalars(
            select(CircleSuccessionBody)
            .join(CircleSuccession, CircleSuccession.id == CircleSuccessionBody.succession_id)
            .where(
                CircleSuccession.circle_id == place.circle_id,
                CircleSuccession.generation == place.generation,
            )
        ).one_or_none()  # fmt: skip
        if row is not None:
            public = log.stated_public(place.circle_id, place.generation)
            keyring.add_passed(place, row.body, public=public)


def circles_in_line(agency_id: UUID) -> frozenset[UUID]:
    """An agency's circles, and those of ended agencies that they act for."""
    own = session().scalars(select(Circle.id).where(Circle.agency_id == agency_id)).all()
    passed = (place.circle_id for place, _ in _in_line(dict.fromkeys(own, agency_id)))
    return frozenset({*own, *passed})


def agencies_in_line(agency_id: UUID) -> frozenset[UUID]:
    """An agency, and the ended ones for whose circles it acts."""
    own = session().scalars(select(Circle.id).where(Circle.agency_id == agency_id)).all()
    passed = (place.agency_id for place, _ in _in_line(dict.fromkeys(own, agency_id)))
    return frozenset({agency_id, *passed})


def successor_of(circle_id: UUID) -> Successor | None:
    """Who acts for a circle now, the last of a line; None while its own agency does."""
    row, heir = session().get(Circle, circle_id), None
    while row is not None and (log := directory_of(row.agency_id)).is_ended:
        heir = log.plan.successors.get(row.id)
        row = session().get(Circle, heir.circle_id) if heir else None
    return heir


def has_ended(agency_id: UUID | None, circle_id: UUID | None) -> bool:
    """Whether the recipient of a basis, an agency or a circle, has ended and is succeeded."""
    row = session().get(Circle, circle_id) if circle_id else None
    named = row.agency_id if row is not None else agency_id
    log = _log(named) if named is not None else None
    return log is not None and log.is_ended


def _in_line(owners: Mapping[UUID, UUID]) -> Iterator[tuple[PassedPlace, AgencyDirectory]]:
    """Every generation that passed to these circles (with their agencies), or on to them."""
    known, wanted = dict(owners), frozenset(owners)
    while wanted:
        rows = session().scalars(
            select(CircleSuccession)
            .where(CircleSuccession.heir_circle_id.in_(wanted))
            .order_by(CircleSuccession.circle_id, CircleSuccession.generation)
        ).all()  # fmt: skip
        found: dict[UUID, UUID] = {}
        for place in map(_place, rows):
            log = _log(place.agency_id)
            if log is not None and _is_confirmed(log, place, known):
                found[place.circle_id] = place.agency_id
                yield place, log
        wanted = frozenset(found) - known.keys()
        known |= found


def _place(row: CircleSuccession) -> PassedPlace:
    return PassedPlace(
        row.agency_id,
        row.circle_id,
        row.generation,
        row.heir_agency_id,
        row.heir_circle_id,
        row.heir_generation,
    )


def _log(agency_id: UUID) -> AgencyDirectory | None:
    """The log of an agency; what does not hold gives nobody anything, and stops nobody."""
    try:
        return directory_of(agency_id)
    except NotVerified:
        return None


def _is_confirmed(log: AgencyDirectory, place: PassedPlace, owners: Mapping[UUID, UUID]) -> bool:
    heir = Successor(place.heir_agency, place.heir_circle)
    return (
        log.is_ended
        and log.plan.successors.get(place.circle_id) == heir
        and owners[place.heir_circle] == place.heir_agency
        and place.generation in log.generations(place.circle_id)
    )
