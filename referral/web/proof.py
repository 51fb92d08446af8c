"""The passphrase again: asked in the way of what needs it, and then that goes on.

What was typed travels with the question, in hidden fields of the page; the server keeps none of it.
"""

from typing import Final

from flask import Blueprint, Flask, g, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.proof import prove
from referral.kernel.errors import InvalidInput
from referral.web.actor import current_actor
from referral.web.forms import sentences
from referral.web.frame import local_path
from referral.web.inputs import TOKEN
from referral.web.session import is_api, renew_session

bp = Blueprint("proof", __name__)

FIELD: Final = "proof_passphrase"
UNSAID: Final = frozenset({FIELD, TOKEN, "passphrase", "new_passphrase", "again", "pin", "code"})
"""What is never written into a page again."""


@bp.route("/proof", methods=["GET", "POST"])
def give_proof() -> str | BaseResponse | tuple[str, int]:
    """Ask for the passphrase; the page that needed it follows."""
    current_actor()
    if request.method == "GET":
        return proof_page()[0]  # asked for by itself: nothing was refused
    return redirect(local_path(request.form.get("next", "")), 303)


def proof_page(errors: dict[str, list[str]] | None = None) -> tuple[str, int]:
    """The question, with what was asked for: a form is sent on as it was, a page is shown."""
    is_form = request.method == "POST" and request.endpoint != "proof.give_proof"
    wanted = request.full_path.rstrip("?")
    if request.endpoint == "proof.give_proof":
        wanted = local_path(request.values.get("next", ""))
    page = render_template(
        "proof/give_proof.html",
        action=wanted if is_form else url_for("proof.give_proof"),
        kept=_kept() if is_form else [("next", wanted)],
        field=FIELD,
        errors=errors or {},
        tabs=(),  # one question, and then on
    )
    return page, 422 if errors else 403


def _kept() -> list[tuple[str, str]]:
    return [(n, v) for n, v in request.form.items(multi=True) if n not in UNSAID]


def _take() -> BaseResponse | None:
    """A form that brings the passphrase along proves first, and is then what it was."""
    if g.get("actor") is None or is_api(request) or FIELD not in request.form:
        return None
    try:
        token = prove(g.actor, request.form[FIELD], address=request.remote_addr or "")
    except InvalidInput as refusal:
        return make_response(proof_page(sentences(refusal)))
    renew_session(token)
    left = [(n, v) for n, v in request.form.items(multi=True) if n != FIELD]
    request.form = ImmutableMultiDict(left)
    return None


def init_app(app: Flask) -> None:
    """Look for the passphrase after the session is known, before any page."""
    app.before_request(_take)
