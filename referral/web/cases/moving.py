"""A case to another circle of the agency, and a colleague left out for a conflict of interest."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import visible_members
from referral.accounts.roles import label_of
from referral.agencies.queries import members_of, movable_circles
from referral.cases import queries
from referral.cases.forms_in_force import shelf
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.kernel.permissions import Permission
from referral.referrals import service
from referral.referrals.schemas import ConflictSchema, MoveSchema
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.cases.blueprint import bp
from referral.web.cases.pages import OpenCase, open_for, require
from referral.web.format import language
from referral.web.forms import Choice
from referral.web.frame import option_rows
from referral.web.inputs import loaded

Answer = str | BaseResponse | tuple[str, int]
OTHERS = "others"
"""Chosen for a new circle of everybody else in the present one."""


def circle_choices(actor: Actor, *, without: UUID | None = None) -> list[Choice]:
    """The circles of the agency that a case may move to, by name, with how many are in each."""
    rows = [row for row in movable_circles(actor) if row.id != without]
    return [{"value": str(row.id), "label": _circle_label(actor, row)} for row in rows]


def _circle_label(actor: Actor, circle: Any) -> str:
    name = circle.name_en if language() == "en" else circle.name_vi
    inside = members_of(circle)
    count = ngettext("%(num)s colleague", "%(num)s colleagues", len(inside))
    if actor.member_id in inside:
        return str(gettext("%(name)s · %(count)s, and you are in it", name=name, count=count))
    return str(gettext("%(name)s · %(count)s, and you are not in it", name=name, count=count))


def _joined(refusal: InvalidInput) -> dict[str, str]:
    return {name: " ".join(said) for name, said in forms.sentences(refusal).items()}


def _done(actor: Actor, case_id: UUID, said: str) -> BaseResponse:
    """Back to the case, or to the list for who sees it no longer."""
    flash(said, "done")
    if queries.is_visible(actor, case_id):
        return redirect(url_for("cases.show_case", case_id=case_id), 303)
    return redirect(url_for("cases.list_cases"), 303)


@bp.route("/cases/<uuid:case_id>/circle", methods=["GET", "POST"])
def move_case(case_id: UUID) -> Answer:
    """Hand the case to another circle of the agency, after saying what that does."""
    actor = current_actor()
    require(actor, Permission.CASE_MOVE)
    case = queries.visible_case(actor, case_id)
    if request.method == "GET":
        return _move_page(actor, open_for(actor, case_id), {})
    typed = request.form.to_dict()
    if typed.get("circle_id") == OTHERS:
        del typed["circle_id"]
    try:
        chosen = loaded(MoveSchema(), typed)
        with db.unit_of_work():
            service.move_case(actor, case, **chosen)
    except InvalidInput as refusal:
        db.rollback()
        return _move_page(actor, open_for(actor, case_id), _joined(refusal)), 422
    return _done(actor, case_id, gettext("Moved. Those in the other circle have been told."))


def _move_page(actor: Actor, page: OpenCase, errors: Mapping[str, str]) -> str:
    opening = page.opened.opening
    left = opening.left_circles
    choices = circle_choices(actor, without=left[0] if left else opening.acting_circle())
    if left:
        label = gettext("A new circle of all who were not left out")
        choices = [*choices, {"value": OTHERS, "label": label}]
    return render_template(
        "cases/move_case.html",
        case=page.opened.case,
        is_to_move=bool(left),
        circles=choices,
        chosen=request.form.get("circle_id", ""),
        errors=errors,
    )


@bp.route("/cases/<uuid:case_id>/conflict", methods=["GET", "POST"])
def declare_conflict(case_id: UUID) -> Answer:
    """Declare a conflict of interest, one's own or as a supervisor a colleague's."""
    actor = current_actor()
    require(actor, Permission.CONFLICT_DECLARE)
    case = queries.visible_case(actor, case_id)
    if request.method == "GET":
        return _conflict_page(actor, open_for(actor, case_id), {})
    typed = request.form.to_dict()
    if typed.get("circle_id") == OTHERS:
        del typed["circle_id"]
    try:
        taken = loaded(ConflictSchema(), typed)
        with db.unit_of_work():
            service.declare_conflict(actor, case, **taken)
    except InvalidInput as refusal:
        db.rollback()
        return _conflict_page(actor, open_for(actor, case_id), _joined(refusal)), 422
    said = gettext("Declared. The case is with the other circle now.")
    return _done(actor, case_id, said)


def _conflict_page(actor: Actor, page: OpenCase, errors: Mapping[str, str]) -> str:
    here = page.opened.opening.acting_circle()
    fields = {field.id: field for field in shelf.form("conflict").fields}
    return render_template(
        "cases/declare_conflict.html",
        case=page.opened.case,
        people=_people(actor, page, here),
        relations=option_rows(fields["relation"].choices, language()),
        circles=[
            {
                "value": OTHERS,
                "label": gettext("A new circle of all the others in the present one"),
            },
            *circle_choices(actor, without=here),
        ],
        typed=request.form,
        member_id=request.form.get("member_id", str(actor.member_id)),
        errors=errors,
    )


def _people(actor: Actor, page: OpenCase, circle_id: UUID) -> list[Choice]:
    """Whom the actor may declare it for: oneself; a supervisor, all who have the case."""
    inside = page.opened.opening.members_of(circle_id)
    is_chief = "supervisor" in actor.role.split("+")
    return [
        {"value": str(row.id), "label": f"{row.display_name} · {label_of(row.role, language())}"}
        for row in visible_members(actor)
        if row.id == actor.member_id or (is_chief and row.id in inside)
    ]
