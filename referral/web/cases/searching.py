"""Finding a case: what is typed is posted, compared and forgotten; no address carries it."""

from flask import render_template, request
from flask_babel import gettext

from referral.cases import service
from referral.cases.finding import SearchResult
from referral.cases.schemas import SearchSchema
from referral.cases.search import Found
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.kernel.permissions import Permission
from referral.web.actor import current_actor
from referral.web.cases import view
from referral.web.cases.blueprint import bp
from referral.web.cases.pages import require
from referral.web.forms import joined
from referral.web.inputs import loaded, typed_for


@bp.route("/cases/search", methods=["GET", "POST"])
def search_cases() -> str | tuple[str, int]:
    """The best hits, each by code, age band and needs; no name, since others may look on.

    What was typed comes back only where nothing was found, to be mended.
    """
    actor = current_actor()
    require(actor, Permission.CASE_READ)
    if request.method == "GET":
        return _page()
    schema = SearchSchema()
    typed = typed_for(schema, request.form)
    words = str(typed.get("words", ""))
    try:
        with db.unit_of_work():
            result = service.search_cases(actor, None, **loaded(schema, typed))
    except InvalidInput as refusal:
        return _page(words=words, error=joined(refusal)["words"]), 422
    return _page(result, words="" if result.rows else words)


def _page(result: SearchResult | None = None, *, words: str = "", error: str = "") -> str:
    return render_template(
        "cases/search_cases.html",
        result=result,
        words=words,
        error=error,
        found_by=_found_by,
        title_of_line=view.line_title,
        needs_of=view.needs_of,
        state_label=view.state_label,
        state_look=view.STATE_LOOK,
    )


def _found_by(by: Found) -> str:
    """By what a case was found, in words."""
    words: dict[Found, str] = {
        Found.SPOKEN_NAME: gettext("matches the name she is called by"),
        Found.PAPER_NAME: gettext("matches the name on papers"),
        Found.ALIAS: gettext("matches another name"),
        Found.PHONE: gettext("matches the phone number"),
        Found.ID_NUMBER: gettext("matches the number of a paper"),
        Found.CODE: gettext("matches the case code"),
    }
    return words[by]
