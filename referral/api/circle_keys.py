"""The keys of a circle: how far it has come with its newest one, and carrying the rest over."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.agencies import queries, rewrapping, service
from referral.agencies.schemas import RewrapSchema
from referral.api.gate import current_actor, room
from referral.api.repeats import PARAMETER, create_once
from referral.kernel import db

blueprint = room("circle_keys", "Keys of the circles of one's own agency")


class KeyReportShape(Schema):
    """How far a circle has come; `waiting` is under an older key until it is answered.

    `awaits_key`: nothing is sealed to it since a restore, until it is given another key.
    """

    generation = fields.Integer(required=True)
    oldest = fields.Integer(required=True)
    behind = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    without_key = fields.Integer(required=True)
    awaits_key = fields.Boolean(required=True)


class RoundShape(Schema):
    """What one chunk did, and where the next goes on; an empty `after` is the end."""

    carried = fields.Integer(required=True)
    passed_over = fields.Integer(required=True)
    after = fields.String(required=True)
    report = fields.Nested(KeyReportShape, required=True)


class GivenShape(Schema):
    """To how many the key was sealed."""

    given = fields.Integer(required=True)


@blueprint.route("/circles/<uuid:circle_id>/keys", methods=["GET"])
@blueprint.response(200, KeyReportShape)
def show_circle_keys(circle_id: UUID) -> Any:
    """Show which generation is the newest, and what is still under an older one."""
    return rewrapping.key_report(queries.managed_circle(current_actor(), circle_id))


@blueprint.route("/circles/<uuid:circle_id>/keys/rounds", methods=["POST"])
@blueprint.arguments(RewrapSchema)
@blueprint.response(200, RoundShape)
def rewrap_circle(sent: dict[str, Any], circle_id: UUID) -> Any:
    """Seal the next chunk anew; call again with the `after` it gives until that is empty."""
    actor = current_actor()
    with db.unit_of_work():
        return rewrapping.rewrap_circle(actor, queries.managed_circle(actor, circle_id), **sent)


@blueprint.route("/circles/<uuid:circle_id>/keys/end", methods=["POST"])
@blueprint.response(200, KeyReportShape)
def end_generations(circle_id: UUID) -> Any:
    """End the older generations, once nothing is under them any more."""
    actor = current_actor()
    with db.unit_of_work():
        return rewrapping.end_generations(actor, queries.managed_circle(actor, circle_id))


@blueprint.route("/circles/<uuid:circle_id>/keys/share", methods=["POST"])
@blueprint.response(200, GivenShape)
def share_key(circle_id: UUID) -> dict[str, int]:
    """Seal the key to colleagues of the circle who have new keys of their own."""
    actor = current_actor()
    with db.unit_of_work():
        return {"given": rewrapping.share_key(actor, queries.managed_circle(actor, circle_id))}


@blueprint.route("/circles/<uuid:circle_id>/keys/renewal", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.response(200, KeyReportShape)
def renew_circle(circle_id: UUID) -> Any:
    """Give the circle a new key: the old one may be in wrong hands."""
    actor = current_actor()
    circle = queries.managed_circle(actor, circle_id)
    renewed = create_once(
        lambda: service.renew_circle(actor, circle),
        lambda renewed_id: queries.managed_circle(actor, renewed_id),
        object_id=lambda renewed: renewed.id,
    )
    return rewrapping.key_report(renewed)
