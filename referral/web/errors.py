"""What a page says when something is refused or fails: one table, chosen once.

No page ever shows an exception's text, and an unexpected failure tells no more than a code: the
text may hold what somebody wrote about a survivor.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Flask, g, make_response, redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from referral.audit.operation import asked_for, record_asked
from referral.kernel import db, errors
from referral.kernel.ids import new_code
from referral.kernel.logs import get_logger
from referral.web.forms import title_of
from referral.web.proof import proof_page
from referral.web.session import PUBLIC, is_api, way_in

log = get_logger(__name__)


NOTHING_CHANGED: Final = lazy_gettext("Nothing was changed.")
AS_DRAFT: Final = lazy_gettext("What was typed is kept as a draft.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of page: its HTTP status, what happened, what was kept, and what to do next."""

    status: int
    title: LazyString
    advice: LazyString
    kept: LazyString = NOTHING_CHANGED


NOT_FOUND: Final = Refusal(
    404,
    lazy_gettext("This page is not here"),
    lazy_gettext(
        "It may have been closed or moved, or it is not for this account. "
        "Look for it from today's work."
    ),
)
NOT_PERMITTED: Final = Refusal(
    403,
    lazy_gettext("This account may not do that"),
    lazy_gettext("Ask the administrator of the agency if this is part of the duty."),
)
KEYS_MISSING: Final = Refusal(
    403,
    lazy_gettext("This session holds no key for this"),
    lazy_gettext(
        "Only members of the circle that works on the case can open it. "
        "Ask one of them to go on, or to admit this account."
    ),
)
CONFLICT: Final = Refusal(
    409,
    lazy_gettext("Somebody was faster"),
    lazy_gettext("This has moved on in the meantime. Look at its present state."),
    lazy_gettext("Nothing was overwritten."),
)
OUTDATED: Final = Refusal(
    412,
    lazy_gettext("Somebody has written in the meantime"),
    lazy_gettext("Open the newest version and write again."),
    lazy_gettext("Nothing was overwritten."),
)
UNNAMED: Final = Refusal(
    428,
    lazy_gettext("The page was too old to save"),
    lazy_gettext("Open the form again."),
    AS_DRAFT,
)
UNVERIFIED: Final = Refusal(
    500,
    lazy_gettext("Not verified, not shown."),
    lazy_gettext("Tell the privacy officer of the agency."),
)
MOVED_AWAY: Final = Refusal(
    409,
    lazy_gettext("This case is to move on first"),
    lazy_gettext("It had left this circle before the restore. Open it and move it again."),
)
BUSY: Final = Refusal(
    429,
    lazy_gettext("Too many at once"),
    lazy_gettext("Wait a few seconds, then try again."),
)
UNREADABLE: Final = Refusal(
    400,
    lazy_gettext("The request cannot be read"),
    lazy_gettext("Go back, reload the page and try again."),
)
FORM_EXPIRED: Final = Refusal(
    400,
    lazy_gettext("The form stood open too long"),
    lazy_gettext("Sign in where that is asked, and open the form again."),
    AS_DRAFT,
)
PAGE_EXPIRED: Final = replace(FORM_EXPIRED, kept=NOTHING_CHANGED)
"""Before signing in there are no drafts."""
TOO_LARGE: Final = Refusal(
    413,
    lazy_gettext("This is too large to send"),
    lazy_gettext("Go back, shorten the text, then send again."),
)
HALF_RESTORED: Final = (
    "Hệ thống đang được khôi phục, chưa dùng được. Hãy báo cho người quản trị máy chủ.\n"
    "This system is being restored and is not in use yet. Tell whoever runs the server.\n"
)
"""Without any template: nothing in the database may be asked."""
FAILED: Final = Refusal(
    500,
    lazy_gettext("Something went wrong here"),
    lazy_gettext("Give the code below when reporting it."),
    lazy_gettext("Nothing was changed; drafts are kept."),
)

KINDS: Final[Mapping[type[errors.ReferralError], Refusal]] = {
    errors.NotFound: NOT_FOUND,
    errors.NotPermitted: NOT_PERMITTED,
    errors.KeysMissing: KEYS_MISSING,
    errors.StateConflict: CONFLICT,
    errors.IdTaken: CONFLICT,
    errors.VersionConflict: OUTDATED,
    errors.VersionMissing: UNNAMED,
    errors.InvalidInput: UNREADABLE,
    errors.MovedAway: MOVED_AWAY,
    errors.NotVerified: UNVERIFIED,
    errors.Unreadable: UNVERIFIED,
    errors.Busy: BUSY,
}
OF_STATUS: Final[Mapping[int, Refusal]] = {
    403: NOT_PERMITTED,
    404: NOT_FOUND,
    405: NOT_FOUND,
    413: TOO_LARGE,
    429: BUSY,
}


def refusal_page(refusal: Refusal, *, code: str = "") -> tuple[str, int]:
    """The page of a refusal; `code` is what a person reads out when reporting a failure."""
    page = render_template(
        "errors/show_refusal.html",
        refusal=refusal,
        code=code,
        is_signed_in=g.get("actor") is not None,
    )
    return page, refusal.status


def conflict_page(*, who: str = "", at: datetime | None = None, back: str = "") -> tuple[str, int]:
    """That somebody was faster: who and when, where known; `back` is where to look now."""
    page = render_template(
        "errors/show_conflict.html",
        refusal=CONFLICT,
        who=who,
        at=at,
        back=back,
    )
    return page, CONFLICT.status


def consent_page(missing: tuple[str, ...]) -> tuple[str, int]:
    """That a consent is missing: for which sections, and where to record one."""
    case_id = (request.view_args or {}).get("case_id")
    page = render_template(
        "errors/show_consent_missing.html",
        titles=[title_of(kind) for kind in missing],
        kinds=list(missing),
        case_id=case_id,
    )
    return page, 403


def _on_refusal(error: errors.ReferralError) -> BaseResponse:
    db.rollback()
    if g.get("actor") is not None:
        record_asked(g.actor, error, asked_for(request.view_args))
    if isinstance(error, errors.SignInRequired):
        return redirect(way_in("/"), 303)
    if isinstance(error, errors.ProofNeeded):
        return make_response(proof_page())
    if isinstance(error, errors.ConsentMissing):
        return make_response(consent_page(error.missing))
    kind = next((KINDS[c] for c in type(error).__mro__ if c in KINDS), CONFLICT)
    back = _where_it_stands() if kind is CONFLICT else ""
    response = make_response(conflict_page(back=back) if back else refusal_page(kind))
    if isinstance(error, errors.Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _where_it_stands() -> str:
    """The page of the case that this request was about; empty when it was about none."""
    case_id = (request.view_args or {}).get("case_id")
    return url_for("cases.show_case", case_id=case_id) if case_id else ""


def _on_forgery_doubt(_error: CSRFError) -> BaseResponse:
    is_public = request.endpoint in PUBLIC
    return make_response(refusal_page(PAGE_EXPIRED if is_public else FORM_EXPIRED))


def _on_http(error: HTTPException) -> BaseResponse:
    status = error.code or 500
    if is_api(request) or status < 400:
        return error.get_response()
    if status >= 500:
        return _on_failure(getattr(error, "original_exception", None) or error)
    kind = OF_STATUS.get(status, UNREADABLE)
    response = make_response(refusal_page(replace(kind, status=status)))
    for name in ("Allow", "Retry-After"):
        if value := dict(error.get_headers()).get(name):
            response.headers[name] = value
    return response


def _on_failure(error: Exception) -> BaseResponse:
    """Only its type and places are logged (`kernel.logs`): a message may carry what was typed."""
    db.rollback()
    code = new_code()
    log.error("failure", reference=code, exc_info=error)
    return make_response(refusal_page(FAILED, code=code))


def _on_half_restored(_error: errors.HalfRestored) -> BaseResponse:
    db.rollback()
    response = make_response(HALF_RESTORED, 503)
    response.mimetype = "text/plain"
    response.headers["Retry-After"] = "60"
    return response


def init_app(app: Flask) -> None:
    """Install the table for every page."""
    app.register_error_handler(errors.HalfRestored, _on_half_restored)
    app.register_error_handler(errors.ReferralError, _on_refusal)
    app.register_error_handler(CSRFError, _on_forgery_doubt)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(Exception, _on_failure)
