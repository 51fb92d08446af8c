"""The way in: a blueprint that takes a bearer token, and never a cookie."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar, cast

from flask import Response, g, request
from flask_smorest import Blueprint
from marshmallow import Schema
from werkzeug.exceptions import BadRequest

from referral.accounts import sessions
from referral.api import errors
from referral.cases.forms.messages import Message
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, SignInRequired

BASE: Final = "/api/v1"
OPEN_ENDPOINTS: Final = frozenset(
    {"api_sessions.sign_in", "api_account.take_up", "api_recovery.recover"}
)


View = TypeVar("View", bound=Callable[..., Any])


class Room(Protocol):
    """What the routes use of flask-smorest's blueprint, which has no types."""

    name: str

    def route(self, rule: str, *, methods: Sequence[str]) -> Callable[[View], View]:
        """Put the view at an address under the base."""

    def doc(self, **told: Any) -> Callable[[View], View]:
        """Add to what the API document tells of the view."""

    def arguments(self, schema: type[Schema], *, location: str = "json") -> Callable[[View], View]:
        """Load body or query with the schema and pass it to the view first."""

    def response(
        self,
        status_code: int,
        schema: type[Schema] | dict[str, str] | None = None,
        *,
        content_type: str | None = None,
        description: str | None = None,
    ) -> Callable[[View], View]:
        """Dump what the view returns."""

    def alt_response(
        self, status_code: int, *, schema: type[Schema], description: str
    ) -> Callable[[View], View]:
        """Tell of another status that the view may choose."""


def room(name: str, description: str) -> Room:
    """A blueprint under the API's base whose every route needs a token, the open ones apart."""
    blueprint = Blueprint(f"api_{name}", __name__, url_prefix=BASE, description=description)
    blueprint.before_request(_admit)
    blueprint.before_request(_refuse_unstorable)
    blueprint.after_request(_keep_nowhere)
    errors.attach(blueprint)
    return cast(Room, blueprint)


def _admit() -> None:
    if request.endpoint in OPEN_ENDPOINTS:
        return
    g.api_actor = sessions.actor_for(bearer_token())


def bearer_token() -> str:
    """The token that this request brings; `SignInRequired` without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise SignInRequired
    return token.strip()


def _refuse_unstorable() -> None:
    """No text with NUL (PostgreSQL takes none) or half a surrogate pair (UTF-8 has none)."""
    try:
        sent = request.get_json(silent=True)
        storable = all(_is_storable(text) for text in _texts(sent))
    except RecursionError:
        raise BadRequest from None
    if not storable:
        raise InvalidInput({"_schema": [str(Message.UNPRINTABLE)]})


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for name, inner in node.items():
            yield name
            yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


def _is_storable(text: str) -> bool:
    return not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text)


def _keep_nowhere(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def current_actor() -> Actor:
    """Who sent this request; `SignInRequired` on a route that lets nobody in particular through."""
    actor = g.get("api_actor")
    if not isinstance(actor, Actor):
        raise SignInRequired
    return actor
