"""Sessions: signing in gives a bearer token, signing out ends it at once."""

from typing import Any

from flask import request
from marshmallow import Schema, fields

from referral.accounts import heads, signin
from referral.accounts.queries import visible_member
from referral.accounts.schemas import SignInSchema
from referral.accounts.sessions import actor_for, lifetimes
from referral.api.gate import current_actor, room
from referral.kernel import clock, db
from referral.kernel.errors import NotFound

blueprint = room("sessions", "Signing in and out")


class FindingShape(Schema):
    """Log, directory or memory that was put back since the member's last sign-in."""

    what = fields.String(required=True)
    fault = fields.String(required=True)
    confirmed = fields.Integer(required=True)
    present = fields.Integer(required=True)
    is_explained = fields.Boolean(required=True)


class SessionShape(Schema):
    """A session that has begun. The token is shown this once and kept nowhere."""

    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    idle_minutes = fields.Integer(
        required=True, metadata={"description": "The session ends when unused for this long."}
    )
    is_active = fields.Boolean(
        required=True,
        metadata={"description": "False until an administrator has confirmed the member."},
    )
    log_findings = fields.List(
        fields.Nested(FindingShape),
        required=True,
        metadata={"description": "What is no longer as this member confirmed it; none is good."},
    )


class WhoShape(Schema):
    """Who is signed in."""

    member_id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    agency_name = fields.String(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True)
    permissions = fields.List(fields.String(), required=True)


@blueprint.route("/sessions", methods=["POST"])
@blueprint.doc(security=[])
@blueprint.arguments(SignInSchema)
@blueprint.response(201, SessionShape)
def sign_in(sent: dict[str, Any]) -> dict[str, Any]:
    """Sign in with name, passphrase and second factor."""
    # Taken before, so that the end that is told is never later than the true one.
    expires_at = clock.now() + lifetimes.absolute
    token = signin.sign_in(
        sent["username"], sent["passphrase"], sent["code"], address=request.remote_addr or ""
    )
    actor = actor_for(token)
    return {
        "token": token,
        "expires_at": expires_at,
        "idle_minutes": int(lifetimes.idle.total_seconds() // 60),
        "is_active": actor.keys is not None,
        "log_findings": heads.findings(actor),
    }


@blueprint.route("/sessions/current", methods=["GET"])
@blueprint.response(200, WhoShape)
def show_session() -> dict[str, Any]:
    """Tell who is signed in, and what the role may do."""
    actor = current_actor()
    return {
        "member_id": actor.member_id,
        "agency_id": actor.agency_id,
        "agency_name": actor.agency_name,
        "display_name": actor.display_name,
        "role": actor.role,
        "permissions": sorted(actor.permissions),
    }


@blueprint.route("/sessions/current/heads", methods=["POST"])
@blueprint.response(204)
def confirm_heads() -> None:
    """Take the present log as seen, after `log_findings` were read."""
    actor = current_actor()
    if actor.member_id is None:
        raise NotFound("nobody")
    with db.unit_of_work():
        heads.confirm_heads(actor, visible_member(actor, actor.member_id))


@blueprint.route("/sessions/current", methods=["DELETE"])
@blueprint.response(204)
def sign_out() -> None:
    """End this session; its token opens nothing any more."""
    signin.sign_out(current_actor())
