"""How members are shown, and the one-time codes by which they enrol."""

from typing import Any

from marshmallow import Schema, fields


class MemberShape(Schema):
    """A member of the agency."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    username = fields.String(required=True)
    display_name = fields.String(required=True)
    role = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)


class InvitedShape(Schema):
    """An invited member, and the code to hand over in person. It is shown this once."""

    member = fields.Nested(MemberShape, required=True)
    code = fields.String(required=True)


def shown_once(invited: tuple[Any, str]) -> dict[str, Any]:
    """Member and code as `InvitedShape` dumps them."""
    member, code = invited
    return {"member": member, "code": code}
