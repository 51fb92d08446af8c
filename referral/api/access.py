"""After a restore: accesses of other agencies that wait for the custodian."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.api.gate import current_actor, room
from referral.api.shapes import page_schema, whole
from referral.cases import queries, service
from referral.kernel import db

blueprint = room("access", "Access to be confirmed after a restore")


class SuspendedGrantShape(Schema):
    """An access that waits: who gave whom which kinds of section, since when."""

    id = fields.UUID(required=True)
    giver_agency_id = fields.UUID(required=True)
    receiver_agency_id = fields.UUID(required=True)
    receiver_circle_id = fields.UUID(required=True)
    kinds = fields.List(fields.String(), required=True)
    made_at = fields.AwareDateTime(required=True)


_Page = page_schema(SuspendedGrantShape, "SuspendedGrantPage")


def _listed(case_id: UUID) -> dict[str, Any]:
    actor = current_actor()
    with db.unit_of_work():
        return whole(service.list_suspended(actor, queries.visible_case(actor, case_id)))


@blueprint.route("/cases/<uuid:case_id>/access", methods=["GET"])
@blueprint.response(200, _Page)
def list_suspended(case_id: UUID) -> dict[str, Any]:
    """List what waits for the custodian's word since a backup was put in place."""
    return _listed(case_id)


@blueprint.route("/cases/<uuid:case_id>/access/<uuid:grant_id>/confirmation", methods=["POST"])
@blueprint.response(200, _Page)
def confirm_grant(case_id: UUID, grant_id: UUID) -> dict[str, Any]:
    """Confirm that she still agrees; gives what still waits."""
    actor = current_actor()
    with db.unit_of_work():
        service.confirm_grant(actor, queries.visible_case(actor, case_id), grant_id=grant_id)
    return _listed(case_id)


@blueprint.route("/cases/<uuid:case_id>/access/<uuid:grant_id>/end", methods=["POST"])
@blueprint.response(200, _Page)
def end_suspended(case_id: UUID, grant_id: UUID) -> dict[str, Any]:
    """End an access that waits, for good; gives what still waits."""
    actor = current_actor()
    with db.unit_of_work():
        service.end_suspended(actor, queries.visible_case(actor, case_id), grant_id=grant_id)
    return _listed(case_id)
