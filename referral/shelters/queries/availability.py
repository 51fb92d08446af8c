"""What is free. Derived at reading time from the claims that count; never stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from referral.agencies import geography
from referral.agencies.queries import Recipient, recipients
from referral.agencies.states import CirclePurpose
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.permissions import Permission
from referral.shelters.kinds import SiteClass
from referral.shelters.model import Bed, Claim, Room, Site, SiteUnit, Stay
from referral.shelters.states import SiteState, StayState

FRESH_FOR = timedelta(hours=12)
"""A keeper's word on the places is good for this long; after it, unknown is shown, never free."""


@dataclass(frozen=True)
class ActiveClaim:
    """A claim that counts now. `to_on` is exclusive and includes tonight for who is overdue."""

    bed_id: UUID
    room_id: UUID
    kind: str
    from_on: date
    to_on: date
    stay_id: UUID | None
    is_overdue: bool

    def covers(self, on: date) -> bool:
        """Whether the bed is not free on the night that begins on this day."""
        return self.from_on <= on < self.to_on


@dataclass(frozen=True)
class PlaceLine:
    """What anybody who refers may know of a circle's places: how many, never which.

    `free` is None when nobody has confirmed within `FRESH_FOR`, and always when a secret site is
    among them (`pooled`): ask the keepers. Moments are UTC.
    """

    circle_id: UUID
    name_vi: str
    name_en: str
    free: int | None
    confirmed_at: datetime | None
    pooled: bool

    def name(self, locale: str) -> str:
        """The code name of the circle in one of the two languages."""
        return self.name_en if locale == "en" else self.name_vi


def is_fresh(site: Site) -> bool:
    """Whether the keeper's word on the places is good still."""
    return site.confirmed_at is not None and clock.now() < site.confirmed_at + FRESH_FOR


def active_claims(site_ids: Iterable[UUID], from_on: date, to_on: date) -> list[ActiveClaim]:
    """The claims that count on any night from `from_on` until `to_on` (exclusive).

    A hold past its time does not. Somebody who should have left and has not is there tonight.
    """
    today = clock.today()
    staying_on = and_(Stay.state == StayState.ARRIVED, Claim.to_on <= today)
    query = (
        select(Claim, Bed.room_id, Stay.state)
        .join(Bed, Bed.id == Claim.bed_id)
        .join(Room, Room.id == Bed.room_id)
        .outerjoin(Stay, Stay.id == Claim.stay_id)
        .where(
            Room.site_id.in_(list(site_ids)),
            Claim.released_at.is_(None),
            or_(Claim.expires_at.is_(None), Claim.expires_at > clock.now()),
            Claim.from_on < to_on,
            or_(Claim.to_on > from_on, staying_on),
        )
    )
    found = [_active(*row, today=today) for row in session().execute(query)]
    return [claim for claim in found if claim.to_on > from_on]


def _active(claim: Claim, room_id: UUID, stay_state: str | None, *, today: date) -> ActiveClaim:
    overdue = stay_state == StayState.ARRIVED and claim.to_on <= today
    to_on = today + timedelta(days=1) if overdue else claim.to_on
    return ActiveClaim(
        claim.bed_id, room_id, claim.kind, claim.from_on, to_on, claim.stay_id, overdue
    )


def household_rooms(
    claims: Iterable[ActiveClaim], rooms: Mapping[UUID, Room]
) -> dict[UUID, set[UUID]]:
    """Rooms that a household has to itself → the stays that have them."""
    taken: dict[UUID, set[UUID]] = defaultdict(set)
    for claim in claims:
        if claim.stay_id is not None and not rooms[claim.room_id].is_shared:
            taken[claim.room_id].add(claim.stay_id)
    return taken


def places_near(actor: Actor, *, unit_code: str, on: date) -> list[PlaceLine]:
    """The circles whose places serve a unit, with what may be said of the night of `on`.

    A district or province is served by what serves a commune within it on that day. Those with
    free places first. No site is named, and a role that may not ask gets nothing.
    """
    if Permission.PLACE_READ not in actor.permissions:
        return []
    circles = recipients(actor, on=on, purpose=CirclePurpose.SHELTER, unit_code=unit_code)
    serving = select(SiteUnit.site_id).where(
        SiteUnit.unit_code.in_(geography.codes_within(unit_code, on))
    )
    query = select(Site).where(
        Site.circle_id.in_([circle.circle_id for circle in circles]),
        Site.id.in_(serving),
        Site.state == SiteState.OPEN,
    )
    sites: dict[UUID, list[Site]] = defaultdict(list)
    for site in session().scalars(query):
        sites[site.circle_id].append(site)
    counted = [s for kept in sites.values() for s in kept if _may_be_counted(kept)]
    free = _free_on([site.id for site in counted if is_fresh(site)], on)
    lines = [_line(circle, sites[circle.circle_id], free) for circle in circles]
    return sorted(lines, key=lambda line: (-(line.free or 0), line.free is None, line.name_vi))


def _may_be_counted(sites: Sequence[Site]) -> bool:
    """One secret site silences the whole circle: a count of the others would tell of it."""
    return all(site.site_class == SiteClass.PUBLIC for site in sites)


def _line(circle: Recipient, sites: Sequence[Site], free: Mapping[UUID, int]) -> PlaceLine:
    names = (circle.circle_id, circle.name_vi, circle.name_en)
    if not _may_be_counted(sites):
        return PlaceLine(*names, free=None, confirmed_at=None, pooled=True)
    fresh = [s.confirmed_at for s in sites if s.confirmed_at is not None and is_fresh(s)]
    if not fresh:
        stale = [s.confirmed_at for s in sites if s.confirmed_at is not None]
        return PlaceLine(*names, free=None, confirmed_at=max(stale, default=None), pooled=False)
    count = sum(free.get(site.id, 0) for site in sites if is_fresh(site))
    return PlaceLine(*names, free=count, confirmed_at=min(fresh), pooled=False)


def _free_on(site_ids: Sequence[UUID], on: date) -> dict[UUID, int]:
    """Per site, the beds that a household not there yet could have on one night."""
    rooms = {r.id: r for r in session().scalars(select(Room).where(Room.site_id.in_(site_ids)))}
    claims = active_claims(site_ids, on, on + timedelta(days=1))
    claimed = {claim.bed_id for claim in claims}
    taken = household_rooms(claims, rooms)
    free: dict[UUID, int] = defaultdict(int)
    for bed in session().scalars(select(Bed).where(Bed.room_id.in_(rooms))):
        if bed.id not in claimed and bed.room_id not in taken:
            free[rooms[bed.room_id].site_id] += 1
    return free
