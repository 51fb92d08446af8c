"""Members of the agency: invitation and confirmation.

An invitation takes no `Idempotency-Key`: its code cannot be shown again, and the name, which is
unique, already keeps a repeated request from inviting twice.
"""

from typing import Any
from uuid import UUID

from marshmallow import fields

from referral.accounts import queries, reenrolment, service
from referral.accounts.policy import manages_or_is
from referral.accounts.reenrolment import reenrollable_member
from referral.accounts.roles import joined
from referral.accounts.schemas import (
    ConfirmationSchema,
    InvitationSchema,
    ReenrolmentSchema,
    RolesSchema,
)
from referral.agencies.queries import agency
from referral.api.gate import current_actor, room
from referral.api.people import InvitedShape, KnownMemberShape, MemberShape, known, shown_once
from referral.api.shapes import page_schema, whole
from referral.api.versions import IF_MATCH, etag_of, expected_revision
from referral.kernel import db
from referral.kernel.errors import NotFound

blueprint = room("accounts", "Members of the agency")


class MemberWithFingerprint(KnownMemberShape):
    """A member, with the digits to compare by phone before confirming (empty before enrolment)."""

    fingerprint = fields.String()


@blueprint.route("/members", methods=["GET"])
@blueprint.response(200, page_schema(KnownMemberShape, "MemberPage"))
def list_members() -> dict[str, Any]:
    """List by name the colleagues whom the role has to do with; user names to administrators."""
    actor = current_actor()
    return whole([known(actor, member) for member in queries.visible_members(actor)])


@blueprint.route("/members", methods=["POST"])
@blueprint.arguments(InvitationSchema)
@blueprint.response(201, InvitedShape)
def invite_member(sent: dict[str, Any]) -> dict[str, Any]:
    """Invite a colleague."""
    actor = current_actor()
    if actor.agency_id is None:
        raise NotFound("no agency")
    with db.unit_of_work():
        invited = service.invite_member(actor, agency(actor.agency_id), **sent)
    return shown_once(invited)


@blueprint.route("/members/<uuid:member_id>", methods=["GET"])
@blueprint.response(200, MemberWithFingerprint)
def show_member(member_id: UUID) -> Any:
    """Show one colleague; to administrators, and of oneself, with the fingerprint of the keys.

    The ETag is that of the roles.
    """
    actor = current_actor()
    member = queries.visible_member(actor, member_id)
    told = known(actor, member)
    if manages_or_is(actor, member):
        told["fingerprint"] = service.fingerprint_of(member) if member.signing_public else ""
    return told, 200, _version(member)


def _version(member: Any) -> dict[str, str]:
    return {"ETag": etag_of(member.id, queries.named_at(member))}


@blueprint.route("/members/<uuid:member_id>/roles", methods=["PUT"])
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(RolesSchema)
@blueprint.response(200, MemberShape)
def change_roles(sent: dict[str, Any], member_id: UUID) -> Any:
    """Give a colleague other roles, all at once; who holds no keys by them leaves every circle."""
    actor = current_actor()
    with db.unit_of_work():
        member = queries.visible_member(actor, member_id)
        seen = expected_revision(member_id)
        service.change_roles(actor, member, role=joined(sent["roles"]), expected=seen)
        return member, 200, _version(member)


@blueprint.route("/members/<uuid:member_id>/confirmation", methods=["POST"])
@blueprint.arguments(ConfirmationSchema)
@blueprint.response(200, MemberShape)
def confirm_member(sent: dict[str, Any], member_id: UUID) -> Any:
    """Write the colleague into the directory log, once the fingerprint was compared."""
    actor = current_actor()
    with db.unit_of_work():
        member = reenrollable_member(actor, member_id)
        read, roles = sent["fingerprint"], sent["roles"]
        return service.confirm_member(actor, member, fingerprint_read=read, roles=roles)


@blueprint.route("/members/<uuid:member_id>/renewal", methods=["POST"])
@blueprint.arguments(ReenrolmentSchema)
@blueprint.response(200, InvitedShape)
def begin_reenrolment(sent: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """End the keys whose passphrase is lost, and give a new one-time code."""
    actor = current_actor()
    with db.unit_of_work():
        member = reenrollable_member(actor, member_id)
        renewed = reenrolment.begin_reenrolment(actor, member, **sent)
    return shown_once(renewed)


@blueprint.route("/members/<uuid:member_id>/removal", methods=["POST"])
@blueprint.response(200, MemberShape)
def remove_member(member_id: UUID) -> Any:
    """End a colleague's membership; the circles get a new key."""
    actor = current_actor()
    with db.unit_of_work():
        return service.remove_member(actor, queries.visible_member(actor, member_id))
