"""What runs by itself, for whoever runs the installation."""

from typing import Any

from marshmallow import Schema, fields

from referral.api.gate import current_actor, room
from referral.jobs.queries import visible_jobs

blueprint = room("jobs", "What runs by itself")


class JobShape(Schema):
    """One job: how often (seconds), its last run, and whether it is late."""

    id = fields.String(required=True)
    vi = fields.String(required=True)
    en = fields.String(required=True)
    every = fields.Integer(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True)
    count = fields.Integer(required=True)
    is_late = fields.Boolean(required=True)


class JobsShape(Schema):
    """All jobs, and whether a process works on them now."""

    is_working = fields.Boolean(required=True)
    jobs = fields.List(fields.Nested(JobShape), required=True)


@blueprint.route("/jobs", methods=["GET"])
@blueprint.response(200, JobsShape)
def list_jobs() -> Any:
    """Tell when each job last ran, and whether it is late; for who runs the installation."""
    return visible_jobs(current_actor())
