"""A lost passphrase: new keys for a colleague, or for a member of an agency that counts on us."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import reenrolment
from referral.accounts.roles import label_of
from referral.accounts.schemas import ReenrolmentSchema, SecondAgencySchema
from referral.agencies import queries as agencies
from referral.agencies.directory import directory_of
from referral.kernel import db
from referral.kernel.errors import InvalidInput, StateConflict
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.accounts import bp
from referral.web.actor import require
from referral.web.format import language
from referral.web.inputs import loaded
from referral.web.once import write_once


@bp.route("/members/<uuid:member_id>/renewal", methods=["GET", "POST"])
def begin_reenrolment(member_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Say what it means, then end the lost keys and show the new one-time code."""
    actor = require(Permission.MEMBER_MANAGE)
    member = reenrolment.reenrollable_member(actor, member_id)
    if request.method == "GET":
        return _beginning(member, {})
    typed = loaded(ReenrolmentSchema(), {"compromised": "compromised" in request.form})
    try:
        with db.unit_of_work():
            member, code = reenrolment.begin_reenrolment(actor, member, **typed)
    except InvalidInput as refusal:
        db.rollback()
        member = reenrolment.reenrollable_member(actor, member_id)
        return _beginning(member, forms.joined(refusal)), 422
    except StateConflict:
        db.rollback()
        flash(gettext("This is not possible for this member now."), "soon")
        return redirect(url_for("accounts.list_members"), 303)
    return _beginning(member, {}, code=code)


def _beginning(member: Any, errors: dict[str, str], *, code: str = "") -> str:
    actor = require(Permission.MEMBER_MANAGE)
    return render_template(
        "members/begin_reenrolment.html",
        member=member,
        role=label_of(member.role, language()),
        errors=errors,
        code=code,
        is_ours=member.agency_id == actor.agency_id,
        opens_at=reenrolment.opens_at(member),
    )


@bp.route("/members/second-agency", methods=["GET", "POST"])
def name_second_agency() -> str | BaseResponse | tuple[str, int]:
    """Which agency may help when a passphrase is lost here."""
    actor = require(Permission.MEMBER_MANAGE)
    assert actor.agency_id is not None
    if request.method == "GET":
        return _second({})
    try:
        typed = loaded(SecondAgencySchema(), {"second_id": request.form.get("second_id") or None})
        agency = agencies.agency(actor.agency_id)
        write_once(actor, lambda: reenrolment.name_second_agency(actor, agency, **typed).id)
    except InvalidInput as refusal:
        db.rollback()
        return _second(forms.joined(refusal)), 422
    flash(gettext("Noted in the signed log."), "done")
    return redirect(url_for("accounts.name_second_agency"), 303)


def _second(errors: dict[str, str]) -> str:
    actor = require(Permission.MEMBER_MANAGE)
    assert actor.agency_id is not None
    named = directory_of(actor.agency_id).helping
    place = "name_en" if language() == "en" else "name_vi"
    others = [row for row in agencies.live_agencies() if row.id != actor.agency_id]
    current = [row for row in others if named is not None and row.id == named.agency_id]
    stated = directory_of(current[0].id).administrators() if current and named else []
    return render_template(
        "members/name_second_agency.html",
        current=getattr(current[0], place) if current else "",
        is_old=named is not None
        and {m.member_id: m.signing_public for m in stated} != dict(named.signing_publics),
        choices=[{"value": row.id, "label": getattr(row, place)} for row in others],
        typed=request.form.get("second_id", ""),
        errors=errors,
    )


@bp.get("/entrusted")
def list_entrusted() -> str:
    """Agencies that count on this one, and their members."""
    actor = require(Permission.MEMBER_MANAGE)
    place = "name_en" if language() == "en" else "name_vi"
    return render_template(
        "members/list_entrusted.html",
        groups=[
            (getattr(row, place), reenrolment.entrusted_members(actor, row))
            for row in reenrolment.entrusted_agencies(actor)
        ],
    )
