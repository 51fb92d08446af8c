"""Signing in and out, and taking up an invitation."""

from typing import Any, Final

import segno
from flask import (
    Blueprint,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from markupsafe import Markup
from pyotp import TOTP
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import parking
from referral.accounts.heads import confirm_heads as confirm_them
from referral.accounts.heads import findings
from referral.accounts.queries import visible_member
from referral.accounts.service import enrol as take_up_invitation
from referral.accounts.service import fingerprint_of
from referral.accounts.signin import asks_for_factor
from referral.accounts.signin import sign_in as open_session
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.web import parked
from referral.web.actor import current_actor
from referral.web.forms import sentences
from referral.web.frame import local_path
from referral.web.session import begin_session, end_session

bp = Blueprint("accounts", __name__)

ISSUER: Final = "Portal"
"""What the authenticator shows beside the name: nothing of what the product is for."""


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> BaseResponse | str | tuple[str, int]:
    """The sign-in form; whoever is signed in already goes on."""
    if request.method == "POST":
        return _open_new_session()
    after = local_path(request.args.get("next", ""))
    if g.actor is not None:
        return redirect(after, 303)
    return _sign_in_page(after)


def _open_new_session() -> BaseResponse | tuple[str, int]:
    """Open the member's keys; one text for every refusal."""
    after = local_path(request.form.get("next", ""))
    username = request.form.get("username", "")
    try:
        token = open_session(
            username,
            request.form.get("passphrase", ""),
            request.form.get("code", ""),
            address=request.remote_addr or "",
        )
    except InvalidInput as refusal:
        return _sign_in_page(after, username=username, errors=sentences(refusal)), 422
    actor = begin_session(token)
    for locked in parking.locked_sessions(parked.tokens()):
        if locked.member_id == actor.member_id and parking.forget(locked.token, actor):
            parked.drop(locked.id)
    if findings(actor):
        after = url_for("accounts.confirm_heads", next=after)
    return redirect(after, 303)


@bp.route("/log/confirm", methods=["GET", "POST"])
def confirm_heads() -> BaseResponse | str:
    """The warning that the log was rolled back; who has read it confirms, and goes on."""
    actor = current_actor()
    after = local_path(request.values.get("next", ""))
    if request.method == "POST":
        if actor.member_id is not None:
            with db.unit_of_work():
                confirm_them(actor, visible_member(actor, actor.member_id))
        return redirect(after, 303)
    found = findings(actor)
    if not found:
        return redirect(after, 303)
    return render_template("accounts/confirm_heads.html", found=found, after=after)


def _sign_in_page(after: str, *, username: str = "", errors: Any = None) -> str:
    return render_template(
        "accounts/sign_in.html",
        after=after,
        username=username,
        errors=errors or {},
        asks_code=asks_for_factor(),
        returns_to_form=after != "/",
        locked=parking.locked_sessions(parked.tokens()),
    )


@bp.post("/sign-out")
def sign_out() -> BaseResponse:
    """End this session and come back to the sign-in form."""
    end_session()
    flash(gettext("Signed out."), "done")  # seen where a browser keeps the cookies
    return redirect(url_for("accounts.sign_in"), 303)


@bp.route("/enrol", methods=["GET", "POST"])
def enrol() -> str | tuple[str, int]:
    """The form by which somebody invited makes keys of their own."""
    return _take_up() if request.method == "POST" else _enrol_page({}, {})


def _take_up() -> str | tuple[str, int]:
    """Make the keys; shows the second factor's secret this once, and the fingerprint."""
    typed = request.form
    errors = unequal(typed.get("passphrase", ""), typed.get("again", ""))
    if errors:
        return _enrol_page(typed, errors), 422
    try:
        with db.unit_of_work():
            member, secret = take_up_invitation(
                typed.get("username", ""), typed.get("code", ""), typed.get("passphrase", "")
            )
            fingerprint = fingerprint_of(member)
            username = member.username
    except InvalidInput as refusal:
        return _enrol_page(typed, sentences(refusal)), 422
    return render_template(
        "accounts/show_factor.html",
        **factor_of(username, secret),
        fingerprint=fingerprint,
    )


def unequal(passphrase: str, again: str) -> dict[str, list[str]]:
    """What to say when the two that were typed differ."""
    if passphrase == again:
        return {}
    return {"again": [gettext("The two are not the same. Type the passphrase again.")]}


def _enrol_page(typed: Any, errors: Any) -> str:
    return render_template(
        "accounts/enrol.html",
        username=typed.get("username", ""),
        code=typed.get("code", ""),
        errors=errors,
    )


def factor_of(username: str, secret: str) -> dict[str, str]:
    """A second factor as a page shows it this once: to scan, and to type in groups of four."""
    uri = TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    groups = (secret[at : at + 4] for at in range(0, len(secret), 4))
    return {"picture": _picture_of(uri), "secret": " ".join(groups)}


def _picture_of(uri: str) -> Markup:
    """The address as a QR code, drawn with attributes only: the policy forbids inline style."""
    drawn = segno.make(uri, error="m").svg_inline(
        scale=5, border=3, dark="#000", light="#fff", svgclass=None, lineclass=None
    )
    # segno draws paths; the address itself is not in the markup
    return Markup(drawn)  # nosec B704 # noqa: S704
