"""The recovery kit of an administrator: made, typed again, and used when the passphrase is lost."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import recovery
from referral.accounts.queries import oneself
from referral.accounts.schemas import KitCodeSchema
from referral.kernel import db
from referral.kernel.errors import InvalidInput, NotFound
from referral.web import forms
from referral.web.accounts import bp, factor_of, unequal
from referral.web.actor import current_actor
from referral.web.forms import sentences
from referral.web.inputs import loaded


@bp.route("/members/kit", methods=["GET", "POST"])
def make_kit() -> str | tuple[str, int]:
    """Show whether there is a kit; with the passphrase typed again, make one and show its code."""
    actor = current_actor()
    if request.method == "GET":
        return _kit({})
    typed, address = request.form.get("passphrase", ""), request.remote_addr or ""
    try:
        recovery.prove_passphrase(actor, typed, address=address)
        with db.unit_of_work():
            code = recovery.make_kit(actor, oneself(actor))
    except InvalidInput as refusal:
        db.rollback()
        return _kit(forms.joined(refusal)), 422
    return _kit({}, code=code)


def _kit(errors: dict[str, str], *, code: str = "", asks: bool = False) -> str:
    kit = recovery.own_kit(current_actor())
    return render_template(
        "members/make_kit.html",
        is_confirmed=kit.is_confirmed,
        asks=asks or kit.is_waiting,
        code=code,
        errors=errors,
    )


@bp.post("/members/kit/confirm")
def confirm_kit() -> BaseResponse | tuple[str, int]:
    """Take the code as it stands on paper: from now on the kit counts."""
    actor = current_actor()
    try:
        typed = loaded(KitCodeSchema(), {"code": request.form.get("code", "")})
        with db.unit_of_work():
            recovery.confirm_kit(actor, oneself(actor), **typed)
    except InvalidInput as refusal:
        db.rollback()
        return _kit(forms.joined(refusal), asks=True), 422
    except NotFound:
        db.rollback()
        flash(gettext("There is no code to confirm. Make one first."), "soon")
        return redirect(url_for("accounts.make_kit"), 303)
    flash(gettext("Confirmed. Keep the paper where only you can reach it."), "done")
    return redirect(url_for("accounts.make_kit"), 303)


@bp.route("/recover", methods=["GET", "POST"])
def recover() -> str | tuple[str, int]:
    """Come back with the code on paper; shows the new factor and the next code this once."""
    typed = request.form
    if request.method == "GET":
        return _recover_page({})
    errors = unequal(typed.get("passphrase", ""), typed.get("again", ""))
    if errors:
        return _recover_page(errors), 422
    try:
        with db.unit_of_work():
            member, secret, code = recovery.recover(
                typed.get("username", ""),
                typed.get("code", ""),
                typed.get("passphrase", ""),
                address=request.remote_addr or "",
            )
            username = member.username
    except InvalidInput as refusal:
        return _recover_page(sentences(refusal)), 422
    return render_template(
        "accounts/show_recovered.html",
        **factor_of(username, secret),
        code=code,
    )


def _recover_page(errors: dict[str, list[str]]) -> str:
    typed = request.form
    return render_template(
        "accounts/recover.html",
        username=typed.get("username", ""),
        code=typed.get("code", ""),
        errors=errors,
    )
