"""The cookie by which a browser's locked sessions are found again: one token for each person.

It opens nothing without the PIN, and the PIN nothing without it.
"""

from typing import Final

from flask import Response, current_app, g, request

from referral.accounts.parking import is_of
from referral.kernel.settings import Settings

MOST: Final = 4
"""How many people can be locked in one browser; the one locked first makes room."""
SEPARATOR: Final = "."


def cookie_name() -> str:
    """As the session's own cookie, bound to this host where cookies are secure."""
    return "__Host-parked" if _settings().secure_cookies else "parked-tokens"


def _settings() -> Settings:
    settings: Settings = current_app.config["REFERRAL_SETTINGS"]
    return settings


def tokens() -> list[str]:
    """The tokens of this browser, the newest first, as they will stand after this request."""
    if "parked_tokens" not in g:
        sent = request.cookies.get(cookie_name(), "")
        g.parked_tokens = [token for token in sent.split(SEPARATOR) if token][:MOST]
    return list(g.parked_tokens)


def keep(token: str, *, instead_of: str | None = None) -> None:
    """Have the browser keep a token; the one of `instead_of`, an id, is dropped."""
    drop(instead_of)
    _change([token, *tokens()][:MOST])


def drop(parked_id: str | None) -> None:
    """Have the browser forget the token of a parked session."""
    if parked_id is not None:
        _change([token for token in tokens() if not is_of(token, parked_id)])


def bring_forward(token: str) -> None:
    """Who has just been here is asked first next time."""
    _change([token, *(other for other in tokens() if other != token)])


def _change(now: list[str]) -> None:
    g.parked_tokens, g.parked_changed = now, True


def settle(response: Response) -> None:
    """Send the cookie with the answer, if it has changed."""
    if not g.get("parked_changed"):
        return
    secure = _settings().secure_cookies
    if not tokens():
        response.delete_cookie(cookie_name(), secure=secure, httponly=True, samesite="Strict")
        return
    response.set_cookie(
        cookie_name(), SEPARATOR.join(tokens()), secure=secure, httponly=True, samesite="Strict"
    )
