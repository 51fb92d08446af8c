"""The headers of every answer: nothing foreign loads, nothing is kept, nothing is told onward."""

from typing import Final

from flask import Flask, Response, request

from referral.web.assets import is_asked_by_digest

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

_ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), "
    "payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}

_STATIC_CACHING: Final = "public, max-age=31536000, immutable"
_TWO_YEARS: Final = "max-age=63072000; includeSubDomains"


def protect(response: Response) -> Response:
    """Set the headers; one that a view has set stricter for itself stays.

    A static file under its digest may be kept; a page never is, so that *back* after a quick exit
    shows nothing.
    """
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers["Cache-Control"] = _STATIC_CACHING if is_asked_by_digest() else "no-store"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _TWO_YEARS
    return response


def init_app(app: Flask) -> None:
    """Protect every answer of the application, errors included.

    Flask-WTF's own check of the referrer is switched off: under `no-referrer` a browser sends
    none, and the token together with SameSite cookies already answers cross-site forgery.
    """
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.after_request(protect)
