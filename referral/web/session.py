"""The session cookie, and the rule that a page is shut unless it is on the short public list."""

from typing import Final, cast

from flask import Flask, Request, Response, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts import parking
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_out
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import SignInRequired
from referral.kernel.settings import Settings
from referral.notices.queries import unread_count
from referral.referrals.queries import count_waiting
from referral.web import parked
from referral.web.frame import local_path

CLEARED_ON_EXIT: Final = '"cache", "storage"'
CLEARED_AT_SIGN_OUT: Final = '"cache", "cookies", "storage"'
PUBLIC: Final = frozenset(
    {
        "accounts.enrol",
        "accounts.recover",
        "accounts.sign_in",
        "frame.choose_language",
        "frame.choose_theme",
        "frame.leave",
        "frame.quick_exit",
        "frame.show_exit",
        "health.healthz",
        "health.readyz",
        "locking.unlock",
        "static",
        "watch.show_metrics",
    }
)


class SignedIn(UserMixin):  # type: ignore[misc] # Flask-Login ships no types
    """What Flask-Login carries: our actor."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """The session's row; never kept in Flask's own cookie, which this product does not use."""
        return self.actor.session_id or ""


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host, path / and a secure origin (RFC 6265bis 4.1.3)."""
    settings: Settings = current_app.config["REFERRAL_SETTINGS"]
    return "__Host-session" if settings.secure_cookies else "session-token"


def is_api(asked: Request) -> bool:
    """Whether the API answers, which never reads the cookie."""
    return asked.path.startswith("/api/")


def _load(asked: Request) -> SignedIn | None:
    token = "" if is_api(asked) else asked.cookies.get(cookie_name(), "")
    if not token:
        return None
    try:
        return SignedIn(actor_for(token))
    except SignInRequired:
        return None


def _admit() -> BaseResponse | None:
    """Let nobody past who is not signed in, but to the public list."""
    g.actor = None
    if request.endpoint == "static" or is_api(request):
        return None
    if current_user.is_authenticated:
        g.actor = current_user.actor
        if request.method == "GET":
            g.waiting_counts = {
                "referrals.show_inbox": count_waiting(g.actor),
                "notices.list_notices": unread_count(g.actor),
            }
    if g.actor is not None or request.endpoint is None or request.endpoint in PUBLIC:
        return None
    return redirect(way_in(_wanted()), 303)


def way_in(after: str) -> str:
    """Where somebody without a session goes first: to unlock what is locked here, or to sign in."""
    is_locked = parking.locked_sessions(parked.tokens())
    return url_for("locking.unlock" if is_locked else "accounts.sign_in", next=after)


def _wanted() -> str:
    """Where to return after signing in: a form sent too late comes back to itself."""
    if request.endpoint == "locking.lock":  # it is locked already; not again after the PIN
        return local_path(request.args.get("next", ""))
    if request.method == "GET":
        return request.full_path.rstrip("?")
    rule = request.url_rule
    return request.path if rule is not None and "GET" in (rule.methods or ()) else "/"


def keep_token(response: Response, token: str) -> Response:
    """Give the browser its session."""
    settings: Settings = current_app.config["REFERRAL_SETTINGS"]
    response.set_cookie(
        cookie_name(), token, secure=settings.secure_cookies, httponly=True, samesite="Strict"
    )
    return response


def begin_session(token: str) -> Actor:
    """Give the browser a session with the answer; who was here before steps aside."""
    step_aside()
    g.fresh_token = token
    g.actor = actor_for(token)
    return cast("Actor", g.actor)


def renew_session(token: str) -> None:
    """The session goes on under another token."""
    g.fresh_token = token
    g.actor = actor_for(token)


def step_aside() -> None:
    """Lock the session of this request if a PIN was chosen, else end it."""
    actor = g.get("actor")
    if actor is not None and not parking.park(actor):
        sign_out(actor)
        parked.drop(actor.parked_id)
    g.actor = g.fresh_token = None


def leave() -> None:
    """Leave this browser: the session is locked or ended now, its cookie goes with the answer."""
    step_aside()
    g.forget_cookie = CLEARED_ON_EXIT


def end_session() -> None:
    """Sign out: row and PIN go now, the cookies with the answer.

    Where a colleague's session is locked in this browser its cookie stays, so that the browser is
    told to forget the rest only.
    """
    actor = g.get("actor")
    if actor is not None:
        sign_out(actor)
        parked.drop(actor.parked_id)
    g.actor = g.fresh_token = None
    others = parking.locked_sessions(parked.tokens())
    g.forget_cookie = CLEARED_ON_EXIT if others else CLEARED_AT_SIGN_OUT


def _settle(response: Response) -> Response:
    """Send the cookies of this request's sessions, new, changed and gone."""
    parked.settle(response)
    if token := g.get("fresh_token"):
        return keep_token(response, token)
    if clear := g.get("forget_cookie"):
        settings: Settings = current_app.config["REFERRAL_SETTINGS"]
        response.delete_cookie(
            cookie_name(), secure=settings.secure_cookies, httponly=True, samesite="Strict"
        )
        response.headers["Clear-Site-Data"] = clear
    return response


def init_app(app: Flask) -> None:
    """Install the loader and the rule."""
    manager = LoginManager(app)
    manager.session_protection = None
    manager.request_loader(_load)
    app.before_request(_admit)
    app.after_request(_settle)
    app.teardown_request(lambda _error: db.rollback())
