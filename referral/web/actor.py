"""The signed-in person of this request."""

from typing import cast

from flask import g

from referral.kernel.actor import Actor
from referral.kernel.errors import NotPermitted, SignInRequired
from referral.kernel.permissions import Permission


def current_actor() -> Actor:
    """Who asks; `SignInRequired` where the session has ended."""
    if g.get("actor") is None:
        raise SignInRequired
    return cast("Actor", g.actor)


def require(permission: Permission) -> Actor:
    """Who asks, if the role has the permission: a list is no operation; `NotPermitted`."""
    actor = current_actor()
    if permission not in actor.permissions:
        raise NotPermitted(permission)
    return actor
