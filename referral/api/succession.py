"""How the session's own agency ends: the plan, the keys of its circles, the end."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.agencies import queries, succession
from referral.agencies.schemas import SuccessionSchema
from referral.api.agencies import AgencyShape, CircleShape
from referral.api.gate import current_actor, room
from referral.audit.operation import may
from referral.cases.service import end_agency
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound

blueprint = room("succession", "The end of an agency and who succeeds it")


class PassingShape(Schema):
    """One circle: who succeeds it, and whether its key has passed."""

    circle = fields.Nested(CircleShape, required=True)
    heir_agency = fields.Nested(AgencyShape, required=True, allow_none=True)
    heir_circle = fields.Nested(CircleShape, required=True, allow_none=True)
    is_passed = fields.Boolean(required=True)


class SuccessionShape(Schema):
    """How far an agency's succession has come; `digits` are read to the root's holder by phone."""

    on = fields.Date(required=True, allow_none=True)
    digits = fields.String(required=True)
    is_countersigned = fields.Boolean(required=True)
    lines = fields.List(fields.Nested(PassingShape), required=True)


def _own(actor: Actor) -> Any:
    """The actor's agency, for its administrator and for whoever has the key of a circle."""
    if actor.agency_id is None:
        raise NotFound("no agency")
    agency = queries.agency(actor.agency_id)
    lines = succession.report_of(agency).lines
    in_one = any(may(actor, succession.pass_circle, line.circle) for line in lines)
    if not (in_one or may(actor, end_agency, agency)):
        raise NotFound("not this member's to see")
    return agency


@blueprint.route("/succession", methods=["GET"])
@blueprint.response(200, SuccessionShape)
def show_succession() -> Any:
    """Show how far the succession of the session's agency has come."""
    actor = current_actor()
    report = succession.report_of(_own(actor))
    return replace(report, lines=succession.visible_lines(actor, report))


@blueprint.route("/succession", methods=["PUT"])
@blueprint.arguments(SuccessionSchema)
@blueprint.response(200, SuccessionShape)
def state_succession(sent: dict[str, Any]) -> Any:
    """State who succeeds each circle, and from which day on; another plan takes its place."""
    actor = current_actor()
    with db.unit_of_work():
        return succession.state_succession(
            actor,
            _own(actor),
            on=sent["on"],
            successors=succession.as_mapping(sent["successors"]),
        )


@blueprint.route("/circles/<uuid:circle_id>/passing", methods=["POST"])
@blueprint.response(204)
def pass_circle(circle_id: UUID) -> None:
    """Seal the key of a circle to the one that succeeds it, on the day or later."""
    actor = current_actor()
    with db.unit_of_work():
        succession.pass_circle(actor, queries.circle(circle_id))


@blueprint.route("/succession/end", methods=["POST"])
@blueprint.response(200, AgencyShape)
def end_succession() -> Any:
    """Close the agency's log for good; every session of the agency ends, this one too."""
    actor = current_actor()
    with db.unit_of_work():
        return end_agency(actor, _own(actor))
