"""The forms in force, and what somebody is in the middle of typing."""

from typing import Any

from flask import Response, jsonify
from marshmallow import Schema, fields, validate

from referral.api.case_shapes import DraftShape
from referral.api.gate import current_actor, room
from referral.api.shapes import page_schema, whole
from referral.cases import queries, service
from referral.cases.forms_in_force import shelf
from referral.kernel import db

blueprint = room("forms", "Forms and drafts")


class FormLineShape(Schema):
    """A form in force."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title_vi = fields.String(required=True)
    title_en = fields.String(required=True)
    is_own = fields.Boolean(
        required=True, metadata={"description": "The installation's own, not the product's."}
    )
    versions = fields.Function(
        lambda form: sorted(form.versions),
        metadata={
            "type": "array",
            "items": {"type": "integer"},
            "description": "Those that can still be described; the one in force among them.",
        },
    )


class VersionQuery(Schema):
    """Which version of a form: a section names the one that it answers."""

    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 9999),
        metadata={"description": "The one in force when left out."},
    )


class PlaceQuery(Schema):
    """The place of a draft: a form, or a form and a case."""

    place = fields.String(
        required=True, validate=validate.Regexp(r"^[a-z_]{1,40}(:[0-9a-f-]{36})?\Z")
    )


class TypedShape(Schema):
    """What has been typed so far, whatever its shape."""

    typed = fields.Dict(keys=fields.String(), required=True)


@blueprint.route("/forms", methods=["GET"])
@blueprint.response(200, page_schema(FormLineShape, "FormPage"))
def list_forms() -> dict[str, Any]:
    """List the forms in force."""
    return whole([form for _, form in sorted(shelf.all().items())])


@blueprint.route("/forms/<form_id>", methods=["GET"])
@blueprint.arguments(VersionQuery, location="query")
@blueprint.response(200, {"type": "object"}, description="A JSON Schema of the answers.")
def show_form(sent: dict[str, Any], form_id: str) -> Response:
    """Describe the questions of a form as a JSON Schema, with labels in both languages."""
    return jsonify(shelf.form(form_id, sent["version"]).openapi())


@blueprint.route("/drafts", methods=["GET"])
@blueprint.response(200, page_schema(DraftShape, "DraftPage"))
def list_drafts() -> dict[str, Any]:
    """List the places where this member has typed something and not written it yet."""
    return whole(queries.visible_drafts(current_actor()))


@blueprint.route("/draft", methods=["GET"])
@blueprint.arguments(PlaceQuery, location="query")
@blueprint.response(200, TypedShape)
def read_draft(sent: dict[str, Any]) -> dict[str, Any]:
    """Read what was typed at a place; empty when nothing was."""
    with db.unit_of_work():
        typed = service.read_draft(current_actor(), None, place=sent["place"])
    return {"typed": typed}


@blueprint.route("/draft", methods=["PUT"])
@blueprint.arguments(PlaceQuery, location="query")
@blueprint.arguments(TypedShape)
@blueprint.response(200, DraftShape)
def save_draft(where: dict[str, Any], sent: dict[str, Any]) -> Any:
    """Keep what has been typed at a place, sealed for this member alone."""
    with db.unit_of_work():
        row = service.save_draft(current_actor(), None, place=where["place"], typed=sent["typed"])
    return queries.DraftLine(row.place, row.saved_at)


@blueprint.route("/draft", methods=["DELETE"])
@blueprint.arguments(PlaceQuery, location="query")
@blueprint.response(204)
def discard_draft(sent: dict[str, Any]) -> None:
    """Forget what was typed at a place."""
    with db.unit_of_work():
        service.discard_draft(current_actor(), None, place=sent["place"])
