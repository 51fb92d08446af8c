"""What sharing rests on: consents and legal bases of a case."""

from typing import Any
from uuid import UUID

from referral.api.case_shapes import BasisShape
from referral.api.gate import current_actor, room
from referral.api.repeats import PARAMETER, create_once
from referral.api.shapes import page_schema, whole
from referral.cases import queries, service
from referral.cases.schemas import ConsentSchema, LegalBasisSchema
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound

blueprint = room("bases", "Consents and legal bases")


def _reread(actor: Actor, case_id: UUID, basis_id: UUID) -> Any:
    case = queries.visible_case(actor, case_id)
    for row in queries.visible_bases(actor, case):
        if row.id == basis_id:
            return row
    raise NotFound("no such basis")


@blueprint.route("/cases/<uuid:case_id>/bases", methods=["GET"])
@blueprint.response(200, page_schema(BasisShape, "BasisPage"))
def list_bases(case_id: UUID) -> dict[str, Any]:
    """List the consents and legal bases of a case, newest first."""
    actor = current_actor()
    return whole(queries.visible_bases(actor, queries.visible_case(actor, case_id)))


@blueprint.route("/cases/<uuid:case_id>/consents", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(ConsentSchema)
@blueprint.response(201, BasisShape)
def record_consent(sent: dict[str, Any], case_id: UUID) -> Any:
    """Write down what she agreed to: for whom, what, what for, until when."""
    actor = current_actor()
    return create_once(
        lambda: service.record_consent(actor, queries.visible_case(actor, case_id), **sent),
        lambda basis_id: _reread(actor, case_id, basis_id),
        object_id=lambda basis: basis.id,
    )


@blueprint.route("/cases/<uuid:case_id>/legal-bases", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(LegalBasisSchema)
@blueprint.response(201, BasisShape)
def claim_legal_basis(sent: dict[str, Any], case_id: UUID) -> Any:
    """Share because the law allows it; a supervisor must co-sign in time."""
    actor = current_actor()
    return create_once(
        lambda: service.claim_legal_basis(actor, queries.visible_case(actor, case_id), **sent),
        lambda basis_id: _reread(actor, case_id, basis_id),
        object_id=lambda basis: basis.id,
    )


@blueprint.route("/cases/<uuid:case_id>/bases/<uuid:basis_id>/cosignature", methods=["POST"])
@blueprint.response(200, BasisShape)
def cosign_basis(case_id: UUID, basis_id: UUID) -> Any:
    """Take responsibility, as a supervisor, for a legal basis that a colleague claimed."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        return service.cosign_basis(actor, case, basis_id=basis_id)


@blueprint.route("/cases/<uuid:case_id>/bases/<uuid:basis_id>/withdrawal", methods=["POST"])
@blueprint.response(200, BasisShape)
def withdraw_consent(case_id: UUID, basis_id: UUID) -> Any:
    """She takes her consent back: what it carried ends at once."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        return service.withdraw_consent(actor, case, basis_id=basis_id)
