"""`/healthz`: the process answers. `/readyz`: it can also do its work. Neither tells more."""

from typing import Final

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from referral.agencies.directory import pin
from referral.api import errors
from referral.api.messages import Detail, Title
from referral.audit.trail import trail
from referral.kernel import deployment
from referral.kernel.errors import ReferralError

blueprint = Blueprint("health", __name__)
NOT_READY: Final = errors.Problem(
    503, "not-ready", Title.NOT_READY, Detail.NOT_READY, headers={"Retry-After": "5"}
)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Tell that the process answers, without touching the database."""
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Tell whether database, deployment, pinned root and server key are there."""
    try:
        deployment.current()
        _ = (pin.root_public, trail.server)
    except (SQLAlchemyError, ReferralError):
        return errors.answer(NOT_READY)
    return Response("ready\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
