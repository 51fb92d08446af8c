"""Referrals: sent, accepted or declined, served, completed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import url_for
from marshmallow import Schema, fields

from referral.api.gate import current_actor, room
from referral.api.people import ColleagueShape
from referral.api.repeats import PARAMETER, create_once
from referral.api.shapes import CursorQuery, as_page, page_schema, whole
from referral.cases.queries import visible_case
from referral.kernel import db
from referral.referrals import queries, service
from referral.referrals.schemas import (
    AcceptSchema,
    DeclineSchema,
    PassOnSchema,
    ReferralsQuery,
    SendSchema,
    WorkerSchema,
)

blueprint = room("referrals", "Referrals")


class ReferralShape(Schema):
    """A referral as one side sees it; the receiver also opens the summary.

    `is_put_away`: its case had left the circle asked before a restore; it is to be passed on.
    """

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    case_code = fields.String(required=True)
    kind = fields.String(required=True)
    urgency = fields.String(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    sent_at = fields.AwareDateTime(required=True)
    decide_by = fields.AwareDateTime(required=True)
    first_contact_at = fields.AwareDateTime(required=True, allow_none=True)
    worker_id = fields.UUID(required=True, allow_none=True)
    from_circle_id = fields.UUID(required=True)
    from_name_vi = fields.String(required=True)
    from_name_en = fields.String(required=True)
    to_circle_id = fields.UUID(required=True)
    to_name_vi = fields.String(required=True)
    to_name_en = fields.String(required=True)
    is_incoming = fields.Boolean(required=True)
    decline_reason = fields.String(required=True, allow_none=True)
    summary = fields.Dict(required=True)
    summary_version = fields.Integer(
        required=True, metadata={"description": "Of the form that the summary answers."}
    )
    kinds = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "To the receiver: the sections that acceptance opens."},
    )
    is_put_away = fields.Boolean(required=True)


class ReferralListQuery(ReferralsQuery, CursorQuery):
    """Which referrals, and where the list goes on."""


@blueprint.route("/referrals", methods=["GET"])
@blueprint.arguments(ReferralListQuery, location="query")
@blueprint.response(200, page_schema(ReferralShape, "ReferralPage"))
def list_referrals(sent: dict[str, Any]) -> dict[str, Any]:
    """List what waits for an answer, or what was sent; the first to fall due first."""
    states = {"states": [sent["state"]]} if sent["state"] else {}
    actor = current_actor()
    if sent["box"] == "outbox":
        return as_page(queries.outbox(actor, cursor=sent["cursor"], **states))
    with db.unit_of_work():
        page = service.list_inbox(actor, None, cursor=sent["cursor"], **states)
    return as_page(page)


@blueprint.route("/cases/<uuid:case_id>/referrals", methods=["GET"])
@blueprint.response(200, page_schema(ReferralShape, "CaseReferralPage"))
def list_referrals_of_case(case_id: UUID) -> dict[str, Any]:
    """List the referrals of a case that the session's circles sent or received."""
    actor = current_actor()
    return whole(queries.referrals_of(actor, visible_case(actor, case_id).id))


@blueprint.route("/cases/<uuid:case_id>/referrals", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(SendSchema)
@blueprint.response(201, ReferralShape)
def send_referral(sent: dict[str, Any], case_id: UUID) -> Any:
    """Ask a circle for a service, a bed, or to look after the case.

    What no live consent or legal basis covers is refused, and listed as missing.
    """
    actor = current_actor()
    row = create_once(
        lambda: service.send_referral(actor, visible_case(actor, case_id), **sent),
        lambda referral_id: queries.visible_referral(actor, referral_id),
        object_id=lambda referral: referral.id,
    )
    address = url_for("api_referrals.show_referral", referral_id=row.id)
    return queries.line_of(actor, row), 201, {"Location": address}


@blueprint.route("/referrals/<uuid:referral_id>", methods=["GET"])
@blueprint.response(200, ReferralShape)
def show_referral(referral_id: UUID) -> Any:
    """Open a referral: to the receiver its summary, whatever the state."""
    actor = current_actor()
    with db.unit_of_work():
        found = service.read_summary(actor, queries.visible_referral(actor, referral_id))
    return found.line


def _stepped(referral_id: UUID, step: Callable[..., Any], **how: Any) -> Any:
    """The referral after one step of its life."""
    actor = current_actor()
    with db.unit_of_work():
        row = step(actor, queries.visible_referral(actor, referral_id), **how)
    return queries.line_of(actor, row)


@blueprint.route("/referrals/<uuid:referral_id>/acceptance", methods=["POST"])
@blueprint.arguments(AcceptSchema)
@blueprint.response(200, ReferralShape)
def accept_referral(sent: dict[str, Any], referral_id: UUID) -> Any:
    """Accept with a named worker and the time of the first contact; the sections open."""
    return _stepped(referral_id, service.accept_referral, **sent)


@blueprint.route("/referrals/<uuid:referral_id>/refusal", methods=["POST"])
@blueprint.arguments(DeclineSchema)
@blueprint.response(200, ReferralShape)
def decline_referral(sent: dict[str, Any], referral_id: UUID) -> Any:
    """Say that this circle cannot, and why; nothing more opens."""
    return _stepped(referral_id, service.decline_referral, **sent)


@blueprint.route("/referrals/<uuid:referral_id>/circle", methods=["POST"])
@blueprint.arguments(PassOnSchema)
@blueprint.response(204)
def pass_on_referral(sent: dict[str, Any], referral_id: UUID) -> None:
    """Hand it to another circle of the agency asked, before anybody has answered."""
    actor = current_actor()
    with db.unit_of_work():
        service.pass_on_referral(actor, queries.visible_referral(actor, referral_id), **sent)


@blueprint.route("/referrals/<uuid:referral_id>/cancellation", methods=["POST"])
@blueprint.response(200, ReferralShape)
def cancel_referral(referral_id: UUID) -> Any:
    """Take back, as the sender, what nobody has accepted."""
    return _stepped(referral_id, service.cancel_referral)


@blueprint.route("/referrals/<uuid:referral_id>/start", methods=["POST"])
@blueprint.response(200, ReferralShape)
def start_service(referral_id: UUID) -> Any:
    """First contact was made: the service has begun."""
    return _stepped(referral_id, service.start_service)


@blueprint.route("/referrals/<uuid:referral_id>/workers", methods=["GET"])
@blueprint.response(200, page_schema(ColleagueShape, "WorkerPage"))
def list_workers(referral_id: UUID) -> dict[str, Any]:
    """List by name who may be named to see to it; empty for who has sent it."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    return whole(queries.possible_workers(actor, referral))


@blueprint.route("/referrals/<uuid:referral_id>/worker", methods=["POST"])
@blueprint.arguments(WorkerSchema)
@blueprint.response(200, ReferralShape)
def name_worker(sent: dict[str, Any], referral_id: UUID) -> Any:
    """Name a colleague who sees to it, instead of whoever did before."""
    return _stepped(referral_id, service.name_worker, **sent)


@blueprint.route("/referrals/<uuid:referral_id>/completion", methods=["POST"])
@blueprint.response(200, ReferralShape)
def complete_referral(referral_id: UUID) -> Any:
    """What was promised is done; the sender learns that, not what was written."""
    return _stepped(referral_id, service.complete_referral)
