"""The audit chain of the own agency, for its privacy officer and the auditor."""

from typing import Any

from marshmallow import Schema, fields

from referral.api.gate import current_actor, room
from referral.api.shapes import CursorQuery, as_page, page_schema
from referral.audit.queries import visible_entries
from referral.kernel.errors import NotPermitted
from referral.kernel.permissions import Permission

blueprint = room("audit", "The audit chain")


class EntryShape(Schema):
    """Who did what to which object, and whether it was done or refused."""

    id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    operation = fields.String(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    object_kind = fields.String(required=True)
    object_id = fields.UUID(required=True, allow_none=True)
    outcome = fields.String(required=True)


@blueprint.route("/audit-entries", methods=["GET"])
@blueprint.arguments(CursorQuery, location="query")
@blueprint.response(200, page_schema(EntryShape, "EntryPage"))
def list_entries(sent: dict[str, Any]) -> dict[str, Any]:
    """List the entries of the own agency's chain, newest first."""
    actor = current_actor()
    if Permission.AUDIT_READ not in actor.permissions:
        raise NotPermitted("audit.visible_entries")
    return as_page(visible_entries(actor, cursor=sent["cursor"]))
