"""How one's own agency ends: the plan, its digits for the root, the keys, the last step."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies import queries, succession
from referral.agencies.schemas import SuccessionSchema
from referral.audit.operation import may
from referral.cases.service import end_agency
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import require
from referral.web.agencies import bp
from referral.web.format import language
from referral.web.inputs import loaded, read_day
from referral.web.once import write_once


def _agency(actor: Actor) -> Any:
    """The actor's agency, for its administrator and for whoever has the key of a circle."""
    if actor.agency_id is None:
        raise NotPermitted("agencies.show_succession")
    agency = queries.agency(actor.agency_id)
    lines = succession.report_of(agency).lines
    in_one = any(may(actor, succession.pass_circle, line.circle) for line in lines)
    if not (in_one or may(actor, end_agency, agency)):
        raise NotPermitted("agencies.show_succession")
    return agency


@bp.get("/succession")
def show_succession() -> str:
    """How far it has come, and what is still to be done by whom."""
    actor = require(Permission.ACCOUNT_USE)
    return _page(actor, _agency(actor), {})


def _page(actor: Actor, agency: Any, errors: Mapping[str, str]) -> str:
    report = succession.report_of(agency)
    lines = succession.visible_lines(actor, report)
    return render_template(
        "agencies/show_succession.html",
        report=report,
        lines=lines,
        named=_named,
        choices={line.circle.id: _choices(agency, line) for line in lines},
        chosen={line.circle.id: _chosen(line) for line in lines},
        mine={line.circle.id for line in succession.may_pass(actor, report.lines)},
        may_state=may(actor, succession.state_succession, agency) and not _has_begun(report),
        may_end=may(actor, end_agency, agency),
        typed=request.form,
        errors=errors,
    )


def _named(row: Any) -> str:
    return str(row.name_en if language() == "en" else row.name_vi)


def _choices(agency: Any, line: succession.CircleLine) -> list[dict[str, str]]:
    return [
        {"value": str(circle.id), "label": f"{_named(owner)} · {_named(circle)}"}
        for circle, owner in succession.possible_heirs(agency, line.circle.purpose)
    ]


def _chosen(line: succession.CircleLine) -> str:
    typed = request.form.get(f"heir-{line.circle.id}", "")
    return typed or (str(line.heir_circle.id) if line.heir_circle else "")


def _has_begun(report: succession.SuccessionReport) -> bool:
    """Once a key has passed the plan stays as it is, unless a circle was made since."""
    is_whole = all(line.heir_circle is not None for line in report.lines)
    return report.on is not None and is_whole and len(report.missing) < len(report.lines)


def _joined(refusal: InvalidInput) -> dict[str, str]:
    return {name: " ".join(said) for name, said in forms.sentences(refusal).items()}


@bp.post("/succession")
def state_succession() -> BaseResponse | tuple[str, int]:
    """State who succeeds each circle, and from which day on."""
    actor = require(Permission.MEMBER_MANAGE)
    agency = _agency(actor)
    try:
        plan = _typed(agency)
        write_once(actor, lambda: _state(actor, agency, plan))
    except InvalidInput as refusal:
        db.rollback()
        return _page(actor, _agency(actor), _joined(refusal)), 422
    flash(gettext("Stated. Read the digits to the holder of the root key on the phone."), "done")
    return redirect(url_for("agencies.show_succession"), 303)


def _state(actor: Actor, agency: Any, plan: dict[str, Any]) -> UUID:
    succession.state_succession(actor, agency, **plan)
    return UUID(str(agency.id))


def _typed(agency: Any) -> dict[str, Any]:
    """What was typed, through the schema that the API uses too."""
    rows = [
        {"circle_id": str(row.id), "heir_circle_id": request.form.get(f"heir-{row.id}", "")}
        for row in queries.circles_of(agency.id)
    ]
    day = read_day(request.form, "on").isoformat()
    said = {"successors": succession.CHOOSE}
    taken = loaded(SuccessionSchema(), {"on": day, "successors": rows}, said=said)
    return {"on": taken["on"], "successors": succession.as_mapping(taken["successors"])}


@bp.post("/succession/circles/<uuid:circle_id>/passing")
def pass_circle(circle_id: UUID) -> BaseResponse | tuple[str, int]:
    """Seal the key of a circle to the one that succeeds it."""
    actor = require(Permission.ACCOUNT_USE)
    try:
        with db.unit_of_work():
            succession.pass_circle(actor, queries.circle(circle_id))
    except InvalidInput as refusal:
        db.rollback()
        return _page(actor, _agency(actor), _joined(refusal)), 422
    flash(gettext("Passed. The successor's circle has the key now."), "done")
    return redirect(url_for("agencies.show_succession"), 303)


@bp.post("/succession/end")
def end_succession() -> BaseResponse | tuple[str, int]:
    """Close the agency's log for good; this session ends with it."""
    actor = require(Permission.MEMBER_MANAGE)
    agency = _agency(actor)
    try:
        with db.unit_of_work():
            end_agency(actor, agency)
    except (InvalidInput, StateConflict) as refusal:
        db.rollback()
        said = _joined(refusal) if isinstance(refusal, InvalidInput) else {}
        return _page(actor, _agency(actor), said), 422 if said else 409
    flash(gettext("The agency has ended. Its successor goes on with what it had in hand."), "done")
    return redirect(url_for("accounts.sign_in"), 303)
