"""Editions: figures frozen by one person, approved by another, and only then shown."""

from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import Schema, fields, pre_dump

from referral.api.errors import LANGUAGES
from referral.api.gate import current_actor, room
from referral.api.repeats import PARAMETER, create_once
from referral.api.shapes import page_schema, whole
from referral.kernel import db
from referral.reporting import queries, service
from referral.reporting.compose import compose, units_on_system
from referral.reporting.schemas import FreezeSchema

blueprint = room("reporting", "Editions of the province's figures")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class EditionLineShape(Schema):
    """An edition and where it stands."""

    id = fields.UUID(required=True)
    year = fields.Integer(required=True)
    number = fields.Integer(required=True)
    state = fields.String(required=True)
    state_at = fields.AwareDateTime(required=True)
    cut_off_on = fields.Date(required=True)
    digest = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    made_by_id = fields.UUID(required=True)
    approved_by_id = fields.UUID(required=True, allow_none=True)
    is_verified = fields.Boolean(required=True)

    @pre_dump
    def checked(self, edition: Any, **_: Any) -> dict[str, Any]:
        """What two persons signed, checked again; figures that nobody signed are not shown."""
        names = set(self.fields) - {"is_verified", "frozen"}
        is_whole = queries.is_verified(edition)
        frozen = edition.frozen if is_whole else None
        shown = {name: getattr(edition, name) for name in names}
        return {**shown, "is_verified": is_whole, "frozen": frozen}


class EditionShape(EditionLineShape):
    """An edition with its tables: only numbers that were found safe together and are verified."""

    frozen = fields.Dict(required=True, allow_none=True)


@blueprint.route("/editions", methods=["GET"])
@blueprint.response(200, page_schema(EditionLineShape, "EditionPage"))
def list_editions() -> dict[str, Any]:
    """List the editions: the approved ones, and drafts for those who make them."""
    return whole(queries.visible_editions(current_actor()))


@blueprint.route("/editions", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(FreezeSchema)
@blueprint.response(201, EditionShape)
def freeze_edition(sent: dict[str, Any]) -> Any:
    """Open the facts, protect the tables of a year together, and freeze them."""
    actor = current_actor()
    with db.unit_of_work():
        facts = service.read_facts(actor, None)
    live = units_on_system()
    # Seconds of computing must not hold the write lock.
    db.rollback()
    draft = compose(facts, live, year=sent["year"])
    return create_once(
        lambda: service.freeze_edition(actor, None, draft=draft),
        lambda edition_id: queries.visible_edition(actor, edition_id),
        object_id=lambda edition: edition.id,
    )


@blueprint.route("/editions/<uuid:edition_id>", methods=["GET"])
@blueprint.response(200, EditionShape)
def show_edition(edition_id: UUID) -> Any:
    """Show the tables of one edition."""
    return queries.visible_edition(current_actor(), edition_id)


@blueprint.route("/editions/<uuid:edition_id>/approval", methods=["POST"])
@blueprint.response(200, EditionLineShape)
def approve_edition(edition_id: UUID) -> Any:
    """Take responsibility, as a second person, for showing these tables."""
    actor = current_actor()
    with db.unit_of_work():
        return service.approve_edition(actor, queries.visible_edition(actor, edition_id))


@blueprint.route("/editions/<uuid:edition_id>/rejection", methods=["POST"])
@blueprint.response(200, EditionLineShape)
def reject_edition(edition_id: UUID) -> Any:
    """Refuse, as a second person, to show these tables."""
    actor = current_actor()
    with db.unit_of_work():
        return service.reject_edition(actor, queries.visible_edition(actor, edition_id))


@blueprint.route("/editions/<uuid:edition_id>/spreadsheet", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=SPREADSHEET)
def export_edition(edition_id: UUID) -> Response:
    """Give an approved edition as a spreadsheet that names its recipient."""
    actor = current_actor()
    language = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])
    with db.unit_of_work():
        edition = queries.visible_edition(actor, edition_id)
        content = service.export_edition(actor, edition, locale=language)
        name = f"{edition.year}-{edition.number}.xlsx"
    response = Response(content, mimetype=SPREADSHEET)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
