"""One stay: hold places for a request, promise them, arrival, the house log, leaving."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from marshmallow import Schema
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names
from referral.audit.operation import may
from referral.cases.forms_in_force import children_along
from referral.cases.service import discard_draft
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.permissions import Permission
from referral.referrals.queries import ReferralLine, visible_referral
from referral.referrals.service import read_summary
from referral.shelters import service
from referral.shelters.errors import BedTaken
from referral.shelters.kinds import DESTINATIONS
from referral.shelters.queries import board, visible_site, visible_sites, visible_stay
from referral.shelters.schemas import ArrivalSchema, DepartureSchema, HoldSchema, PartySchema
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.drafts import begun, with_draft
from referral.web.format import language
from referral.web.inputs import loaded, read_day, typed_for
from referral.web.once import write_once
from referral.web.shelters import bed_labels, bp

USUAL_NIGHTS: Final = 3
MOST_NIGHTS: Final = 60
CHILD_BANDS: Final = frozenset({"0_11", "12_15"})
"""Who is a child by law: under 16."""


@bp.route("/referrals/<uuid:referral_id>/places", methods=["GET", "POST"])
def hold_beds(referral_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Choose nights and beds for an accepted request; they are held for ninety minutes."""
    actor = current_actor()
    referral = visible_referral(actor, referral_id)
    with db.unit_of_work():
        line = read_summary(actor, referral).line
    if request.method == "GET" or "look_up" in request.form:
        return _holding(actor, line, {})
    try:
        site, wanted = _hold_typed(actor, line)
        stay_id = write_once(actor, lambda: service.hold_beds(actor, site, **wanted).id)
    except InvalidInput as refusal:
        errors = {name: " ".join(said) for name, said in forms.sentences(refusal).items()}
        return _holding(actor, line, errors), 422
    except BedTaken as taken:
        db.rollback()
        message = gettext("%(code)s was taken meanwhile. Choose another.", code=taken.code)
        return _holding(actor, line, {"beds": message}), 409
    flash(gettext("Held for ninety minutes. Confirm it, or it lapses."), "done")
    return redirect(url_for("shelters.show_stay", stay_id=stay_id), 303)


def _hold_typed(actor: Actor, line: ReferralLine) -> tuple[Any, dict[str, Any]]:
    """The site of the beds chosen, and what else `hold_beds` takes."""
    chosen = [given.partition(":") for given in request.form.getlist("beds")]
    sites = {site for site, _, _ in chosen}
    schema = HoldSchema()
    typed = typed_for(schema, request.form) | {
        "bed_ids": [bed for _, _, bed in chosen],
        "party": typed_for(PartySchema(), request.form),
        "referral_id": str(line.id),
    }
    taken = loaded(schema, typed, said={"bed_ids": "Choose a place to sleep for each person."})
    if len(sites) != 1:
        raise InvalidInput({"bed_ids": ["Choose places to sleep at one site."]})
    case = {"case_id": line.case_id, "case_code": line.case_code}
    return visible_site(actor, _uuid(sites.pop())), taken | case


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError as error:
        raise InvalidInput({"bed_ids": ["Choose from the answers listed."]}) from error


def _holding(actor: Actor, line: ReferralLine, errors: Mapping[str, str]) -> str:
    from_on, to_on = _nights()
    nights = (to_on - from_on).days
    boards = [board(actor, site, from_on, nights) for site in visible_sites(actor)]
    free = {
        bed.id
        for shown in boards
        for room in shown.rooms
        for bed in room.beds
        if all(cell.state == "free" for cell in bed.cells)
    }
    party = _expected(line.summary)
    return render_template(
        "shelters/hold_beds.html",
        line=line,
        boards=boards,
        free=free,
        errors=errors,
        chosen=request.form.getlist("beds"),
        typed={
            "from_on": request.form.get("from_on", from_on),
            "to_on": request.form.get("to_on", to_on),
            "adults": request.form.get("adults", party["adults"]),
            "children": request.form.get("children", party["children"]),
        },
        summary_lines=forms.shown_answers(
            "referral_summary", line.summary, version=line.summary_version
        ),
    )


def _expected(summary: Mapping[str, Any]) -> dict[str, int]:
    """Who will sleep there by the summary: whoever it is about, and the children along."""
    is_child = summary.get("age_band") in CHILD_BANDS
    along = children_along(summary) or 0
    return {"adults": int(not is_child), "children": along + is_child}


def _nights() -> tuple[date, date]:
    """The nights asked for, as far as they make sense; else from tonight."""
    try:
        from_on, to_on = (read_day(request.form, name) for name in ("from_on", "to_on"))
    except InvalidInput:
        from_on = to_on = clock.today()
    if not from_on < to_on <= from_on + timedelta(days=MOST_NIGHTS):
        to_on = from_on + timedelta(days=USUAL_NIGHTS)
    return from_on, to_on


@bp.get("/stays/<uuid:stay_id>")
def show_stay(stay_id: UUID) -> str:
    """One stay with its log, and what can be done next."""
    return _page(current_actor(), stay_id)


def _page(
    actor: Actor,
    stay_id: UUID,
    refusal: InvalidInput | None = None,
    filled: forms.FilledForm | None = None,
) -> str:
    stay = visible_stay(actor, stay_id)
    with db.unit_of_work():
        opened = service.read_stay(actor, stay)
    site = visible_site(actor, opened.line.site_id)
    labels = bed_labels(board(actor, site, opened.line.from_on, 1))
    errors = forms.sentences(refusal) if refusal else {}
    place, now = _note_place(stay_id), clock.now()
    return render_template(
        "shelters/show_stay.html",
        stay=opened.line,
        beds=[labels.get(code, code) for code in opened.line.bed_codes],
        notes=[
            (note, forms.shown_answers("stay_note", note.answers, version=note.form_version))
            for note in reversed(opened.notes)
        ],
        authors=names([note.author_id for note in opened.notes]),
        filled=filled
        or begun(actor, "stay_note", place, {"noted_at": f"{now:%Y-%m-%dT%H:%M:00Z}"}),
        place=place,
        destinations=[
            {"value": str(code), "label": words[language() == "en"]}
            for code, words in DESTINATIONS.items()
        ],
        errors={name: " ".join(said) for name, said in errors.items()} if not filled else {},
        typed=request.form,
        local_now=clock.local(now),
        offers={
            "manage": may(actor, service.confirm_stay, stay),
            "note": may(actor, service.write_stay_note, stay),
            "referral": Permission.REFERRAL_READ in actor.permissions,
        },
    )


_STEPS: Final[Mapping[str, Callable[[Actor, Any], Any]]] = {
    "confirm": service.confirm_stay,
    "release": service.release_stay,
}


@bp.post("/stays/<uuid:stay_id>/<any(confirm, release):step>")
def advance_stay(stay_id: UUID, step: str) -> BaseResponse:
    """Promise the place, or give it back."""
    actor = current_actor()
    stay = visible_stay(actor, stay_id)
    said = {
        "confirm": gettext("Confirmed. The sender sees that a place is arranged, never where."),
        "release": gettext("Given back. The places are free again."),
    }
    with db.unit_of_work():
        _STEPS[step](actor, stay)
    flash(said[step], "done")
    return _back(stay_id)


@bp.post("/stays/<uuid:stay_id>/arrival")
def check_in(stay_id: UUID) -> BaseResponse | tuple[str, int]:
    """She has arrived."""
    actor = current_actor()
    stay = visible_stay(actor, stay_id)
    try:
        with db.unit_of_work():
            service.check_in(actor, stay, **_typed(ArrivalSchema()))
    except InvalidInput as refusal:
        return _page(actor, stay_id, refusal), 422
    flash(gettext("Arrival noted."), "done")
    return _back(stay_id)


def _typed(schema: Schema) -> dict[str, Any]:
    return loaded(schema, typed_for(schema, request.form))


@bp.post("/stays/<uuid:stay_id>/leaving")
def check_out(stay_id: UUID) -> BaseResponse | tuple[str, int]:
    """She has left; the beds are free from that day on."""
    actor = current_actor()
    stay = visible_stay(actor, stay_id)
    try:
        with db.unit_of_work():
            service.check_out(actor, stay, **_typed(DepartureSchema()))
    except InvalidInput as refusal:
        return _page(actor, stay_id, refusal), 422
    flash(gettext("Leaving noted. The places are free again."), "done")
    return _back(stay_id)


@bp.post("/stays/<uuid:stay_id>/notes")
def write_stay_note(stay_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Add a line to the house log."""
    actor = current_actor()
    stay = visible_stay(actor, stay_id)
    filled = forms.posted("stay_note")
    if filled.is_reshaped:
        return _page(actor, stay_id, filled=filled)
    place = _note_place(stay_id)

    def write() -> UUID:
        discard_draft(actor, None, place=place)
        return service.write_stay_note(actor, stay, answers=filled.answers).id

    try:
        write_once(actor, write)
    except InvalidInput as refusal:
        again = with_draft(actor, place, filled.refused(refusal))
        return _page(actor, stay_id, refusal, again), 422
    except StateConflict:
        db.rollback()
        flash(gettext("This stay is over; nothing was written."), "soon")
        return _back(stay_id)
    flash(gettext("Written into the log."), "done")
    return _back(stay_id)


def _note_place(stay_id: UUID) -> str:
    return f"stay_note:{stay_id}"


def _back(stay_id: UUID) -> BaseResponse:
    return redirect(url_for("shelters.show_stay", stay_id=stay_id), 303)
