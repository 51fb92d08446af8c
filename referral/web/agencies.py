"""The agencies that take part: the list, a new one, and its first administrator."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.schemas import AdministratorSchema
from referral.accounts.service import invite_first_administrator, invite_new_administrator
from referral.agencies import geography, queries, service
from referral.agencies.kinds import AgencyKind
from referral.agencies.schemas import AgencySchema
from referral.audit.operation import may
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import require
from referral.web.format import language
from referral.web.inputs import gathered, loaded, read_day, read_optional_day
from referral.web.once import write_once

bp = Blueprint("agencies", __name__)

WORDS: Final = ("kind", "name_vi", "name_en", "phone")


@bp.get("/agencies")
def list_agencies() -> str:
    """Every agency in the directory, and how far its admission has come."""
    actor = require(Permission.AGENCY_READ)
    shown, name = request.args.get("show", ""), request.args.get("name", "")[:100]
    page = queries.visible_agencies(actor, state=shown, name=name, cursor=request.args.get("after"))
    return render_template(
        "agencies/list_agencies.html",
        rows=page.rows,
        next_cursor=page.next_cursor,
        count=queries.count_agencies(actor),
        shown=shown,
        name=name,
        kinds=_kinds(),
        unit_name=unit_name,
        may_create=may(actor, service.create_agency, None),
    )


def unit_name(code: str) -> str:
    """The unit of an agency: a commune with its district, a district, or the province."""
    return forms.unit_name(code)


def _kinds() -> dict[str, str]:
    return {str(kind): kind.label(language()) for kind in AgencyKind}


@bp.route("/agencies/new", methods=["GET", "POST"])
def create_agency() -> str | BaseResponse | tuple[str, int]:
    """Enter an agency; it takes part once the root has countersigned it."""
    actor = require(Permission.AGENCY_CREATE)
    if request.method == "GET":
        return _entry({})
    try:
        typed = _typed()
        agency_id = write_once(actor, lambda: service.create_agency(actor, None, **typed).id)
    except InvalidInput as refusal:
        return _entry(_joined(refusal)), 422
    flash(gettext("Entered. Now invite its first administrator."), "done")
    return redirect(url_for("agencies.invite_administrator", agency_id=agency_id), 303)


def _joined(refusal: InvalidInput) -> dict[str, str]:
    return {name: " ".join(said) for name, said in forms.sentences(refusal).items()}


def _entry(errors: Mapping[str, str]) -> str:
    today = clock.today()
    wider = [
        {"value": unit.code, "label": unit.name(language())}
        for level in ("province", "district")
        for unit in geography.units_on(today, level)
    ]
    return render_template(
        "agencies/create_agency.html",
        errors=errors,
        typed=request.form,
        kinds=[{"value": code, "label": label} for code, label in _kinds().items()],
        units=wider + forms.unit_choices(),
        today=today,
    )


def _typed() -> dict[str, Any]:
    """What was typed, as `create_agency` takes it; `InvalidInput` names every fault at once."""
    words = {name: request.form.get(name, "").strip() for name in WORDS}
    found: dict[str, Any] = {}
    gathered(
        lambda: found.update(loaded(AgencySchema(only=WORDS), words)),
        lambda: found.update(_unit_typed()),
        lambda: found.update(_days_typed()),
    )
    return found


def _unit_typed() -> dict[str, Any]:
    code = request.form.get("unit_code", "").strip()
    try:
        unit = geography.unit_at(code, clock.today())
    except geography.UnknownUnit as error:
        said = "Choose an administrative unit from the list."
        raise InvalidInput({"unit_code": [said]}) from error
    return {"unit_code": code, "unit_valid_from": unit.valid_from}


def _days_typed() -> dict[str, Any]:
    valid_from = read_day(request.form, "valid_from")
    valid_to = read_optional_day(request.form, "valid_to")
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput({"valid_to": ["The last day cannot stand before the first."]})
    return {"valid_from": valid_from, "valid_to": valid_to}


@bp.route("/agencies/<uuid:agency_id>/administrator", methods=["GET", "POST"])
def invite_administrator(agency_id: UUID) -> str | tuple[str, int]:
    """Invite the first administrator, or one in the place of those who are lost.

    The one-time code is shown once, here and nowhere else.
    """
    actor = require(Permission.AGENCY_CREATE)
    agency = queries.agency(agency_id)
    if request.method == "GET":
        return _invitation(agency, {})
    try:
        person = loaded(AdministratorSchema(), request.form.to_dict())
        invite = invite_new_administrator if agency.state == "live" else invite_first_administrator
        with db.unit_of_work():
            member, code = invite(actor, agency, **person)
    except InvalidInput as refusal:
        return _invitation(agency, _joined(refusal)), 422
    except StateConflict:
        db.rollback()
        return _invitation(queries.agency(agency_id), {}), 409
    return _invitation(agency, {}, member=member, code=code)


def _invitation(
    agency: Any, errors: Mapping[str, str], *, member: Any = None, code: str = ""
) -> str:
    return render_template(
        "agencies/invite_administrator.html",
        agency=agency,
        name=agency.name_en if language() == "en" else agency.name_vi,
        errors=errors,
        typed=request.form,
        member=member,
        code=code,
    )
