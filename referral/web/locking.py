"""The screen's lock: choosing a PIN, locking, and taking the session up again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import parking
from referral.accounts.parking import Locked, WrongPin
from referral.accounts.queries import oneself
from referral.accounts.schemas import PinSchema
from referral.audit.operation import is_proven
from referral.kernel import db
from referral.kernel.errors import InvalidInput, SignInRequired
from referral.web import parked
from referral.web.actor import current_actor
from referral.web.forms import sentences
from referral.web.frame import local_path
from referral.web.inputs import loaded
from referral.web.proof import proof_page
from referral.web.session import begin_session, leave

bp = Blueprint("locking", __name__)


@bp.get("/lock")
def lock() -> BaseResponse:
    """Lock the screen. A plain link: it needs neither script nor a form that is still good."""
    actor, after = current_actor(), local_path(request.args.get("next", ""))
    if actor.parked_id is None:
        return redirect(url_for("locking.choose_pin", next=after), 303)
    leave()
    return redirect(url_for("locking.unlock", next=after), 303)


@bp.route("/pin", methods=["GET", "POST"])
def choose_pin() -> str | BaseResponse | tuple[str, int]:
    """Choose the six digits that take this session up; then lock it, or go on."""
    actor, after = current_actor(), local_path(request.values.get("next", ""))
    if request.method == "GET":
        return _pin_page(after, {}) if is_proven(actor) else proof_page()
    typed = request.form
    if typed.get("pin", "") != typed.get("again", ""):
        unequal = {"again": [gettext("The two are not the same. Type the PIN again.")]}
        return _pin_page(after, unequal), 422
    try:
        sent = loaded(PinSchema(), {"pin": typed.get("pin", "")})
        prepared = parking.prepare_pin(actor, sent["pin"])
    except InvalidInput as refusal:
        return _pin_page(after, sentences(refusal)), 422
    with db.unit_of_work():
        token = parking.choose_pin(actor, oneself(actor), prepared=prepared)
    parked.keep(token, instead_of=actor.parked_id)
    if "lock" in typed:
        leave()
        return redirect(url_for("locking.unlock", next=after), 303)
    flash(gettext("The PIN is chosen. The screen locks by itself when nobody works on it."), "done")
    return redirect(after, 303)


def _pin_page(after: str, errors: dict[str, list[str]]) -> str:
    minutes, hours = parking.limits()
    return render_template(
        "locking/choose_pin.html", after=after, errors=errors, minutes=minutes, hours=hours
    )


@bp.route("/locked", methods=["GET", "POST"])
def unlock() -> str | BaseResponse | tuple[str, int]:
    """Who is locked in this browser; the PIN opens where they were."""
    after = local_path(request.values.get("next", ""))
    people = parking.locked_sessions(parked.tokens())
    if not people:
        return redirect(url_for("accounts.sign_in", next=after), 303)
    asked = request.values.get("who", "")
    chosen = next((person for person in people if person.id == asked), people[0])
    if request.method == "GET":
        return _locked_page(people, chosen, after)
    return _open(people, chosen, after)


def _open(people: list[Locked], chosen: Locked, after: str) -> BaseResponse | tuple[str, int]:
    try:
        token = parking.take_up(chosen.token, request.form.get("pin", "").strip())
    except WrongPin as wrong:
        if wrong.left > 0:
            still = parking.locked_sessions([chosen.token]) or [chosen]
            return _locked_page(people, still[0], after, sentences(wrong)), 422
        return _destroyed(chosen, after)
    except SignInRequired:
        return _destroyed(chosen, after)
    begin_session(token)
    parked.bring_forward(chosen.token)
    return redirect(after, 303)


def _destroyed(chosen: Locked, after: str) -> BaseResponse:
    parked.drop(chosen.id)
    flash(gettext("Too many wrong tries: the session is destroyed. Sign in; drafts stay."), "late")
    return redirect(url_for("accounts.sign_in", next=after), 303)


def _locked_page(
    people: list[Locked],
    chosen: Locked,
    after: str,
    errors: dict[str, list[str]] | None = None,
) -> str:
    return render_template(
        "locking/unlock.html",
        chosen=chosen,
        others=[person for person in people if person.id != chosen.id],
        after=after,
        errors=errors or {},
    )
