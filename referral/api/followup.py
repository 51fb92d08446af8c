"""Following up: what is due, what was done, and what the circle is told."""

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from referral.api.gate import current_actor, room
from referral.api.repeats import MADE_BEFORE, PARAMETER, create_as
from referral.api.shapes import page_schema, whole
from referral.cases.queries import visible_case
from referral.followup import queries, service
from referral.followup.schemas import FollowUpSchema
from referral.kernel import db
from referral.notices import queries as notices
from referral.notices.service import mark_read

blueprint = room("followup", "Tasks, follow-ups and notices")


class TaskShape(Schema):
    """A task, whatever its state."""

    id = fields.UUID(required=True)
    case_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    object_id = fields.UUID(required=True, allow_none=True)
    member_id = fields.UUID(required=True, allow_none=True)


class TaskLineShape(TaskShape):
    """An open task as the list of today shows it."""

    class Meta:
        """What a line leaves out: it is open."""

        exclude = ("state",)

    case_code = fields.String(required=True)
    is_late = fields.Boolean(required=True)


class LetterShape(Schema):
    """What came of telling the member outside, by one medium."""

    medium = fields.String(required=True)
    state = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    outcome = fields.String(required=True, allow_none=True)


class NoticeShape(Schema):
    """That somebody should look at an object; without any content of it."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    object_kind = fields.String(required=True)
    object_id = fields.UUID(required=True)
    created_at = fields.AwareDateTime(required=True)
    is_read = fields.Boolean(required=True)
    letters = fields.List(fields.Nested(LetterShape), required=True)


@blueprint.route("/tasks", methods=["GET"])
@blueprint.response(200, page_schema(TaskLineShape, "TaskPage"))
def list_tasks() -> dict[str, Any]:
    """List the open tasks of the session's circles, the first to fall due first."""
    return whole(queries.visible_tasks(current_actor()))


@blueprint.route("/tasks/<uuid:task_id>/completion", methods=["POST"])
@blueprint.response(200, TaskShape)
def complete_task(task_id: UUID) -> Any:
    """Tick a task off."""
    actor = current_actor()
    with db.unit_of_work():
        return service.complete_task(actor, queries.visible_task(actor, task_id))


@blueprint.route("/cases/<uuid:case_id>/follow-ups", methods=["POST"])
@blueprint.doc(parameters=[PARAMETER])
@blueprint.arguments(FollowUpSchema)
@blueprint.alt_response(200, schema=TaskShape, description=MADE_BEFORE)
@blueprint.response(201, TaskShape)
def record_follow_up(sent: dict[str, Any], case_id: UUID) -> Any:
    """Write down a follow-up; gives the task of the next one."""
    actor = current_actor()
    return create_as(
        sent["id"],
        lambda: service.record_follow_up(
            actor, visible_case(actor, case_id), answers=sent["answers"], made_as=sent["id"]
        ),
        lambda task_id: queries.visible_task(actor, task_id),
        object_id=lambda task: task.id,
    )


@blueprint.route("/notices", methods=["GET"])
@blueprint.response(200, page_schema(NoticeShape, "NoticePage"))
def list_notices() -> dict[str, Any]:
    """List the notices to the member and the circles, unread ones first."""
    return whole(notices.visible_notices(current_actor()))


@blueprint.route("/notices/<uuid:notice_id>/reading", methods=["POST"])
@blueprint.response(204)
def read_notice(notice_id: UUID) -> None:
    """Take a notice off the list of what is new."""
    actor = current_actor()
    with db.unit_of_work():
        mark_read(actor, notices.visible_notice(actor, notice_id))
