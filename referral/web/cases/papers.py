"""Writing down that a paper which was kept is destroyed."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.cases import queries, service
from referral.cases.opening import OpenedSection
from referral.cases.service.papers import expect_written_here
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.kernel.permissions import Permission
from referral.web.actor import current_actor
from referral.web.cases.blueprint import bp
from referral.web.cases.late_entry import is_kept, written_on_paper
from referral.web.cases.pages import require
from referral.web.forms import joined, title_of
from referral.web.inputs import read_day


@bp.route("/cases/<uuid:case_id>/papers/<uuid:section_id>", methods=["GET", "POST"])
def destroy_paper(case_id: UUID, section_id: UUID) -> str | BaseResponse | tuple[str, int]:
    """Which paper it is, and on which day it was destroyed."""
    actor = current_actor()
    require(actor, Permission.SECTION_WRITE)
    if request.method == "GET":
        return _page(actor, case_id, section_id, clock.today().isoformat(), "")
    try:
        with db.unit_of_work():
            case = queries.visible_case(actor, case_id)
            day = read_day(request.form, "destroyed_on")
            service.destroy_paper(actor, case, section_id=section_id, destroyed_on=day)
    except InvalidInput as refusal:
        typed = request.form.get("destroyed_on", "")
        said = joined(refusal).get("destroyed_on", "")
        return _page(actor, case_id, section_id, typed, said), 422
    flash(gettext("Written down: the paper is destroyed."), "done")
    return redirect(url_for("cases.show_case", case_id=case_id), 303)


def _page(actor: Actor, case_id: UUID, section_id: UUID, day: str, error: str) -> str:
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, case_id))
    section = _section(opened, section_id)
    is_held_here = section.holder_circle in opened.opening.circle_ids
    if is_held_here and not is_kept(section):
        raise StateConflict("destroyed", "destroy_paper")
    return render_template(
        "cases/destroy_paper.html",
        case=opened.case,
        section_id=section_id,
        title=title_of(section.kind),
        paper=written_on_paper(section, names_whom=is_held_here),
        day=day,
        error=error,
    )


def _section(opened: service.OpenedCase, section_id: UUID) -> OpenedSection:
    expect_written_here(opened.opening, section_id)
    for section in opened.sections:
        if section.section_id == section_id:
            return section
    raise NotFound("no such section")
