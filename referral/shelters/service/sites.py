"""Registering a site, and the keeper's word on its places."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from referral.agencies.queries import circle as circle_row
from referral.agencies.states import CirclePurpose
from referral.audit.operation import operation
from referral.kernel import clock, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.shelters import policy
from referral.shelters.kinds import Accepts, SiteClass, SiteKind
from referral.shelters.locks import lock_site
from referral.shelters.model import Bed, Room, Site, SiteBody, SiteUnit
from referral.shelters.queries.availability import active_claims
from referral.shelters.sealed import seal, unseal
from referral.shelters.states import SITE, SiteState
from referral.vault.keys import keyring_of

DETAILS = frozenset(
    {"host_name", "address", "phone", "decision_number", "decision_on", "hours", "note"}
)
LONGEST_DETAIL = 500
LONGEST_NAME = 60
MOST_BEDS = 200
NOT_LISTED = "Choose from the answers listed."
NEEDED = "This answer is needed."
TOO_LONG = "The text is too long. Shorten it."
YEARS = timedelta(days=3660)


@dataclass(frozen=True)
class OpenedSite:
    """A site with its body open: where it is and whom it takes. Names are by id of room or bed."""

    site: Site
    details: Mapping[str, str] = field(repr=False)
    accepts: tuple[str, ...]
    names: Mapping[str, str] = field(repr=False)


@operation(Permission.SHELTER_MANAGE, policy.holds_keys)
def register_site(
    actor: Actor,
    subject: None,
    *,
    circle_id: UUID,
    site_class: str,
    kind: str,
    code_name: str,
    unit_codes: Sequence[str],
    details: Mapping[str, str],
    rooms: Sequence[Mapping[str, Any]],
    accepts: Sequence[str],
) -> Site:
    """Register a place under a code name, to be worked by a shelter circle of the actor.

    A room is `{name, beds: [label, …], cots: [label, …], is_shared}`, all but `beds` optional.
    Details (see `DETAILS`), names, labels and `accepts` are sealed; a code such as `P1-2` stands
    in the clear. `NotPermitted` for a circle that is not the actor's or is for something else.
    """
    keyring = keyring_of(actor)
    owner = circle_row(circle_id)
    if not keyring.holds(circle_id) or owner.purpose != CirclePurpose.SHELTER:
        raise NotPermitted("not a shelter circle of the actor")
    _refuse(
        site_class=_unlisted([site_class], SiteClass),
        kind=_unlisted([kind], SiteKind),
        code_name=_bad_name(code_name.strip()),
        unit_codes=[] if unit_codes else [NEEDED],
        details=_bad_details(details),
        rooms=_bad_rooms(rooms),
        accepts=_unlisted(accepts, Accepts),
    )
    site = Site(
        id=new_id(),
        circle_id=circle_id,
        agency_id=owner.agency_id,
        site_class=site_class,
        kind=kind,
        code_name=code_name.strip(),
        state=SiteState.OPEN,
        state_at=clock.now(),
    )
    rows, names = _rooms(site, rooms)
    content = {"details": dict(details), "accepts": sorted(set(accepts)), "names": names}
    body = seal(keyring, circle_id, site, content)
    return _insert(site, body, unit_codes, rows)


def _insert(site: Site, body: bytes, unit_codes: Sequence[str], rows: Sequence[Room | Bed]) -> Site:
    session().add(site)
    session().flush()
    session().add(SiteBody(site_id=site.id, body=body))
    session().add_all(SiteUnit(site_id=site.id, unit_code=code) for code in set(unit_codes))
    session().add_all(row for row in rows if isinstance(row, Room))
    session().flush()
    session().add_all(row for row in rows if isinstance(row, Bed))
    session().flush()
    return site


def _rooms(
    site: Site, rooms: Sequence[Mapping[str, Any]]
) -> tuple[list[Room | Bed], dict[str, str]]:
    """The rows with their codes, and what the keepers call them, by id."""
    rows: list[Room | Bed] = []
    names: dict[str, str] = {}
    for number, plan in enumerate(rooms, 1):
        code = f"P{number}"
        room = Room(id=new_id(), site_id=site.id, code=code, is_shared=bool(plan.get("is_shared")))
        rows.append(room)
        names[str(room.id)] = str(plan.get("name") or code)
        places = [(label, False) for label in plan["beds"]]
        places += [(label, True) for label in plan.get("cots", ())]
        for place, (label, is_cot) in enumerate(places, 1):
            bed = Bed(id=new_id(), room_id=room.id, code=f"{code}-{place}", is_cot=is_cot)
            rows.append(bed)
            names[str(bed.id)] = str(label or bed.code)
    return rows, names


def _refuse(**faults: list[str]) -> None:
    """`InvalidInput` names every field that cannot be taken."""
    found = {name: messages for name, messages in faults.items() if messages}
    if found:
        raise InvalidInput(found)


def _unlisted(values: Iterable[str], known: type[StrEnum]) -> list[str]:
    return [] if set(values) <= set(known) else [NOT_LISTED]


def _bad_name(name: str) -> list[str]:
    if not name:
        return [NEEDED]
    return [] if len(name) <= LONGEST_NAME else [TOO_LONG]


def _bad_details(details: Mapping[str, str]) -> list[str]:
    if not set(details) <= DETAILS:
        return [NOT_LISTED]
    too_long = any(len(str(value)) > LONGEST_DETAIL for value in details.values())
    return [TOO_LONG] if too_long else []


def _bad_rooms(rooms: Sequence[Mapping[str, Any]]) -> list[str]:
    places = [(*plan.get("beds", ()), *plan.get("cots", ())) for plan in rooms]
    if not places or not all(places) or any("beds" not in plan for plan in rooms):
        return [NEEDED]
    names = [str(plan.get("name", "")) for plan in rooms] + [str(n) for of in places for n in of]
    too_many = sum(map(len, places)) > MOST_BEDS
    return [TOO_LONG] if too_many or any(len(name) > LONGEST_NAME for name in names) else []


@operation(Permission.SHELTER_READ, policy.keeps_site)
def read_site(actor: Actor, site: Site) -> OpenedSite:
    """Open where the site is and whom it takes; the entry is written before it is shown."""
    content = unseal(keyring_of(actor), site.circle_id, site, session().get(SiteBody, site.id))
    return OpenedSite(site, content["details"], tuple(content["accepts"]), content["names"])


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def confirm_places(actor: Actor, site: Site) -> Site:
    """Give one's word that the board is right now; it is good for twelve hours."""
    lock_site(site)
    site.confirmed_at, site.confirmed_by_id = clock.now(), actor.member_id
    session().flush()
    return site


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def close_site(actor: Actor, site: Site) -> Site:
    """Take nobody in any more; `StateConflict` while a bed is held or slept in, or will be."""
    lock_site(site)
    today = clock.today()
    if any(claim.stay_id for claim in active_claims([site.id], today, today + YEARS)):
        raise StateConflict("in_use", "close")
    states.advance(site, "close", SITE)
    return site


@operation(Permission.SHELTER_MANAGE, policy.keeps_site)
def open_site(actor: Actor, site: Site) -> Site:
    """Take people in again; somebody must confirm the places before they count."""
    lock_site(site)
    states.advance(site, "open", SITE, confirmed_at=None, confirmed_by_id=None)
    return site
