"""Sites and stays of the actor's circles."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from referral.kernel.permissions import Permission
from referral.shelters.model import Bed, Claim, Site, Stay, StayBody
from referral.shelters.sealed import StayFacts, unseal_or_nothing
from referral.shelters.states import NOTED_STATES, OPEN_STATES, StayState
from referral.vault.keys import Keyring, keyring_of


@dataclass(frozen=True)
class StayLine:
    """A stay as a list shows it; `facts` is None where this session has not the key."""

    id: UUID
    site_id: UUID
    code_name: str
    state: str
    state_at: datetime
    from_on: date
    to_on: date
    expires_at: datetime | None
    is_overdue: bool
    bed_codes: tuple[str, ...]
    facts: StayFacts | None = field(repr=False)

    @property
    def takes_notes(self) -> bool:
        """Whether the log of the stay takes a line more."""
        return self.state in NOTED_STATES


def circles_kept(actor: Actor) -> frozenset[UUID]:
    """The circles whose sites and stays the actor may know of."""
    if Permission.SHELTER_READ not in actor.permissions or not isinstance(actor.keys, Keyring):
        return frozenset()
    return actor.keys.circle_ids


def visible_sites(actor: Actor) -> Sequence[Site]:
    """The sites that the actor's circles work, by code name."""
    query = (
        select(Site)
        .where(Site.circle_id.in_(circles_kept(actor)))
        .order_by(Site.code_name, Site.id)
    )
    return session().scalars(query).all()


def visible_site(actor: Actor, site_id: UUID) -> Site:
    """One site of the actor's circles; `NotFound` otherwise, also when it is there."""
    query = select(Site).where(Site.id == site_id, Site.circle_id.in_(circles_kept(actor)))
    row = session().scalars(query).one_or_none()
    if row is None:
        raise NotFound("no such site")
    return row


def _visible(actor: Actor) -> Select[Stay]:
    return (
        select(Stay)
        .join(Site, Site.id == Stay.site_id)
        .where(Site.circle_id.in_(circles_kept(actor)))
    )


def visible_stay(actor: Actor, stay_id: UUID) -> Stay:
    """One stay at a site of the actor's circles; `NotFound` otherwise."""
    row = session().scalars(_visible(actor).where(Stay.id == stay_id)).one_or_none()
    if row is None:
        raise NotFound("no such stay")
    return row


def stays_of(actor: Actor, stay_ids: Collection[UUID]) -> dict[UUID, StayLine]:
    """Lines of some stays, those the actor may know of."""
    if not stay_ids or not circles_kept(actor):
        return {}
    rows = session().scalars(_visible(actor).where(Stay.id.in_(stay_ids))).all()
    return {line.id: line for line in stay_lines(actor, rows)}


def visible_stays(
    actor: Actor,
    *,
    site_id: UUID | None = None,
    states: Sequence[str] = OPEN_STATES,
    cursor: str | None = None,
) -> Page[StayLine]:
    """Stays at the actor's sites, what changed last first, each with its body opened.

    A hold that has run out is shown as lapsed, whether or not somebody has marked it.
    """
    query = _visible(actor).where(Stay.state.in_(states))
    if site_id is not None:
        query = query.where(Stay.site_id == site_id)
    if cursor:
        at, stay_id = decode_cursor(cursor)
        query = query.where((Stay.state_at < at) | ((Stay.state_at == at) & (Stay.id < stay_id)))
    query = query.order_by(Stay.state_at.desc(), Stay.id.desc()).limit(PAGE_SIZE + 1)
    rows = session().scalars(query).all()
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    return Page(
        stay_lines(actor, rows), encode_cursor(rows[-1].state_at, rows[-1].id) if more else None
    )


def stay_lines(actor: Actor, rows: Sequence[Stay]) -> list[StayLine]:
    """Lines of stays whose rows the actor was given by a `visible_` query."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    site_ids = {row.site_id for row in rows}
    sites = {s.id: s for s in session().scalars(select(Site).where(Site.id.in_(site_ids)))}
    found = session().scalars(select(StayBody).where(StayBody.stay_id.in_(ids)))
    bodies = {body.stay_id: body for body in found}
    beds, expiries = _beds_of(ids), _expiries_of(ids)
    keyring = keyring_of(actor)
    lines = []
    for row in rows:
        site = sites[row.site_id]
        content = unseal_or_nothing(keyring, site.circle_id, row, bodies.get(row.id))
        facts = StayFacts.from_content(content) if content else None
        lines.append(_line(row, site, beds.get(row.id, ()), expiries.get(row.id), facts))
    return lines


def _line(
    row: Stay,
    site: Site,
    bed_codes: Sequence[str],
    expires_at: datetime | None,
    facts: StayFacts | None,
) -> StayLine:
    lapsed = row.state == StayState.HELD and expires_at is not None and expires_at <= clock.now()
    return StayLine(
        row.id,
        row.site_id,
        site.code_name,
        StayState.LAPSED if lapsed else row.state,
        row.state_at,
        row.from_on,
        row.to_on,
        expires_at,
        row.state == StayState.ARRIVED and row.to_on <= clock.today(),
        tuple(sorted(bed_codes)),
        facts,
    )


def _beds_of(stay_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    query = (
        select(Claim.stay_id, Bed.code)
        .join(Bed, Bed.id == Claim.bed_id)
        .where(Claim.stay_id.in_(stay_ids))
    )
    beds: dict[UUID, list[str]] = defaultdict(list)
    for stay_id, code in session().execute(query):
        if stay_id is not None:
            beds[stay_id].append(code)
    return beds


def _expiries_of(stay_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    query = (
        select(Claim.stay_id, func.min(Claim.expires_at))
        .where(Claim.stay_id.in_(stay_ids), Claim.expires_at.is_not(None))
        .group_by(Claim.stay_id)
    )
    return {stay_id: at for stay_id, at in session().execute(query) if stay_id and at}
