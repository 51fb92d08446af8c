"""Problems (RFC 9457): each refusal of the product and of HTTP, mapped here once.

A problem never repeats what was sent, and an unexpected error tells no more than a reference
number: an exception's text may hold what somebody wrote about a survivor.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Flask, Response, g, json, request
from flask_babel import force_locale, gettext
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import RequestRedirect

from referral.api.messages import Detail, FieldMessage, Title
from referral.audit.idempotency import KeyReused
from referral.audit.operation import asked_for, record_asked
from referral.cases.forms.messages import Message
from referral.kernel import errors
from referral.kernel.logs import get_logger
from referral.shelters.errors import BedTaken

PREFIX: Final = "/api/"
MEDIA_TYPE: Final = "application/problem+json"
LANGUAGES: Final = ("vi", "en")
log = get_logger(__name__)


@dataclass(frozen=True)
class Problem:
    """One refusal; `name` makes its type, a URN that clients may compare."""

    status: int
    name: str
    title: Title
    detail: Detail
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)


Kind = tuple[int, str, Title, Detail]
KINDS: Final[Mapping[type[errors.ReferralError], Kind]] = {
    errors.SignInRequired: (
        401, "sign-in-required", Title.SIGN_IN_REQUIRED, Detail.SIGN_IN_REQUIRED
    ),
    errors.ChainClosed: (401, "sign-in-required", Title.SIGN_IN_REQUIRED, Detail.SIGN_IN_REQUIRED),
    errors.NotPermitted: (403, "not-permitted", Title.NOT_PERMITTED, Detail.NOT_PERMITTED),
    errors.ProofNeeded: (403, "proof-needed", Title.PROOF_NEEDED, Detail.PROOF_NEEDED),
    errors.KeysMissing: (403, "keys-missing", Title.NO_KEYS, Detail.NO_KEYS),
    errors.ConsentMissing: (403, "consent-missing", Title.CONSENT_MISSING, Detail.CONSENT_MISSING),
    errors.NotFound: (404, "not-found", Title.NOT_FOUND, Detail.NOT_FOUND),
    BedTaken: (409, "place-taken", Title.PLACE_TAKEN, Detail.PLACE_TAKEN),
    errors.StateConflict: (409, "state-conflict", Title.STATE_CONFLICT, Detail.STATE_CONFLICT),
    errors.MovedAway: (409, "moved-away", Title.MOVED_AWAY, Detail.MOVED_AWAY),
    errors.IdTaken: (409, "id-taken", Title.ID_TAKEN, Detail.ID_TAKEN),
    errors.VersionConflict: (
        412, "version-conflict", Title.VERSION_CONFLICT, Detail.VERSION_CONFLICT
    ),
    errors.InvalidInput: (422, "invalid-input", Title.INVALID_INPUT, Detail.INVALID_INPUT),
    KeyReused: (422, "idempotency-key-reused", Title.KEY_REUSED, Detail.KEY_REUSED),
    errors.VersionMissing: (428, "version-missing", Title.VERSION_MISSING, Detail.VERSION_MISSING),
    errors.HalfRestored: (503, "not-ready", Title.NOT_READY, Detail.NOT_READY),
    errors.Busy: (429, "busy", Title.BUSY, Detail.BUSY),
    errors.NotVerified: (500, "not-verified", Title.NOT_VERIFIED, Detail.NOT_VERIFIED),
    errors.Unreadable: (500, "not-verified", Title.NOT_VERIFIED, Detail.NOT_VERIFIED),
}  # fmt: skip
OF_STATUS: Final[Mapping[int, Kind]] = {
    401: KINDS[errors.SignInRequired],
    403: KINDS[errors.NotPermitted],
    404: KINDS[errors.NotFound],
    405: (405, "method-not-allowed", Title.METHOD_NOT_ALLOWED, Detail.METHOD_NOT_ALLOWED),
    412: KINDS[errors.VersionConflict],
    422: KINDS[errors.InvalidInput],
    428: KINDS[errors.VersionMissing],
    429: KINDS[errors.Busy],
}
# marshmallow's own texts, in words the catalogue knows.
REWORDED: Final = (
    (re.compile(r"Missing data|Field may not be null"), Message.REQUIRED),
    (re.compile(r"Unknown field"), FieldMessage.UNKNOWN),
    (re.compile(r"Not a valid (aware |naive )?datetime"), Message.NOT_DATETIME),
    (re.compile(r"Not a valid date"), Message.NOT_DATE),
    (re.compile(r"Not a valid (UUID|uuid)"), FieldMessage.NOT_IDENTIFIER),
    (re.compile(r"Not a valid (string|utf-8)"), Message.NOT_TEXT),
    (re.compile(r"Not a valid (integer|number)"), Message.NOT_NUMBER),
    (re.compile(r"Not a valid boolean"), FieldMessage.NOT_YES_NO),
    (re.compile(r"Not a valid list|Length must|Shorter than"), FieldMessage.NOT_LIST),
    (re.compile(r"Must be one of|Must be equal|One or more of the choices"), Message.NOT_LISTED),
    (re.compile(r"Longer than"), Message.TOO_LONG),
    (re.compile(r"Must be (greater|less)"), Message.OUT_OF_RANGE),
    (re.compile(r"Not a valid mapping|Invalid input type"), Message.NOT_ANSWERS),
    (re.compile(r"(Not a valid|Invalid|String does not match)"), FieldMessage.NOT_TAKEN),
)


def register(app: Flask) -> None:
    """Answer what leads nowhere under the API's prefix with a problem, whatever pages do."""
    app.before_request(_refuse_unrouted)


def _refuse_unrouted() -> Response | None:
    error = request.routing_exception
    if error is None or isinstance(error, RequestRedirect) or not request.path.startswith(PREFIX):
        return None
    return answer(of_http(error))


def attach(blueprint: Blueprint) -> None:
    """Give a blueprint of the API these answers.

    Every status by itself: Flask prefers an application's handler of one status to a blueprint's
    handler of all.
    """
    blueprint.register_error_handler(errors.ReferralError, _on_refusal)
    blueprint.register_error_handler(Exception, _on_failure)
    for status in default_exceptions:
        blueprint.register_error_handler(status, _on_http)


def _on_refusal(error: Exception) -> Response:
    if not isinstance(error, errors.ReferralError):
        return _on_failure(error)
    if g.get("api_actor") is not None:
        record_asked(g.api_actor, error, asked_for(request.view_args))
    return answer(of_refusal(error))


def _on_http(error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _on_failure(error)
    # Flask hands an unexpected error to the handler of 500 as well.
    original = getattr(error, "original_exception", None)
    return _on_failure(original) if original is not None else answer(of_http(error))


def _on_failure(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.error("failure", reference=reference, exc_info=error)
    return answer(
        Problem(500, "failed", Title.FAILED, Detail.FAILED, members={"reference": reference})
    )


def of_refusal(error: errors.ReferralError) -> Problem:
    """The problem that a broken rule makes."""
    kind = next((KINDS[c] for c in type(error).__mro__ if c in KINDS), None)
    if kind is None:
        # A room's own refusal that needs no more than to be told: what was asked is not possible.
        return Problem(*KINDS[errors.StateConflict])
    headers: dict[str, str] = {}
    members: dict[str, Any] = {}
    if isinstance(error, errors.SignInRequired):
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, errors.ConsentMissing):
        members["missing"] = list(error.missing)
    elif isinstance(error, errors.InvalidInput):
        members["errors"] = error.fields
    elif isinstance(error, BedTaken):
        members["place"] = error.code
    elif isinstance(error, errors.StateConflict):
        members["state"] = error.state
    elif isinstance(error, errors.Busy):
        headers["Retry-After"] = str(error.retry_after)
    return Problem(*kind, headers=headers, members=members)


def of_http(error: HTTPException) -> Problem:
    """The problem of an error of HTTP itself, or of a schema that refused the request."""
    status = error.code or 500
    kept = ("Allow", "Retry-After", "Accept")
    headers = {k: v for k, v in error.get_headers() if k in kept}
    sent = getattr(error, "data", None) or {}
    members = {}
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and "messages" in sent:
        members["errors"] = flattened(sent["messages"])
    fallback = (status, "bad-request", Title.BAD_REQUEST, Detail.BAD_REQUEST)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        fallback = (status, "failed", Title.FAILED, Detail.FAILED)
    return Problem(*OF_STATUS.get(status, fallback), headers=headers, members=members)


def flattened(messages: Any) -> dict[str, list[str]]:
    """Field (nested ones joined by dots) → message ids, out of what webargs collected."""
    found: dict[str, list[str]] = {}
    for where in messages.values() if isinstance(messages, Mapping) else [messages]:
        _collect(where, "", found)
    return found


def _collect(node: Any, name: str, found: dict[str, list[str]]) -> None:
    if isinstance(node, Mapping):
        for key, inner in node.items():
            _collect(inner, name if key == "_schema" else f"{name}.{key}".lstrip("."), found)
        return
    texts = node if isinstance(node, (list, tuple)) else [node]
    found.setdefault(name or "_schema", []).extend(str(text) for text in texts)


def _worded(text: str) -> str:
    """The text in the catalogue's words and the reader's language."""
    meant = next((message for pattern, message in REWORDED if pattern.match(text)), text)
    return str(gettext(str(meant)))


def answer(problem: Problem) -> Response:
    """The problem as a response, in the language that `Accept-Language` prefers."""
    language = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])
    with force_locale(language):
        body: dict[str, Any] = {
            "type": f"urn:problem:{problem.name}",
            "title": gettext(problem.title),
            "status": problem.status,
            "detail": gettext(problem.detail),
            **problem.members,
        }
        if "errors" in body:
            body["errors"] = {
                name: [_worded(text) for text in texts] for name, texts in body["errors"].items()
            }
    response = Response(json.dumps(body), status=problem.status, mimetype=MEDIA_TYPE)
    response.headers.update(problem.headers)
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response
