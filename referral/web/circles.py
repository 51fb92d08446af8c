"""Named circles: which there are, who is in one's own, a new one, and who else is taken in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names, visible_members
from referral.accounts.roles import label_of
from referral.agencies import named_circles, queries
from referral.agencies.schemas import CircleMemberSchema, NamedCircleSchema
from referral.audit.operation import may
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted
from referral.kernel.folding import collation
from referral.kernel.permissions import Permission
from referral.vault.directory import may_hold_keys
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.format import language
from referral.web.inputs import loaded
from referral.web.once import write_once

bp = Blueprint("circles", __name__)


@bp.get("/circles")
def list_circles() -> str:
    """The named circles that the actor is in, or, for those who make them, all of the agency."""
    return _page(_permitted(), {})


def _permitted() -> Actor:
    actor = current_actor()
    if not {Permission.CIRCLE_ADMIT, Permission.CIRCLE_NAME} & actor.permissions:
        raise NotPermitted(Permission.CIRCLE_ADMIT)
    return actor


def _page(actor: Actor, errors: Mapping[str, str]) -> str:
    circles = queries.named_circles(actor)
    colleagues = visible_members(actor)
    people = [row for row in colleagues if row.state == "active" and may_hold_keys(row.role)]
    return render_template(
        "circles/list_circles.html",
        circles=[_shown(actor, row, people) for row in circles],
        may_name=Permission.CIRCLE_NAME in actor.permissions,
        people=[_choice(row) for row in people],
        chosen=request.form.getlist("member_ids"),
        errors=errors,
    )


def _choice(member: Any) -> dict[str, str]:
    role = label_of(member.role, language())
    return {"value": str(member.id), "label": f"{member.display_name} · {role}"}


def _shown(actor: Actor, circle: Any, people: list[Any]) -> dict[str, Any]:
    """Who is in it stands there for those in it; the others learn how many."""
    inside = queries.members_of(circle)
    is_in = actor.member_id in inside
    return {
        "id": circle.id,
        "name": circle.name_en if language() == "en" else circle.name_vi,
        "count": len(inside),
        "is_in": is_in,
        "names": sorted(names(sorted(inside)).values(), key=collation) if is_in else [],
        "others": [_choice(row) for row in people if row.id not in inside]
        if may(actor, named_circles.admit_to_named_circle, circle)
        else [],
    }


@bp.post("/circles")
def name_circle() -> BaseResponse | tuple[str, int]:
    """Make a circle for the colleagues ticked; its code name is drawn."""
    actor = _permitted()
    assert actor.agency_id is not None
    try:
        chosen = loaded(NamedCircleSchema(), {"member_ids": request.form.getlist("member_ids")})
        agency = queries.agency(actor.agency_id)
        made = write_once(actor, lambda: named_circles.name_circle(actor, agency, **chosen).id)
    except InvalidInput as refusal:
        db.rollback()
        return _page(actor, _joined(refusal)), 422
    row = queries.circle(made)
    name = row.name_en if language() == "en" else row.name_vi
    flash(gettext("The circle is made. Its code name is %(name)s.", name=name), "done")
    return redirect(url_for("circles.list_circles"), 303)


def _joined(refusal: InvalidInput) -> dict[str, str]:
    said = {name: " ".join(texts) for name, texts in forms.sentences(refusal).items()}
    return {"member_ids": " ".join(said.values())}


@bp.post("/circles/<uuid:circle_id>/members")
def admit_to_circle(circle_id: UUID) -> BaseResponse | tuple[str, int]:
    """Take one more colleague into a circle that the actor is in."""
    actor = _permitted()
    circle = queries.visible_circle(actor, circle_id)
    try:
        chosen = loaded(CircleMemberSchema(), request.form.to_dict())
        with db.unit_of_work():
            named_circles.admit_to_named_circle(actor, circle, **chosen)
    except InvalidInput:
        db.rollback()
        flash(gettext("Choose a confirmed colleague whose role holds keys."), "late")
        return redirect(url_for("circles.list_circles"), 303)
    flash(gettext("Admitted. What the circle holds opens from the next request on."), "done")
    return redirect(url_for("circles.list_circles"), 303)
