"""Holding beds, confirming or giving them back."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.audit.operation import anyone, operation
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.shelters import policy
from referral.shelters.claims import (
    beds_of,
    claim_beds,
    is_past,
    keep_claims,
    lapse_holds,
    refuse_taken,
    release_claims,
)
from referral.shelters.events import StayConfirmed, StayHeld, StayReleased
from referral.shelters.kinds import ClaimKind
from referral.shelters.locks import lock_site, lock_stay
from referral.shelters.model import Bed, Claim, Room, Site, Stay, StayBody
from referral.shelters.sealed import Party, StayFacts, seal, unseal
from referral.shelters.states import STAY, SiteState, StayState
from referral.vault.keys import keyring_of

HOLD_LASTS = timedelta(minutes=90)
LONGEST_STAY = timedelta(days=183)
MOST_PEOPLE = 20


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def hold_beds(
    actor: Actor,
    site: Site,
    *,
    bed_ids: Sequence[UUID],
    from_on: date,
    to_on: date,
    referral_id: UUID,
    party: Mapping[str, Any],
    case_id: UUID | None = None,
    case_code: str = "",
) -> Stay:
    """Hold beds for `HOLD_LASTS` for a party `{adults, children}` of a referral.

    Nights run from `from_on` until `to_on` (exclusive, local dates); each person needs a bed of
    their own, a cot for a child only. `BedTaken` or `RoomTaken` when somebody has them,
    `StateConflict` at a closed site, `InvalidInput` naming the field otherwise.
    """
    lock_site(site)
    if site.state != SiteState.OPEN:
        raise StateConflict(site.state, "hold")
    _check_nights(from_on, to_on)
    people = _party(party)
    beds = beds_of(site, bed_ids)
    _check_places(beds, people)
    lapse_holds(site)
    refuse_taken(site, beds, from_on, to_on)
    facts = StayFacts(referral_id, case_id, case_code, people)
    stay = _insert(actor, site, facts, from_on, to_on)
    claim_beds(stay, beds, kind=ClaimKind.HOLD, expires_at=clock.now() + HOLD_LASTS)
    events.publish(StayHeld(actor, referral_id, case_id, site.circle_id))
    return stay


def _insert(actor: Actor, site: Site, facts: StayFacts, from_on: date, to_on: date) -> Stay:
    stay = Stay(
        id=new_id(),
        site_id=site.id,
        state=StayState.HELD,
        state_at=clock.now(),
        from_on=from_on,
        to_on=to_on,
    )
    body = seal(keyring_of(actor), site.circle_id, stay, facts.to_content())
    session().add(stay)
    session().flush()
    session().add(StayBody(stay_id=stay.id, body=body))
    session().flush()
    return stay


def _check_nights(from_on: date, to_on: date) -> None:
    if from_on < clock.today():
        raise InvalidInput({"from_on": ["A place cannot be held for a day that is over."]})
    if not from_on < to_on <= from_on + LONGEST_STAY:
        raise InvalidInput({"to_on": ["Choose a day of leaving after the day of arrival."]})


def _party(party: Mapping[str, Any]) -> Party:
    """`InvalidInput` unless it is some people, adults or not (a child may come alone)."""
    counts = [party.get(name, 0) for name in ("adults", "children")]
    whole = all(type(count) is int and 0 <= count <= MOST_PEOPLE for count in counts)
    if not whole or not sum(counts):
        raise InvalidInput({"party": ["Say how many adults and how many children."]})
    return Party(*counts)


def _check_places(beds: Sequence[tuple[Bed, Room]], people: Party) -> None:
    for_adults = [bed for bed, _ in beds if not bed.is_cot]
    if len(beds) < people.size or len(for_adults) < people.adults:
        raise InvalidInput({"bed_ids": ["Each person needs a place to sleep."]})


@operation(Permission.SHELTER_MANAGE, policy.keeps_stay)
def confirm_stay(actor: Actor, stay: Stay) -> Stay:
    """Promise the place that is held; `StateConflict` when the hold has run out."""
    lock_stay(stay)
    confirm_held(actor, stay)
    return stay


def confirm_held(actor: Actor, stay: Stay) -> None:
    """`confirm_stay` for operations that have locked the stay already."""
    if is_past(stay):
        raise StateConflict(StayState.LAPSED, "confirm")
    states.advance(stay, "confirm", STAY)
    keep_claims(stay)
    facts = facts_of(actor, stay)
    events.publish(StayConfirmed(actor, facts.referral_id, facts.case_id, stay.from_on))


@operation(Permission.SHELTER_MANAGE, policy.keeps_stay)
def release_stay(actor: Actor, stay: Stay) -> Stay:
    """Give back what was held or promised; `StateConflict` once she has arrived."""
    lock_stay(stay)
    states.advance(stay, "release", STAY)
    release_claims(stay)
    facts = facts_of(actor, stay)
    events.publish(StayReleased(actor, facts.referral_id, facts.case_id))
    return stay


def facts_of(actor: Actor, stay: Stay) -> StayFacts:
    """The body of a stay opened, for an operation that the policy has let through."""
    body = session().get(StayBody, stay.id)
    return StayFacts.from_content(unseal(keyring_of(actor), stay.site.circle_id, stay, body))


@operation(Permission.JOB_RUN, anyone)
def release_expired_holds(actor: Actor, subject: None) -> int:
    """Mark the holds that have run out; how many stays. A job's work, and nobody waits for it."""
    query = (
        select(Site)
        .join(Stay, Stay.site_id == Site.id)
        .join(Claim, Claim.stay_id == Stay.id)
        .where(Claim.released_at.is_(None), Claim.expires_at <= clock.now())
        .distinct()
        .order_by(Site.id)
        .limit(500)
    )
    lapsed = 0
    for site in session().scalars(query).all():
        lock_site(site)
        lapsed += lapse_holds(site)
    return lapsed
