"""Claiming beds. The database decides; what is checked before it only says why in time."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from referral.kernel import clock, events, states
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from referral.shelters.constraints import OVERLAP
from referral.shelters.errors import BedTaken, RoomTaken
from referral.shelters.events import HoldLapsed
from referral.shelters.kinds import ClaimKind
from referral.shelters.model import Bed, Claim, Room, Site, Stay
from referral.shelters.queries.availability import active_claims, household_rooms
from referral.shelters.states import STAY, StayState


def beds_of(site: Site, bed_ids: Iterable[UUID]) -> list[tuple[Bed, Room]]:
    """The beds named, by id; `InvalidInput` when one is not of this site."""
    wanted = set(bed_ids)
    query = (
        select(Bed, Room)
        .join(Room, Room.id == Bed.room_id)
        .where(Room.site_id == site.id, Bed.id.in_(wanted))
        .order_by(Bed.id)
    )
    found = [(bed, room) for bed, room in session().execute(query)]
    if not found or len(found) != len(wanted):
        raise InvalidInput({"bed_ids": ["Choose from the answers listed."]})
    return found


def refuse_taken(site: Site, beds: Sequence[tuple[Bed, Room]], from_on: date, to_on: date) -> None:
    """`BedTaken` or `RoomTaken` for what the claims that count leave no place for."""
    claims = active_claims([site.id], from_on, to_on)
    claimed = {claim.bed_id for claim in claims}
    rooms = {r.id: r for r in session().scalars(select(Room).where(Room.site_id == site.id))}
    taken = household_rooms(claims, rooms)
    for bed, room in beds:
        if bed.id in claimed:
            raise BedTaken(bed.code)
        if room.id in taken:
            raise RoomTaken(room.code)


def claim_beds(
    stay: Stay, beds: Sequence[tuple[Bed, Room]], *, kind: ClaimKind, expires_at: datetime | None
) -> None:
    """Write a claim on each bed for the nights of the stay; `BedTaken` when the database refuses.

    Beds come in the order of their ids, so that two who want the same ones cannot deadlock.
    """
    for bed, _ in beds:
        _insert(
            bed,
            Claim(
                id=new_id(),
                bed_id=bed.id,
                kind=kind,
                from_on=stay.from_on,
                to_on=stay.to_on,
                expires_at=expires_at,
                stay_id=stay.id,
            ),
        )


def block_claim(bed: Bed, from_on: date, to_on: date) -> Claim:
    """Take a bed out of use for some nights; `BedTaken` when the database refuses."""
    claim = Claim(id=new_id(), bed_id=bed.id, kind=ClaimKind.BLOCK, from_on=from_on, to_on=to_on)
    _insert(bed, claim)
    return claim


def _insert(bed: Bed, claim: Claim) -> None:
    try:
        with session().begin_nested():
            session().add(claim)
    except IntegrityError as error:
        if OVERLAP in str(error.orig):
            raise BedTaken(bed.code) from None
        raise


def keep_claims(stay: Stay) -> None:
    """The holds of a stay run out no more."""
    session().execute(
        update(Claim)
        .where(Claim.stay_id == stay.id, Claim.released_at.is_(None))
        .values(kind=ClaimKind.STAY, expires_at=None)
        .execution_options(synchronize_session=False)
    )
    session().expire_all()


def release_claims(stay: Stay) -> None:
    """The beds of a stay are free again, for all its nights."""
    session().execute(
        update(Claim)
        .where(Claim.stay_id == stay.id, Claim.released_at.is_(None))
        .values(released_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session().expire_all()


def end_claims(stay: Stay, left_on: date) -> None:
    """The beds are free from the day she left; the nights she slept there stay claimed."""
    query = select(Claim).where(
        Claim.stay_id == stay.id, Claim.released_at.is_(None), Claim.to_on > left_on
    )
    for claim in session().scalars(query):
        if claim.from_on < left_on:
            claim.to_on = left_on
        else:
            claim.released_at = clock.now()
    session().flush()


def is_past(stay: Stay) -> bool:
    """Whether the hold of a stay has run out, marked or not."""
    query = select(Claim.id).where(
        Claim.stay_id == stay.id,
        Claim.released_at.is_(None),
        Claim.expires_at <= clock.now(),
    )
    return stay.state == StayState.HELD and session().scalars(query.limit(1)).first() is not None


def lapse_holds(site: Site) -> int:
    """Release every hold of a locked site that has run out; how many stays. Needs no key."""
    query = (
        select(Stay)
        .join(Claim, Claim.stay_id == Stay.id)
        .where(
            Stay.site_id == site.id,
            Stay.state == StayState.HELD,
            Claim.released_at.is_(None),
            Claim.expires_at <= clock.now(),
        )
        .distinct()
    )
    stays = session().scalars(query).all()
    for stay in stays:
        release_claims(stay)
        states.advance(stay, "lapse", STAY)
        events.publish(HoldLapsed(stay.id, site.circle_id))
    return len(stays)
