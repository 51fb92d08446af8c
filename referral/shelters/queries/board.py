"""The board of one site: its beds against the nights, for those who work it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput
from referral.shelters.model import Bed, Room, Site, SiteBody, Stay
from referral.shelters.queries.availability import (
    ActiveClaim,
    active_claims,
    household_rooms,
    is_fresh,
)
from referral.shelters.queries.sites import StayLine, stay_lines, visible_site
from referral.shelters.sealed import unseal_or_nothing
from referral.vault.keys import keyring_of

FREE = "free"
ROOM_TAKEN = "room_taken"
MOST_NIGHTS = 62


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One bed on one night: `free`, a claim's kind, or `room_taken` by another household."""

    on: date
    state: str
    stay_id: UUID | None = None
    is_overdue: bool = False


@dataclass(frozen=True, slots=True)
class BoardBed:
    """A row of the board. The label is what the keepers call the bed, or else its code."""

    id: UUID
    code: str
    label: str
    is_cot: bool
    cells: tuple[BoardCell, ...]


@dataclass(frozen=True, slots=True)
class BoardRoom:
    """The rows of one room."""

    id: UUID
    code: str
    name: str
    is_shared: bool
    beds: tuple[BoardBed, ...]


@dataclass(frozen=True)
class Board:
    """A site's beds against the nights, and the stays that the cells name."""

    site_id: UUID
    code_name: str
    confirmed_at: datetime | None
    is_fresh: bool
    nights: tuple[date, ...]
    rooms: tuple[BoardRoom, ...]
    stays: Mapping[UUID, StayLine] = field(repr=False)


def board(actor: Actor, site: Site, from_on: date, nights: int) -> Board:
    """The board from a day on, for at most 62 nights; `NotFound` outside the site's circle."""
    if not 1 <= nights <= MOST_NIGHTS:
        raise InvalidInput({"nights": ["The number is outside the range allowed here."]})
    site = visible_site(actor, site.id)
    days = tuple(from_on + timedelta(days=n) for n in range(nights))
    rooms = {
        room.id: room
        for room in session().scalars(
            select(Room).where(Room.site_id == site.id).order_by(Room.code)
        )
    }
    claims = active_claims([site.id], days[0], days[-1] + timedelta(days=1))
    stay_ids = {claim.stay_id for claim in claims if claim.stay_id is not None}
    stays = session().scalars(select(Stay).where(Stay.id.in_(stay_ids))).all()
    return Board(
        site.id,
        site.code_name,
        site.confirmed_at,
        is_fresh(site),
        days,
        _rooms(rooms, claims, days, _names(actor, site)),
        {line.id: line for line in stay_lines(actor, stays)},
    )


def _names(actor: Actor, site: Site) -> Mapping[str, str]:
    """What the keepers call rooms and beds, by id; empty when this session cannot open it."""
    body = session().get(SiteBody, site.id)
    content: dict[str, Any] = unseal_or_nothing(keyring_of(actor), site.circle_id, site, body)
    names: dict[str, str] = content.get("names", {})
    return names


def _rooms(
    rooms: Mapping[UUID, Room],
    claims: Sequence[ActiveClaim],
    days: Sequence[date],
    names: Mapping[str, str],
) -> tuple[BoardRoom, ...]:
    by_bed: dict[UUID, list[ActiveClaim]] = defaultdict(list)
    for claim in claims:
        by_bed[claim.bed_id].append(claim)
    taken = {day: household_rooms((c for c in claims if c.covers(day)), rooms) for day in days}
    beds: dict[UUID, list[BoardBed]] = defaultdict(list)
    for bed in session().scalars(select(Bed).where(Bed.room_id.in_(rooms)).order_by(Bed.code)):
        cells = tuple(_cell(day, by_bed[bed.id], bed.room_id in taken[day]) for day in days)
        label = names.get(str(bed.id), bed.code)
        beds[bed.room_id].append(BoardBed(bed.id, bed.code, label, bed.is_cot, cells))
    return tuple(
        BoardRoom(
            room.id,
            room.code,
            names.get(str(room.id), room.code),
            room.is_shared,
            tuple(beds[room.id]),
        )
        for room in rooms.values()
    )


def _cell(day: date, claims: Iterable[ActiveClaim], room_is_taken: bool) -> BoardCell:  # noqa: FBT001 - private, and named by its caller's expression
    for claim in claims:
        if claim.covers(day):
            return BoardCell(day, claim.kind, claim.stay_id, claim.is_overdue)
    return BoardCell(day, ROOM_TAKEN if room_is_taken else FREE)
