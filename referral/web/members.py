"""The members of one's own agency: invite, compare the fingerprint, admit to a circle."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import queries, service
from referral.accounts.recovery import may_receive
from referral.accounts.reenrolment import opens_at, reenrollable_member
from referral.accounts.roles import LABELS, joined, label_of, roles_of
from referral.accounts.schemas import InvitationSchema, RolesSchema
from referral.agencies import queries as agencies
from referral.agencies import service as agency_service
from referral.agencies.directory import directory_of, stated_kind, stated_member
from referral.agencies.schemas import CircleSchema
from referral.kernel import db
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict, VersionMissing
from referral.kernel.permissions import Permission
from referral.vault.directory import may_hold_keys
from referral.web import forms
from referral.web.accounts import bp
from referral.web.actor import require
from referral.web.format import language
from referral.web.inputs import loaded
from referral.web.once import write_once


@bp.get("/members")
def list_members() -> str:
    """Colleagues, and what each waits for; then the circles of the agency."""
    actor = require(Permission.MEMBER_MANAGE)
    assert actor.agency_id is not None
    log, circles = directory_of(actor.agency_id), agencies.working_circles_of(actor.agency_id)
    return render_template(
        "members/list_members.html",
        members=queries.visible_members(actor),
        circles=circles,
        awaiting_key={row.id for row in circles if log.awaits_key(row.id)},
        role_label=lambda role: label_of(role, language()),
    )


def _roles(agency: Any) -> list[dict[str, str]]:
    place = 1 if language() == "en" else 0
    kind = stated_kind(agency)
    return [{"value": str(role), "label": LABELS[role][place]} for role in roles_of(kind)]


@bp.route("/members/new", methods=["GET", "POST"])
def invite_member() -> str | tuple[str, int]:
    """Invite a colleague; the one-time code is shown once."""
    actor = require(Permission.MEMBER_MANAGE)
    assert actor.agency_id is not None
    agency = agencies.agency(actor.agency_id)
    if request.method == "GET":
        return _invitation(agency, {})
    try:
        person = loaded(InvitationSchema(), request.form.to_dict())
        with db.unit_of_work():
            member, code = service.invite_member(actor, agency, **person)
    except InvalidInput as refusal:
        return _invitation(agency, forms.joined(refusal)), 422
    return _invitation(agency, {}, member=member, code=code)


def _invitation(
    agency: Any, errors: Mapping[str, str], *, member: Any = None, code: str = ""
) -> str:
    return render_template(
        "members/invite_member.html",
        errors=errors,
        typed=request.form,
        roles=_roles(agency),
        member=member,
        code=code,
    )


@bp.route("/members/<uuid:member_id>/confirm", methods=["GET", "POST"])
def confirm_member(member_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Type the digits that the colleague reads out, then seal the circles' keys to them."""
    actor = require(Permission.MEMBER_MANAGE)
    member = reenrollable_member(actor, member_id)
    if request.method == "GET":
        return _comparison(member, {})
    try:
        with db.unit_of_work():
            service.confirm_member(
                actor,
                member,
                fingerprint_read=request.form.get("fingerprint", ""),
                roles=request.form.getlist("roles"),
            )
            _admit(actor, member.id)
    except NotPermitted:
        db.rollback()
        said = gettext(
            "These digits are not those of the keys here. Nothing was confirmed. Compare again."
        )
        return _comparison(reenrollable_member(actor, member_id), {"fingerprint": said}), 422
    except InvalidInput as refusal:
        db.rollback()
        return _comparison(reenrollable_member(actor, member_id), forms.joined(refusal)), 422
    except StateConflict:
        db.rollback()
        flash(gettext("Somebody has done this already."), "soon")
        return redirect(url_for("accounts.list_members"), 303)
    flash(gettext("Confirmed. The colleague can work from the next sign-in on."), "done")
    is_ours = member.agency_id == actor.agency_id
    return redirect(url_for("accounts.list_members" if is_ours else "accounts.list_entrusted"), 303)


def _admit(actor: Any, member_id: UUID) -> None:
    """Seal the chosen circles to the member; only circles of the agency can be chosen."""
    wanted = set(request.form.getlist("circles"))
    for circle in agencies.working_circles_of(actor.agency_id):
        if str(circle.id) in wanted:
            agency_service.admit_to_circle(actor, circle, member_id=member_id)


def _comparison(member: Any, errors: Mapping[str, str]) -> str:
    is_ours = member.agency_id == require(Permission.MEMBER_MANAGE).agency_id
    circles = agencies.working_circles_of(member.agency_id) if is_ours else ()
    asks_roles = is_ours and service.waits_since_restore(member)
    return render_template(
        "members/confirm_member.html",
        member=member,
        is_ours=is_ours,
        opens_at=opens_at(member),
        role=label_of(member.role, language()),
        roles=_roles(agencies.agency(member.agency_id)) if asks_roles else (),
        has_roles=request.form.getlist("roles") or member.role.split("+"),
        circles=[
            {"value": str(row.id), "label": row.name_en if language() == "en" else row.name_vi}
            for row in circles
        ],
        chosen=request.form.getlist("circles"),
        typed=request.form,
        errors=errors,
    )


@bp.post("/members/circles")
def make_circle() -> BaseResponse:
    """Make a circle of the agency; its administrator is in it at first."""
    actor = require(Permission.MEMBER_MANAGE)
    assert actor.agency_id is not None
    agency = agencies.agency(actor.agency_id)
    typed = {name: request.form.get(name, "").strip() for name in ("purpose", "name_vi", "name_en")}
    served = [agency.unit_code] if typed["purpose"] == "shelter" else []
    try:
        made = loaded(CircleSchema(), typed | {"unit_codes": served})
    except InvalidInput:
        flash(gettext("Give the circle a purpose and a name in both languages."), "late")
        return redirect(url_for("accounts.list_members"), 303)
    write_once(actor, lambda: agency_service.make_circle(actor, agency, **made).id)
    flash(gettext("The circle is made. Admit the colleagues who work in it."), "done")
    return redirect(url_for("accounts.list_members"), 303)


@bp.post("/members/<uuid:member_id>/circles")
def admit_member(member_id: UUID) -> BaseResponse:
    """Admit a confirmed colleague to further circles."""
    actor = require(Permission.MEMBER_MANAGE)
    member = queries.visible_member(actor, member_id)
    try:
        with db.unit_of_work():
            _admit(actor, member.id)
    except NotPermitted:
        db.rollback()
        flash(gettext("This role holds no keys and is in no circle."), "soon")
        return redirect(url_for("accounts.list_members"), 303)
    flash(gettext("Admitted. The keys are there from the next sign-in on."), "done")
    return redirect(url_for("accounts.list_members"), 303)


@bp.route("/members/<uuid:member_id>/roles", methods=["GET", "POST"])
def change_roles(member_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Say what other roles mean, then give them."""
    actor = require(Permission.MEMBER_MANAGE)
    member = queries.visible_member(actor, member_id)
    if request.method == "GET":
        return _choice(member, {})
    seen = request.form.get("version", "")
    if not seen.isdecimal():
        raise VersionMissing("roles")
    try:
        chosen = loaded(RolesSchema(), {"roles": request.form.getlist("roles")})
        role = joined(chosen["roles"])
        with db.unit_of_work():
            service.change_roles(actor, member, role=role, expected=int(seen))
    except InvalidInput as refusal:
        db.rollback()
        return _choice(queries.visible_member(actor, member_id), forms.joined(refusal)), 422
    flash(gettext("Other roles from now on. The colleague signs in again."), "done")
    return redirect(url_for("accounts.list_members"), 303)


def _choice(member: Any, errors: Mapping[str, str]) -> str:
    stated = stated_member(member.agency_id, member.id)
    if stated is None or member.state != "active":
        raise StateConflict(member.state, "change_roles")
    circles, log = agencies.circles_of(member.agency_id), directory_of(member.agency_id)
    mine = [row for row in circles if member.id in log.key_holders(row.id)]
    name = "name_en" if language() == "en" else "name_vi"
    return render_template(
        "members/change_roles.html",
        member=member,
        role=label_of(member.role, language()),
        roles=_roles_and_keys(member),
        has_roles=request.form.getlist("roles") or stated.role.split("+"),
        version=queries.named_at(member),
        circles=", ".join(getattr(row, name) for row in mine),
        thin=[
            {"name": getattr(row, name), "is_empty": log.key_holders(row.id) == {member.id}}
            for row in mine
            if row.purpose != "statistics"
            and not may_receive(row.id, row.agency_id, without=member.id)
        ],
        others=[
            {"value": str(row.id), "label": getattr(row, name)}
            for row in circles
            if stated.holds_keys and row not in mine and not row.is_named
        ],
        errors=errors,
    )


def _roles_and_keys(member: Any) -> list[dict[str, str]]:
    """The roles to choose from, those without keys marked."""
    roles = _roles(agencies.agency(member.agency_id))
    for role in roles:
        if not may_hold_keys(role["value"]):
            role["label"] = gettext("%(role)s (no keys)", role=role["label"])
    return roles


@bp.route("/members/<uuid:member_id>/removal", methods=["GET", "POST"])
def remove_member(member_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Say what removal means, then end the membership."""
    actor = require(Permission.MEMBER_MANAGE)
    member = queries.visible_member(actor, member_id)
    if request.method == "GET":
        return _removal(member, {})
    try:
        with db.unit_of_work():
            service.remove_member(actor, member)
    except InvalidInput as refusal:
        db.rollback()
        return _removal(queries.visible_member(actor, member_id), forms.joined(refusal)), 422
    flash(gettext("Removed. The circles have a new key."), "done")
    return redirect(url_for("accounts.list_members"), 303)


def _removal(member: Any, errors: Mapping[str, str]) -> str:
    return render_template(
        "members/remove_member.html",
        member=member,
        role=label_of(member.role, language()),
        errors=errors,
    )
