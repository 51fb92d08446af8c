"""Following up: record one and set the next, tick a task off."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.audit.operation import may
from referral.cases.queries import visible_case
from referral.cases.service import discard_draft
from referral.followup import service
from referral.followup.queries import visible_task
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import current_actor, require
from referral.web.cases.pages import require_state
from referral.web.drafts import begun, with_draft
from referral.web.frame import local_path
from referral.web.once import write_once

bp = Blueprint("followup", __name__)


@bp.route("/cases/<uuid:case_id>/follow-up", methods=["GET", "POST"])
def record_follow_up(case_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """How she is, what was done, and when somebody looks again."""
    actor = require(Permission.FOLLOW_UP_RECORD)
    case = visible_case(actor, case_id)
    if not may(actor, service.record_follow_up, case):
        raise NotPermitted("followed up by its custodian")
    require_state(case, "open")
    place = f"follow_up:{case_id}"
    if request.method == "GET":
        begin = {"met_on": clock.today().isoformat()}
        return _page(case, begun(actor, "follow_up", place, begin), place)
    filled = forms.posted("follow_up")
    if filled.is_reshaped:
        return _page(case, filled, place)
    try:
        write_once(actor, lambda: _record(actor, case, filled, place))
    except InvalidInput as refusal:
        return _page(case, with_draft(actor, place, filled.refused(refusal)), place), 422
    flash(gettext("Follow-up recorded; the next one is in the list of tasks."), "done")
    return redirect(url_for("cases.show_case", case_id=case_id), 303)


def _record(actor: Actor, case: Any, filled: forms.FilledForm, place: str) -> UUID:
    task = service.record_follow_up(actor, case, answers=filled.answers)
    discard_draft(actor, None, place=place)
    return UUID(str(task.id))


def _page(case: Any, filled: forms.FilledForm, place: str) -> str:
    return render_template("followup/record_follow_up.html", case=case, filled=filled, place=place)


@bp.post("/tasks/<uuid:task_id>/complete")
def complete_task(task_id: UUID) -> BaseResponse:
    """Tick a task off."""
    actor = current_actor()
    task = visible_task(actor, task_id)
    with db.unit_of_work():
        service.complete_task(actor, task)
    flash(gettext("Done, and off the list."), "done")
    return redirect(local_path(request.form.get("next", "")), 303)
