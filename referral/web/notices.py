"""Notices: that something waits, never what."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from referral.kernel import db
from referral.kernel.permissions import Permission
from referral.notices.queries import visible_counts, visible_notice, visible_notices
from referral.notices.service import mark_read
from referral.web.actor import current_actor, require

bp = Blueprint("notices", __name__)

LEADS_TO: Final[Mapping[str, Callable[[UUID], str]]] = {
    "draft": lambda _object_id: url_for("today.show_today", _anchor="drafts"),
    "case": lambda object_id: url_for("cases.show_case", case_id=object_id),
    "stay": lambda object_id: url_for("shelters.show_stay", stay_id=object_id),
    "log": lambda _object_id: url_for("audit.show_trail"),
    "referral": lambda object_id: url_for("referrals.show_referral", referral_id=object_id),
}


@bp.get("/notices")
def list_notices() -> str:
    """The actor's notices, unread ones first."""
    actor = require(Permission.NOTICE_READ)
    return render_template("notices/list_notices.html", notices=visible_notices(actor))


@bp.post("/notices/<uuid:notice_id>")
def open_notice(notice_id: UUID) -> BaseResponse:
    """Take the notice off the new ones and go where it leads."""
    actor = current_actor()
    notice = visible_notice(actor, notice_id)
    with db.unit_of_work():
        mark_read(actor, notice)
        kind, object_id = notice.object_kind, notice.object_id
    if kind not in LEADS_TO or "stay" in request.form:
        return redirect(url_for("notices.list_notices"), 303)
    return redirect(LEADS_TO[kind](object_id), 303)


@bp.get("/letters")
def count_letters() -> str:
    """How telling members outside fares, by medium: counts and the last fault, no address."""
    return render_template("notices/count_letters.html", counts=visible_counts(current_actor()))
