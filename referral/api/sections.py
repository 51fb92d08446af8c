"""Sections of a case: begun by POST, revised by PUT with If-Match."""

from typing import Any
from uuid import UUID

from flask import url_for

from referral.api.case_shapes import HistoryShape, SectionShape, WrittenShape, section, written
from referral.api.gate import current_actor, room
from referral.api.kinds import refuse_unwritable
from referral.api.repeats import MADE_BEFORE, PARAMETER, create_as
from referral.api.versions import IF_MATCH, etag_of, expected_revision
from referral.cases import queries, service
from referral.cases.schemas import NewSectionSchema, PaperSchema, SectionSchema
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, StateConflict, VersionConflict

blueprint = room("sections", "Sections of a case")


def _opened_section(actor: Actor, case_id: UUID, section_id: UUID) -> Any:
    found = service.read_case(actor, queries.visible_case(actor, case_id))
    for each in found.sections:
        if each.section_id == section_id:
            return each
    raise NotFound("no such section")


@blueprint.route("/cases/<uuid:case_id>/sections", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(NewSectionSchema)
@blueprint.alt_response(200, schema=WrittenShape, description=MADE_BEFORE)
@blueprint.response(201, WrittenShape)
def begin_section(sent: dict[str, Any], case_id: UUID) -> Any:
    """Begin a section; 409 when this circle has one of its kind already."""
    refuse_unwritable([sent["kind"]], field="kind")
    actor = current_actor()
    try:
        made, status = create_as(
            sent["id"],
            lambda: _begun(actor, case_id, sent),
            lambda section_id: _reread(actor, case_id, section_id),
            object_id=lambda header: header["id"],
        )
    except VersionConflict:
        raise StateConflict("written", "begin_section") from None
    address = url_for("api_sections.show_section", case_id=case_id, section_id=made["id"])
    return made, status, {"ETag": made["etag"], "Location": address}


def _begun(actor: Actor, case_id: UUID, sent: dict[str, Any]) -> dict[str, Any]:
    case = queries.visible_case(actor, case_id)
    return written(
        service.write_section(
            actor, case, kind=sent["kind"], answers=sent["answers"], made_as=sent["id"]
        )
    )


def _reread(actor: Actor, case_id: UUID, section_id: UUID) -> dict[str, Any]:
    return section(_opened_section(actor, case_id, section_id))


@blueprint.route("/cases/<uuid:case_id>/sections/<uuid:section_id>", methods=["GET"])
@blueprint.response(200, SectionShape)
def show_section(case_id: UUID, section_id: UUID) -> Any:
    """Open one section, with its ETag."""
    actor = current_actor()
    with db.unit_of_work():
        found = _opened_section(actor, case_id, section_id)
    return section(found), 200, {"ETag": etag_of(found.section_id, found.revision)}


@blueprint.route("/cases/<uuid:case_id>/sections/<uuid:section_id>/revisions", methods=["GET"])
@blueprint.response(200, HistoryShape)
def list_revisions(case_id: UUID, section_id: UUID) -> Any:
    """Open the newest hundred revisions of a section that this circle holds."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        return service.read_history(actor, case, section_id=section_id)


@blueprint.route("/cases/<uuid:case_id>/sections/<uuid:section_id>", methods=["PUT"])
@blueprint.doc(parameters=[IF_MATCH])
@blueprint.arguments(SectionSchema)
@blueprint.response(200, WrittenShape)
def revise_section(sent: dict[str, Any], case_id: UUID, section_id: UUID) -> Any:
    """Write a further revision, all answers as they stand now, of a section this circle holds."""
    revision = expected_revision(section_id)
    refuse_unwritable([sent["kind"]], field="kind")
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        header = service.write_section(
            actor,
            case,
            kind=sent["kind"],
            answers=sent["answers"],
            expected_revision=revision,
            section_id=section_id,
        )
    made = written(header)
    return made, 200, {"ETag": made["etag"]}


@blueprint.route(
    "/cases/<uuid:case_id>/sections/<uuid:section_id>/paper-destruction", methods=["POST"]
)
@blueprint.arguments(PaperSchema)
@blueprint.response(200, WrittenShape)
def destroy_paper(sent: dict[str, Any], case_id: UUID, section_id: UUID) -> Any:
    """Write down that the paper which was kept of a section is destroyed."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        return written(service.destroy_paper(actor, case, section_id=section_id, **sent))
