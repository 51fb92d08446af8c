"""Places to stay, for those who keep them: the board, and the sites themselves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies.queries import recipient_names
from referral.audit.operation import may
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.permissions import Permission
from referral.referrals.queries import ReferralLine
from referral.referrals.service import list_inbox
from referral.shelters import service
from referral.shelters.kinds import ACCEPTS, SITE_CLASSES, SITE_KINDS, ClaimKind
from referral.shelters.queries import (
    Board,
    BoardBed,
    StayLine,
    board,
    visible_site,
    visible_sites,
    visible_stays,
)
from referral.vault.keys import Keyring
from referral.web import forms
from referral.web.actor import current_actor, require
from referral.web.format import language
from referral.web.once import write_once

bp = Blueprint("shelters", __name__)

NIGHTS: Final = 14
MOST_NIGHTS: Final = 62
LAST_DAY: Final = date(2999, 12, 31)
MOST_ROOMS: Final = 6
DETAILS: Final = ("host_name", "address", "phone", "decision_number", "note")
_FREE: Final = "free"
Choice = dict[str, str]


@dataclass(frozen=True, slots=True)
class Slot:
    """Some nights of one bed in a row that say the same, as one cell of the table."""

    first: date
    nights: int
    look: str
    stay: StayLine | None = None

    def holds(self, day: date) -> bool:
        """Whether the night that begins on this day is among them."""
        return self.first <= day < self.first + timedelta(days=self.nights)


@bp.get("/places")
def show_board() -> str:
    """Beds against nights, one site at a time; on a phone one night by room."""
    return board_page(current_actor(), request.args.get("site"), {})


def board_page(actor: Actor, wanted: str | None, errors: Mapping[str, str]) -> str:
    """The board of the site wanted, else of the first; with what was wrong with a block."""
    sites = visible_sites(actor)
    first = _day(request.args.get("from"), clock.today() - timedelta(days=1))
    night = _day(request.args.get("on"), clock.today())
    site = next((s for s in sites if str(s.id) == wanted), sites[0] if sites else None)
    if site is None:
        return render_template("shelters/no_places.html", offers=_offers(actor))
    shown = board(actor, site, first, NIGHTS)
    tonight = board(actor, site, night, 1)
    stays = visible_stays(actor, site_id=site.id).rows
    return render_template(
        "shelters/show_board.html",
        site=site,
        sites=sites,
        board=shown,
        rows={bed.id: slots(bed, shown) for room in shown.rooms for bed in room.beds},
        tonight=tonight,
        lamps=_lamps(board(actor, site, clock.today(), 1), stays),
        night=night,
        today=clock.today(),
        step=timedelta(days=1),
        fortnight=timedelta(days=NIGHTS),
        coming=[line for line in stays if line.state in {"held", "confirmed"}],
        overdue=[line for line in stays if line.is_overdue],
        waiting=waiting_for_a_place(actor),
        labels=bed_labels(shown),
        beds=_choices_of_beds(shown),
        blocked=_blocked(board(actor, site, clock.today(), MOST_NIGHTS)),
        errors=errors,
        typed=request.form,
        offers=_offers(actor),
    )


def bed_labels(shown: Board) -> dict[str, str]:
    """What the keepers call each bed, with its room where there are several."""
    several = len(shown.rooms) > 1
    return {
        bed.code: f"{room.name}, {bed.label}" if several else bed.label
        for room in shown.rooms
        for bed in room.beds
    }


def _choices_of_beds(shown: Board) -> list[Choice]:
    names = bed_labels(shown)
    beds = [bed for room in shown.rooms for bed in room.beds]
    return [{"value": str(bed.id), "label": names[bed.code]} for bed in beds]


def _blocked(ahead: Board) -> list[BoardBed]:
    """The beds out of use on any night of the board."""
    beds = [bed for room in ahead.rooms for bed in room.beds]
    return [bed for bed in beds if any(cell.state == ClaimKind.BLOCK for cell in bed.cells)]


def _day(typed: str | None, otherwise: date) -> date:
    try:
        return min(date.fromisoformat(typed or ""), LAST_DAY)
    except ValueError:
        return otherwise


def _offers(actor: Actor) -> dict[str, bool]:
    return {
        "manage": Permission.SHELTER_MANAGE in actor.permissions,
        "register": may(actor, service.register_site, None) and bool(_circles(actor)),
    }


def waiting_for_a_place(actor: Actor) -> list[ReferralLine]:
    """Accepted requests for a place for which nothing is held yet."""
    if not may(actor, list_inbox, None):
        return []
    with db.unit_of_work():
        rows = list_inbox(actor, None, states=("accepted",)).rows
    served = {line.facts.referral_id for line in visible_stays(actor).rows if line.facts}
    return [line for line in rows if line.kind == "shelter" and line.id not in served]


def slots(bed: BoardBed, shown: Board) -> list[Slot]:
    """The nights of one bed, those of one stay or block taken together."""
    found: list[Slot] = []
    for cell in bed.cells:
        stay = shown.stays.get(cell.stay_id) if cell.stay_id else None
        look = _look(cell.state, stay, is_overdue=cell.is_overdue)
        last = found[-1] if found else None
        if last and look != _FREE and (last.look, last.stay) == (look, stay):
            found[-1] = Slot(last.first, last.nights + 1, look, stay)
        else:
            found.append(Slot(cell.on, 1, look, stay))
    return found


def _look(state: str, stay: StayLine | None, *, is_overdue: bool) -> str:
    if is_overdue:
        return "over"
    if state in {"hold", "block", "room_taken"}:
        return {"hold": "held", "block": "unused", "room_taken": "kept"}[state]
    if stay is None:
        return _FREE
    return {"arrived": "staying", "left": "left"}.get(stay.state, "planned")


def _lamps(tonight: Board, stays: Iterable[StayLine]) -> dict[str, int]:
    """Four figures of tonight: free, held and out-of-use places, and people staying."""
    cells = Counter(bed.cells[0].state for room in tonight.rooms for bed in room.beds)
    here = sum(line.facts.party.size for line in stays if line.state == "arrived" and line.facts)
    return {"free": cells[_FREE], "held": cells["hold"], "here": here, "unused": cells["block"]}


@bp.get("/places/<uuid:site_id>")
def show_site(site_id: UUID) -> str:
    """Where a place is and whom it takes, for those who keep it."""
    actor = current_actor()
    site = visible_site(actor, site_id)
    with db.unit_of_work():
        opened = service.read_site(actor, site)
    taken = {row["value"]: row["label"] for row in _choices(ACCEPTS)}
    return render_template(
        "shelters/show_site.html",
        site=site,
        details=opened.details,
        accepts=", ".join(taken.get(code, code) for code in opened.accepts),
        kind={row["value"]: row["label"] for row in _choices(SITE_KINDS)}.get(site.kind, ""),
        access={row["value"]: row["label"] for row in _choices(SITE_CLASSES)}[site.site_class],
        offers=_offers(actor),
    )


@bp.post("/places/<uuid:site_id>/<any(opening, closing):step>")
def advance_site(site_id: UUID, step: str) -> BaseResponse:
    """Take nobody in any more, or people again."""
    actor = current_actor()
    site = visible_site(actor, site_id)
    try:
        with db.unit_of_work():
            if step == "closing":
                service.close_site(actor, site)
            else:
                service.open_site(actor, site)
    except StateConflict:
        db.rollback()
        flash(gettext("Somebody stays or is expected there; it cannot close yet."), "late")
    return redirect(url_for("shelters.show_site", site_id=site_id), 303)


@bp.post("/places/<uuid:site_id>/confirm")
def confirm_places(site_id: UUID) -> BaseResponse:
    """The keeper's word that the board is right."""
    actor = current_actor()
    site = visible_site(actor, site_id)
    with db.unit_of_work():
        service.confirm_places(actor, site)
    flash(gettext("Confirmed. Others see the free places for twelve hours."), "done")
    return redirect(url_for("shelters.show_board", site=site_id), 303)


@bp.route("/places/new", methods=["GET", "POST"])
def register_site() -> str | BaseResponse | tuple[str, int]:
    """Enter a place with its rooms; all but its code name is sealed."""
    actor = require(Permission.SHELTER_MANAGE)
    if request.method == "GET":
        return _registration(actor, {}, {})
    typed = forms.typed_values()
    try:
        wanted = _site_typed(typed)
        site_id = write_once(actor, lambda: service.register_site(actor, None, **wanted).id)
    except InvalidInput as refusal:
        errors = {name: " ".join(said) for name, said in forms.sentences(refusal).items()}
        return _registration(actor, typed, errors), 422
    flash(gettext("Entered. Confirm the places so that others see them."), "done")
    return redirect(url_for("shelters.show_board", site=site_id), 303)


def _registration(actor: Actor, typed: Mapping[str, list[str]], errors: Mapping[str, str]) -> str:
    return render_template(
        "shelters/register_site.html",
        typed=typed,
        errors=errors,
        circles=_circles(actor),
        classes=_choices(SITE_CLASSES),
        kinds=_choices(SITE_KINDS),
        accepts=_choices(ACCEPTS),
        units=forms.unit_choices(),
        rooms=range(1, MOST_ROOMS + 1),
    )


def _circles(actor: Actor) -> list[Choice]:
    """The shelter circles whose key this session holds."""
    held = actor.keys.circle_ids if isinstance(actor.keys, Keyring) else frozenset()
    return [
        {"value": str(row.circle_id), "label": row.name(language())}
        for row in recipient_names(list(held)).values()
        if row.purpose == "shelter"
    ]


def _choices(labels: Mapping[Any, tuple[str, str]]) -> list[Choice]:
    place = 1 if language() == "en" else 0
    return [{"value": str(code), "label": words[place]} for code, words in labels.items()]


def _site_typed(typed: Mapping[str, list[str]]) -> dict[str, Any]:
    """What was typed, as `register_site` takes it. Beds of a room are separated by commas."""
    one = {name: given[0].strip() for name, given in typed.items() if given}
    try:
        circle_id = UUID(one.get("circle_id", ""))
    except ValueError as error:
        raise InvalidInput({"circle_id": ["Choose from the answers listed."]}) from error
    return {
        "circle_id": circle_id,
        "site_class": one.get("site_class", ""),
        "kind": one.get("kind", ""),
        "code_name": one.get("code_name", ""),
        "unit_codes": [code for code in typed.get("unit_codes", []) if code],
        "details": {name: one[name] for name in DETAILS if one.get(name)},
        "rooms": [room for number in range(1, MOST_ROOMS + 1) if (room := _room(one, number))],
        "accepts": typed.get("accepts", []),
    }


def _room(one: Mapping[str, str], number: int) -> dict[str, Any]:
    """One room of the form; empty when nothing was typed for it."""
    beds, cots = (
        [name.strip() for name in one.get(f"{what}-{number}", "").split(",") if name.strip()]
        for what in ("beds", "cots")
    )
    if not beds and not cots:
        return {}
    return {
        "name": one.get(f"room-{number}", ""),
        "beds": beds,
        "cots": cots,
        "is_shared": f"shared-{number}" in one,
    }
