"""Agencies, their circles, and who may receive."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.accounts import reenrolment
from referral.accounts import service as accounts
from referral.accounts.queries import visible_member
from referral.accounts.schemas import AdministratorSchema, SecondAgencySchema
from referral.agencies import named_circles, queries, service
from referral.agencies.schemas import (
    AgenciesQuery,
    AgencySchema,
    CircleMemberSchema,
    CircleSchema,
    NamedCircleSchema,
    RecipientsQuery,
)
from referral.api.gate import current_actor, room
from referral.api.people import InvitedShape, shown_once
from referral.api.repeats import PARAMETER, create_once
from referral.api.shapes import CursorQuery, as_page, page_schema, whole
from referral.kernel import clock, db
from referral.kernel.errors import NotFound

blueprint = room("agencies", "The directory of agencies and circles")


class AgencyShape(AgencySchema):
    """An agency of the directory."""

    id = fields.UUID(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)


class CircleShape(Schema):
    """A circle of an agency."""

    id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    purpose = fields.String(required=True)
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    generation = fields.Integer(required=True)
    is_named = fields.Boolean(required=True)
    made_at = fields.AwareDateTime(required=True)


class RecipientShape(Schema):
    """A circle that may receive; a shelter's stands under its code name.

    Nothing can be sent to one that is not ready: only one person there could open it.
    """

    circle_id = fields.UUID(required=True)
    agency_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    purpose = fields.String(required=True)
    name_vi = fields.String(required=True)
    name_en = fields.String(required=True)
    phone = fields.String(required=True)
    is_ready = fields.Boolean(required=True)


class AgencyPageQuery(AgenciesQuery, CursorQuery):
    """Which agencies are listed, and where the list goes on."""


@blueprint.route("/agencies", methods=["GET"])
@blueprint.arguments(AgencyPageQuery, location="query")
@blueprint.response(200, page_schema(AgencyShape, "AgencyPage"))
def list_agencies(sent: dict[str, Any]) -> dict[str, Any]:
    """List the agencies of the directory by name."""
    return as_page(queries.visible_agencies(current_actor(), **sent))


@blueprint.route("/agencies", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(AgencySchema)
@blueprint.response(201, AgencyShape)
def create_agency(sent: dict[str, Any]) -> Any:
    """Put an agency into the directory; it takes part once the root has countersigned it."""
    actor = current_actor()
    return create_once(
        lambda: service.create_agency(actor, None, **sent),
        queries.agency,
        object_id=lambda agency: agency.id,
    )


@blueprint.route("/agencies/<uuid:agency_id>", methods=["GET"])
@blueprint.response(200, AgencyShape)
def show_agency(agency_id: UUID) -> Any:
    """Show one agency."""
    return queries.visible_agency(current_actor(), agency_id)


@blueprint.route("/agencies/<uuid:agency_id>/administrator", methods=["POST"])
@blueprint.arguments(AdministratorSchema)
@blueprint.response(201, InvitedShape)
def invite_administrator(sent: dict[str, Any], agency_id: UUID) -> dict[str, Any]:
    """Invite the first administrator, or one in the place of all who are lost.

    Either way the root signs before this administrator has any power.
    """
    actor = current_actor()
    with db.unit_of_work():
        agency = queries.agency(agency_id)
        is_live = agency.state == "live"
        invite = (
            accounts.invite_new_administrator if is_live else accounts.invite_first_administrator
        )
        invited = invite(actor, agency, **sent)
    return shown_once(invited)


@blueprint.route("/agencies/<uuid:agency_id>/circles", methods=["GET"])
@blueprint.response(200, page_schema(CircleShape, "CirclePage"))
def list_circles(agency_id: UUID) -> dict[str, Any]:
    """List the circles of the session's agency; named ones, to those in them or who make them."""
    actor = current_actor()
    if agency_id != actor.agency_id:
        raise NotFound("another agency's circles")
    return whole(queries.visible_circles(actor))


@blueprint.route("/agencies/<uuid:agency_id>/circles", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(CircleSchema)
@blueprint.response(201, CircleShape)
def make_circle(sent: dict[str, Any], agency_id: UUID) -> Any:
    """Make a circle of the agency; the administrator alone is in it at first."""
    actor = current_actor()
    return create_once(
        lambda: service.make_circle(actor, queries.agency(agency_id), **sent),
        queries.circle,
        object_id=lambda circle: circle.id,
    )


@blueprint.route("/agencies/<uuid:agency_id>/named-circles", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(NamedCircleSchema)
@blueprint.response(201, CircleShape)
def name_circle(sent: dict[str, Any], agency_id: UUID) -> Any:
    """Make a circle for a few colleagues, under a code name; its maker only if among them."""
    actor = current_actor()
    return create_once(
        lambda: named_circles.name_circle(actor, queries.agency(agency_id), **sent),
        lambda circle_id: queries.visible_circle(actor, circle_id),
        object_id=lambda circle: circle.id,
    )


@blueprint.route("/agencies/<uuid:agency_id>/second-agency", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(SecondAgencySchema)
@blueprint.response(204)
def name_second_agency(sent: dict[str, Any], agency_id: UUID) -> None:
    """Name, in the signed log, the agency that may help when a passphrase is lost; or none."""
    actor = current_actor()
    create_once(
        lambda: reenrolment.name_second_agency(actor, queries.agency(agency_id), **sent),
        queries.agency,
        object_id=lambda agency: agency.id,
    )


@blueprint.route("/circles/<uuid:circle_id>/members", methods=["POST"])
@blueprint.arguments(CircleMemberSchema)
@blueprint.response(204)
def admit_to_circle(sent: dict[str, Any], circle_id: UUID) -> None:
    """Seal the circle's secret to one more colleague; for a named circle, as one of those in it."""
    actor = current_actor()
    with db.unit_of_work():
        member = visible_member(actor, sent["member_id"])
        circle = queries.visible_circle(actor, circle_id)
        admit = named_circles.admit_to_named_circle if circle.is_named else service.admit_to_circle
        admit(actor, circle, member_id=member.id)


@blueprint.route("/recipients", methods=["GET"])
@blueprint.arguments(RecipientsQuery, location="query")
@blueprint.response(200, page_schema(RecipientShape, "RecipientPage"))
def list_recipients(sent: dict[str, Any]) -> dict[str, Any]:
    """List the circles that may receive today, the own agency's left out."""
    return whole(queries.recipients(current_actor(), on=clock.today(), **sent))
