"""How members are shown, and the one-time codes by which they enrol."""

from typing import Any

from marshmallow import Schema, fields

from referral.accounts.policy import manages_or_is
from referral.kernel.actor import Actor


class ColleagueShape(Schema):
    """A member of the agency, to choose among them."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True)


class MemberShape(ColleagueShape):
    """A member of the agency, to who sees to the account."""

    username = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)


class KnownMemberShape(ColleagueShape):
    """A member of the agency; the rest is there for who manages members, and of oneself."""

    username = fields.String()
    state = fields.String()
    state_at = fields.AwareDateTime()


def known(actor: Actor, member: Any) -> dict[str, Any]:
    """What the actor is told of a member whom the actor sees."""
    shape = MemberShape if manages_or_is(actor, member) else ColleagueShape
    return {name: getattr(member, name) for name in shape().fields}


class InvitedShape(Schema):
    """An invited member, and the code to hand over in person. It is shown this once."""

    member = fields.Nested(MemberShape, required=True)
    code = fields.String(required=True)


def shown_once(invited: tuple[Any, str]) -> dict[str, Any]:
    """Member and code as `InvitedShape` dumps them."""
    member, code = invited
    return {"member": member, "code": code}
