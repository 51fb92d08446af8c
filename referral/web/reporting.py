"""Figures: editions frozen, approved by a second person, shown and exported."""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names
from referral.audit.operation import may
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, NotVerified, StateConflict
from referral.kernel.permissions import Permission
from referral.reporting import queries, service
from referral.reporting.charts import Shape, Theme, render_svg, sentence
from referral.reporting.compose import compose, units_on_system
from referral.reporting.labels import WORDS
from referral.reporting.spreadsheet import notes
from referral.web.actor import current_actor, require
from referral.web.format import language
from referral.web.once import write_once

bp = Blueprint("reporting", __name__)

YEAR: Final = re.compile(r"[0-9]{4}")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SVG = "image/svg+xml"


@bp.get("/figures")
def list_editions() -> str:
    """Editions by year; those who make figures also see what waits for a second person."""
    actor = require(Permission.EDITION_READ)
    return render_template(
        "reporting/list_editions.html",
        editions=[(row, queries.is_verified(row)) for row in queries.visible_editions(actor)],
        may_freeze=may(actor, service.freeze_edition, None),
        year=clock.today().year,
    )


@bp.post("/figures")
def freeze_edition() -> BaseResponse:
    """Open the facts, protect the tables, and keep them as the next edition."""
    actor = require(Permission.EDITION_FREEZE)
    typed = request.form.get("year", "").strip() or str(clock.today().year)
    if not YEAR.fullmatch(typed):
        flash(gettext("Give the year in four digits."), "late")
        return redirect(url_for("reporting.list_editions"), 303)
    try:
        with db.unit_of_work():
            opened, live = service.read_facts(actor, None), units_on_system()
        draft = compose(opened, live, year=int(typed))
        frozen = write_once(actor, lambda: service.freeze_edition(actor, None, draft=draft).id)
    except InvalidInput:
        flash(gettext("This year has not begun yet."), "late")
        return redirect(url_for("reporting.list_editions"), 303)
    except StateConflict:
        flash(
            gettext("Somebody else has just frozen this year. Look at that edition first."), "late"
        )
        return redirect(url_for("reporting.list_editions"), 303)
    except NotVerified:
        flash(gettext("A small number could be worked out; nothing was frozen."), "late")
        return redirect(url_for("reporting.list_editions"), 303)
    flash(gettext("Frozen. A second person approves it before anyone else sees it."), "done")
    return _to(frozen)


def _to(edition_id: UUID) -> BaseResponse:
    return redirect(url_for("reporting.show_edition", edition_id=edition_id), 303)


@bp.get("/figures/<uuid:edition_id>")
def show_edition(edition_id: UUID) -> str:
    """One edition: the chart in a sentence and a picture, the tables, the coverage."""
    actor = require(Permission.EDITION_READ)
    edition = queries.visible_edition(actor, edition_id)
    if not queries.is_verified(edition):
        return render_template("reporting/show_edition.html", edition=edition, is_verified=False)
    frozen, here = edition.frozen, language()
    people = names([one for one in (edition.made_by_id, edition.approved_by_id) if one])
    return render_template(
        "reporting/show_edition.html",
        edition=edition,
        is_verified=True,
        frozen=frozen,
        tables=[_table(table, here) for table in frozen["tables"]],
        chart_title=WORDS["chart_title"][here],
        chart_sentence=sentence(frozen, here),
        notes=notes(frozen, here),
        made_by=people.get(edition.made_by_id, ""),
        approved_by=people.get(edition.approved_by_id, "") if edition.approved_by_id else "",
        may_approve=edition.state == "draft" and may(actor, service.approve_edition, edition),
    )


@bp.get("/figures/<uuid:edition_id>/chart")
def show_chart(edition_id: UUID) -> BaseResponse:
    """The chart of an edition as a picture of its own, for the theme and width it is shown in."""
    actor = require(Permission.EDITION_READ)
    edition = queries.visible_edition(actor, edition_id)
    if not queries.is_verified(edition):
        raise NotFound
    theme: Theme = "dark" if request.args.get("theme") == "dark" else "light"
    shape: Shape = "narrow" if request.args.get("shape") == "narrow" else "wide"
    response = make_response(render_svg(edition.frozen, theme, shape, language()))
    response.mimetype = SVG
    return response


def _table(table: Mapping[str, Any], here: str) -> dict[str, Any]:
    """A frozen table in the reader's language; a number that is not published is none."""
    counts = table["counts"][here]
    return {
        "title": table["title"][here],
        "note": f"{counts[:1].upper()}{counts[1:]}. {table['note'][here]}",
        "columns": [column[here] for column in table["columns"]],
        "rows": [
            (row[here], [value if isinstance(value, int) else None for value in values])
            for row, values in zip(table["rows"], table["values"], strict=True)
        ],
    }


@bp.post("/figures/<uuid:edition_id>/<any(approve, reject):step>")
def decide_edition(edition_id: UUID, step: str) -> BaseResponse:
    """A second person takes responsibility for the tables, or refuses them."""
    actor = current_actor()
    edition = queries.visible_edition(actor, edition_id)
    with db.unit_of_work():
        if step == "approve":
            service.approve_edition(actor, edition)
        else:
            service.reject_edition(actor, edition)
    said = {
        "approve": gettext("Approved. Those who read figures can see and export it."),
        "reject": gettext("Refused. Nobody else will see it."),
    }
    flash(said[step], "done")
    return _to(edition_id)


@bp.get("/figures/<uuid:edition_id>/export")
def export_edition(edition_id: UUID) -> BaseResponse:
    """An approved edition as a spreadsheet that names its recipient."""
    actor = require(Permission.EDITION_READ)
    edition = queries.visible_edition(actor, edition_id)
    with db.unit_of_work():
        body = service.export_edition(actor, edition, locale=language())
    response = make_response(body)
    response.mimetype = XLSX
    name = f"{edition.year}-{edition.number}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
