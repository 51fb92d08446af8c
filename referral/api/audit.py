"""The audit chain of the own agency: for its privacy officer and the auditor, and with the details
that their keys open for its supervisors and administrators.
"""

from typing import Any

from marshmallow import Schema, fields

from referral.api.detail_shapes import DetailShape
from referral.api.gate import current_actor, room
from referral.api.shapes import CursorQuery, as_page, page_schema
from referral.audit.service import open_log, shut_log
from referral.kernel import db
from referral.kernel.errors import NotPermitted
from referral.kernel.permissions import Permission

blueprint = room("audit", "The audit chain")


class EntryShape(Schema):
    """Who did what to which object, and whether it was done or refused."""

    id = fields.UUID(required=True, attribute="entry.id")
    seq = fields.Integer(required=True, attribute="entry.seq")
    at = fields.AwareDateTime(required=True, attribute="entry.at")
    operation = fields.String(required=True, attribute="entry.operation")
    actor_id = fields.UUID(required=True, allow_none=True, attribute="entry.actor_id")
    object_kind = fields.String(required=True, attribute="entry.object_kind")
    object_id = fields.UUID(required=True, allow_none=True, attribute="entry.object_id")
    outcome = fields.String(required=True, attribute="entry.outcome")
    detail = fields.Nested(DetailShape, required=True)


@blueprint.route("/audit-entries", methods=["GET"])
@blueprint.arguments(CursorQuery, location="query")
@blueprint.response(200, page_schema(EntryShape, "EntryPage"))
def list_entries(sent: dict[str, Any]) -> dict[str, Any]:
    """List the entries of the own agency's chain, newest first, with what the keys open."""
    actor = current_actor()
    if Permission.AUDIT_READ not in actor.permissions:
        raise NotPermitted("audit.visible_entries")
    if Permission.AUDIT_OPEN not in actor.permissions:
        return as_page(shut_log(actor, cursor=sent["cursor"]))
    with db.unit_of_work():
        return as_page(open_log(actor, None, cursor=sent["cursor"]))
