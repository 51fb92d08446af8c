"""Sites, stays and the house log of a circle, sealed anew to its newest key."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from referral.agencies.rewrapping import KeysInHand, Shelf
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, Unreadable
from referral.shelters.model import Site, SiteBody, Stay, StayBody, StayNote, StayNoteBody
from referral.shelters.sealed import PURPOSES, Body, Header
from referral.vault.boxes import rewrap_in_circle


def _sites_behind(circle_id: UUID, newest: int) -> Select[Any]:
    return select(Site.id).where(Site.circle_id == circle_id, Site.circle_generation < newest)


def _stays_behind(circle_id: UUID, newest: int) -> Select[Any]:
    joined = select(Stay.id).join(Site, Site.id == Stay.site_id)
    return joined.where(Site.circle_id == circle_id, Stay.circle_generation < newest)


def _notes_behind(circle_id: UUID, newest: int) -> Select[Any]:
    joined = select(StayNote.id).join(Stay, Stay.id == StayNote.stay_id)
    return joined.join(Site, Site.id == Stay.site_id).where(
        Site.circle_id == circle_id, StayNote.circle_generation < newest
    )


def _reseal_sites(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    rows = session().execute(
        select(Site, SiteBody).join(SiteBody, SiteBody.site_id == Site.id).where(Site.id.in_(ids))
    )
    return sum(_reseal(keys, site, body) for site, body in rows.all())


def _reseal_stays(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    rows = session().execute(
        select(Stay, StayBody).join(StayBody, StayBody.stay_id == Stay.id).where(Stay.id.in_(ids))
    )
    return sum(_reseal(keys, stay, body) for stay, body in rows.all())


def _reseal_notes(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    rows = session().execute(
        select(StayNote, StayNoteBody)
        .join(StayNoteBody, StayNoteBody.note_id == StayNote.id)
        .where(StayNote.id.in_(ids))
    )
    return sum(_reseal(keys, note, body) for note, body in rows.all())


def _reseal(keys: KeysInHand, header: Header, body: Body) -> bool:
    try:
        old, new = keys.older(header.circle_generation), (keys.newest, keys.stated)
        body.body = rewrap_in_circle(old, new, PURPOSES[type(header)], header.id, body.body)
    except (KeysMissing, Unreadable):
        return False
    header.circle_generation = keys.stated.generation
    return True


SHELVES = (
    Shelf("sites", Site.id, _sites_behind, _reseal_sites),
    Shelf("stays", Stay.id, _stays_behind, _reseal_stays),
    Shelf("notes", StayNote.id, _notes_behind, _reseal_notes),
)
