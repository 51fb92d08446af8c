"""What everybody has of their own: sessions, passphrase, printed codes; and a colleague's phone."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import proof, session_list, sheets
from referral.accounts.queries import oneself, visible_member, visible_members
from referral.accounts.schemas import PassphraseSchema
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import current_actor, require
from referral.web.inputs import loaded

bp = Blueprint("account", __name__)


def _back() -> BaseResponse:
    return redirect(url_for("account.list_sessions"), 303)


@bp.get("/sessions")
def list_sessions() -> str:
    """One's own sessions, and the ways to change passphrase, PIN and codes."""
    actor = current_actor()
    return render_template("account/list_sessions.html", lines=session_list.own_sessions(actor))


@bp.post("/sessions/end")
def end_session() -> BaseResponse:
    """End one session of one's own."""
    actor = current_actor()
    with db.unit_of_work():
        session_list.end_own_session(
            actor, oneself(actor), session_id=request.form.get("session", "")
        )
    flash(gettext("The session has ended."), "done")
    return _back()


@bp.post("/sessions/others")
def end_other_sessions() -> BaseResponse:
    """End every session of one's own but this one."""
    actor = current_actor()
    with db.unit_of_work():
        session_list.end_other_sessions(actor, oneself(actor))
    flash(gettext("All other sessions have ended."), "done")
    return _back()


@bp.route("/passphrase", methods=["GET", "POST"])
def change_passphrase() -> str | BaseResponse | tuple[str, int]:
    """The old passphrase, the new one twice."""
    actor = current_actor()
    if request.method == "GET":
        return render_template("account/change_passphrase.html", errors={})
    try:
        sent = _typed_passphrases()
        prepared = proof.prepare_passphrase(actor, **sent, address=request.remote_addr or "")
    except InvalidInput as refusal:
        db.rollback()
        errors = forms.sentences(refusal)
        return render_template("account/change_passphrase.html", errors=errors), 422
    with db.unit_of_work():
        proof.change_passphrase(actor, oneself(actor), prepared=prepared)
    flash(gettext("The passphrase is changed. All other sessions have ended."), "done")
    return _back()


def _typed_passphrases() -> dict[str, str]:
    typed = request.form
    if typed.get("new_passphrase", "") != typed.get("again", ""):
        raise InvalidInput({"again": ["The two are not the same. Type the passphrase again."]})
    asked = {name: typed.get(name, "") for name in ("passphrase", "new_passphrase")}
    return loaded(PassphraseSchema(), asked)


@bp.route("/code-sheet", methods=["GET", "POST"])
def make_code_sheet() -> str:
    """How many printed codes are left; a new sheet is shown once, to be printed."""
    actor = current_actor()
    codes: list[str] = []
    with db.unit_of_work():
        if request.method == "POST":
            codes = sheets.make_code_sheet(actor, oneself(actor))
        left = sheets.count_codes(actor, oneself(actor))
    return render_template("account/make_code_sheet.html", codes=codes, left=left)


@bp.route("/lost-phone", methods=["GET", "POST"])
def end_sessions_for() -> str | BaseResponse | tuple[str, int]:
    """A colleague's phone is lost: choose whose sessions end, all of them, at once."""
    actor = require(Permission.SESSION_END)
    if request.method == "GET":
        return _lost_phone(actor)
    if not request.form.get("member"):
        return _lost_phone(actor, gettext("Choose whose phone or computer is lost.")), 422
    member = visible_member(actor, _chosen())
    with db.unit_of_work():
        session_list.end_sessions_for(actor, member)
    name = member.display_name
    flash(gettext("All sessions of %(name)s have ended.", name=name), "done")
    if member.id == actor.member_id:
        return redirect(url_for("accounts.sign_in"), 303)
    return redirect(url_for("account.end_sessions_for"), 303)


def _lost_phone(actor: Actor, error: str = "") -> str:
    people = [row for row in visible_members(actor) if row.state == "active"]
    return render_template("account/end_sessions_for.html", people=people, error=error)


def _chosen() -> UUID:
    try:
        return UUID(request.form.get("member", ""))
    except ValueError:
        return UUID(int=0)
