"""After a restore: what other agencies could read, to be confirmed or ended one by one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies.queries import agency_names, recipient_names
from referral.cases import queries, service
from referral.kernel import db
from referral.web.actor import current_actor
from referral.web.cases.blueprint import bp
from referral.web.format import language
from referral.web.forms import title_of


@bp.get("/cases/<uuid:case_id>/access")
def list_suspended(case_id: UUID) -> str:
    """Who waits to read the case again, and what each was given."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        waiting = service.list_suspended(actor, case)
    named = recipient_names([line.receiver_circle_id for line in waiting])
    agencies = agency_names((line.giver_agency_id for line in waiting), language())
    return render_template(
        "cases/list_suspended.html",
        case=case,
        waiting=waiting,
        receivers={key: row.name(language()) for key, row in named.items()},
        agencies=agencies,
        titles={line.id: ", ".join(map(title_of, line.kinds)) for line in waiting},
    )


@bp.post("/cases/<uuid:case_id>/access/<uuid:grant_id>/confirmation")
def confirm_grant(case_id: UUID, grant_id: UUID) -> BaseResponse:
    """She still agrees: the keys are given anew."""
    return _decided(case_id, grant_id, service.confirm_grant, gettext("Confirmed."))


@bp.post("/cases/<uuid:case_id>/access/<uuid:grant_id>/end")
def end_suspended(case_id: UUID, grant_id: UUID) -> BaseResponse:
    """She does not agree any more, or it cannot be learned: the access ends."""
    return _decided(case_id, grant_id, service.end_suspended, gettext("The access has ended."))


def _decided(case_id: UUID, grant_id: UUID, decide: Callable[..., Any], said: str) -> BaseResponse:
    actor = current_actor()
    with db.unit_of_work():
        decide(actor, queries.visible_case(actor, case_id), grant_id=grant_id)
    flash(said, "done")
    return redirect(url_for("cases.list_suspended", case_id=case_id), 303)
