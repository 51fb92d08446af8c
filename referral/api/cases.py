"""Cases: from the first report to the closed file."""

from typing import Any
from uuid import UUID

from flask import url_for

from referral.api.case_shapes import (
    CaseLineShape,
    CaseOpeningsShape,
    CaseShape,
    OpenedCaseShape,
    SearchShape,
    opened,
)
from referral.api.gate import current_actor, room
from referral.api.kinds import refuse_unwritable
from referral.api.repeats import MADE_BEFORE, PARAMETER, create_as
from referral.api.shapes import SizedCursorQuery, as_page, page_schema
from referral.cases import queries, service
from referral.cases.schemas import (
    CaseSchema,
    CasesQuery,
    ClosureSchema,
    ReopeningSchema,
    ReportSchema,
    SearchSchema,
)
from referral.kernel import db
from referral.referrals import service as referrals
from referral.referrals.schemas import ConflictSchema, MoveSchema

blueprint = room("cases", "Cases and the reports that may become one")


class CaseListQuery(CasesQuery, SizedCursorQuery):
    """Which cases, and where the list goes on."""


@blueprint.route("/cases", methods=["GET"])
@blueprint.arguments(CaseListQuery, location="query")
@blueprint.response(200, page_schema(CaseLineShape, "CasePage"))
def list_cases(sent: dict[str, Any]) -> dict[str, Any]:
    """List the cases that this session may open, newest first."""
    states = [sent["state"]] if sent["state"] else []
    with db.unit_of_work():
        page = service.list_cases(
            current_actor(), None, states=states, cursor=sent["cursor"], size=sent["size"]
        )
    return as_page(page)


@blueprint.route("/cases/search", methods=["POST"])
@blueprint.arguments(SearchSchema)
@blueprint.response(200, SearchShape)
def search_cases(sent: dict[str, Any]) -> Any:
    """Find cases by a name typed with or without tones, a phone or ID number, or the code.

    What is looked for is sent in the body and kept nowhere; fifty hits at most come back.
    """
    actor = current_actor()
    with db.unit_of_work():
        return service.search_cases(actor, None, **sent)


@blueprint.route("/reports", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(ReportSchema)
@blueprint.alt_response(200, schema=CaseShape, description=MADE_BEFORE)
@blueprint.response(201, CaseShape)
def report_incident(sent: dict[str, Any]) -> Any:
    """Write down a first word of violence; it is a case once she has been met."""
    actor = current_actor()
    made, status = create_as(
        sent["id"],
        lambda: service.report_incident(actor, None, answers=sent["answers"], made_as=sent["id"]),
        lambda case_id: queries.visible_case(actor, case_id),
        object_id=lambda case: case.id,
    )
    return made, status, {"Location": _address(made.id)}


@blueprint.route("/cases", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(CaseSchema)
@blueprint.alt_response(200, schema=CaseShape, description=MADE_BEFORE)
@blueprint.response(201, CaseShape)
def open_case(sent: dict[str, Any]) -> Any:
    """Open a case at once, with the sections known so far."""
    refuse_unwritable(sent["sections"], field="sections")
    actor = current_actor()
    made, status = create_as(
        sent["id"],
        lambda: service.open_case(actor, None, sections=sent["sections"], made_as=sent["id"]),
        lambda case_id: queries.visible_case(actor, case_id),
        object_id=lambda case: case.id,
    )
    return made, status, {"Location": _address(made.id)}


def _address(case_id: UUID) -> str:
    return url_for("api_cases.show_case", case_id=case_id)


@blueprint.route("/cases/<uuid:case_id>", methods=["GET"])
@blueprint.response(200, OpenedCaseShape)
def show_case(case_id: UUID) -> dict[str, Any]:
    """Open what this session may open of a case; the reading is in the audit chain."""
    actor = current_actor()
    with db.unit_of_work():
        found = service.read_case(actor, queries.visible_case(actor, case_id))
    return opened(found)


@blueprint.route("/cases/<uuid:case_id>/print", methods=["GET"])
@blueprint.response(200, OpenedCaseShape)
def print_case(case_id: UUID) -> dict[str, Any]:
    """Open a case to put it on paper; the audit chain says that it was printed."""
    actor = current_actor()
    with db.unit_of_work():
        found = service.print_case(actor, queries.visible_case(actor, case_id))
    return opened(found)


@blueprint.route("/cases/<uuid:case_id>/openings", methods=["GET"])
@blueprint.response(200, CaseOpeningsShape)
def list_openings(case_id: UUID) -> Any:
    """Tell the custodian who read, printed or wrote the case, or was refused, in every agency."""
    actor = current_actor()
    with db.unit_of_work():
        return referrals.list_openings(actor, queries.visible_case(actor, case_id))


@blueprint.route("/cases/<uuid:case_id>/meeting", methods=["POST"])
@blueprint.response(200, CaseShape)
def meet_survivor(case_id: UUID) -> Any:
    """She has been met: the report becomes a case."""
    actor = current_actor()
    with db.unit_of_work():
        return service.meet_survivor(actor, queries.visible_case(actor, case_id))


@blueprint.route("/cases/<uuid:case_id>/circle", methods=["POST"])
@blueprint.arguments(MoveSchema)
@blueprint.response(204)
def move_case(sent: dict[str, Any], case_id: UUID) -> None:
    """Hand the case to another circle of the agency; who is not in it sees it no longer."""
    actor = current_actor()
    with db.unit_of_work():
        referrals.move_case(actor, queries.visible_case(actor, case_id), **sent)


@blueprint.route("/cases/<uuid:case_id>/conflicts", methods=["POST"])
@blueprint.arguments(ConflictSchema)
@blueprint.response(204)
def declare_conflict(sent: dict[str, Any], case_id: UUID) -> None:
    """Leave a colleague with a conflict of interest out by key; the case moves elsewhere."""
    actor = current_actor()
    with db.unit_of_work():
        referrals.declare_conflict(actor, queries.visible_case(actor, case_id), **sent)


@blueprint.route("/cases/<uuid:case_id>/reopening", methods=["POST"])
@blueprint.arguments(ReopeningSchema)
@blueprint.response(200, CaseShape)
def reopen_case(sent: dict[str, Any], case_id: UUID) -> Any:
    """Open a closed case again; nothing that was shared comes back."""
    actor = current_actor()
    with db.unit_of_work():
        return service.reopen_case(actor, queries.visible_case(actor, case_id), **sent)


@blueprint.route("/cases/<uuid:case_id>/closure", methods=["POST"])
@blueprint.arguments(ClosureSchema)
@blueprint.response(200, CaseShape)
def close_case(sent: dict[str, Any], case_id: UUID) -> Any:
    """Close the case with a reason; what was shared ends, but by the bases in `keeping`."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        return service.close_case(actor, case, answers=sent["answers"], keeping=sent["keeping"])
