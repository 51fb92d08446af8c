"""Writing: a first report, the sections of a case, its closure; the guided path of first questions.

A form carries the revision it was made from. Where a colleague wrote first, nothing is
overwritten: what was typed stands in the boxes beside what is stored now.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names as member_names
from referral.audit.operation import may
from referral.cases import queries, service
from referral.cases.forms.definition import PAPER
from referral.cases.forms.engine import REFERRAL_PATH
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.cases.opening import OPEN, OpenedSection
from referral.cases.schemas import ClosureSchema
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, VersionConflict, VersionMissing
from referral.kernel.permissions import Permission
from referral.referrals.queries import referrals_of
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.cases import view
from referral.web.cases.blueprint import bp
from referral.web.cases.kinds import CORE_KINDS, OPEN_STATES
from referral.web.cases.pages import (
    lines_of,
    open_for,
    require,
    require_state,
)
from referral.web.drafts import KeptDraft, begun, kept_draft, with_draft
from referral.web.format import write_date, write_date_input, write_moment, write_time_input
from referral.web.forms import FilledForm
from referral.web.inputs import loaded
from referral.web.once import write_once

Answer = str | BaseResponse | tuple[str, int]
OWN_PAGES: Final = {
    "closure": "cases.close_case",
    "consent": "cases.record_consent",
    "follow_up": "followup.record_follow_up",
    "legal_basis": "cases.claim_legal_basis",
    "referral_summary": "referrals.send_referral",
    "reopening": "cases.reopen_case",
}
"""Kinds with an operation of their own, and the page of each that has one about a case."""


RECEIVED: Final = ("received_at-date", "received_at-time")
FILLED_IN: Final = "filled_in"
"""What the page of a report has put into these boxes by itself, as its hidden inputs."""


@dataclass(frozen=True)
class Newer:
    """What a colleague has written in the meantime."""

    who: str
    at: datetime | None
    rows: list[tuple[str, str]]


@bp.route("/cases/report", methods=["GET", "POST"])
def report_incident() -> Answer:
    """Write down a first word of violence; becomes a case when she is met."""
    actor = current_actor()
    require(actor, Permission.INCIDENT_REPORT)
    place = "incident_report"
    if request.method == "GET":
        begin = {"received_at": f"{clock.now():%Y-%m-%dT%H:%M:00Z}"}
        return _report_page(_heard_now(begun(actor, place, place, begin)))
    filled = forms.posted(place)
    if filled.is_reshaped:
        return _report_page(_asked_of_paper(filled))
    try:
        case_id = write_once(actor, lambda: _report(actor, filled))
    except InvalidInput as refusal:
        return _report_page(with_draft(actor, place, filled.refused(refusal))), 422
    flash(gettext("The report is written down."), "done")
    return redirect(url_for("cases.show_case", case_id=case_id), 303)


def _heard_now(filled: FilledForm) -> FilledForm:
    """The page remembers the moment that it has filled in by itself; a draft has done so."""
    if filled.draft_at:
        return filled
    day, hour = (filled.values[name] for name in RECEIVED)
    shown = [str(write_date_input(day[0])), str(write_time_input(hour[0]))]
    return replace(filled, values={**filled.values, FILLED_IN: shown})


def _asked_of_paper(filled: FilledForm) -> FilledForm:
    """What was on paper first was not received in the moment in which the page was opened."""
    given = [one for name in RECEIVED for one in filled.values.get(name, [])]
    if not filled.fresh.startswith(f"{PAPER.id}-") or given != filled.values.get(FILLED_IN):
        return filled
    return replace(filled, values={**filled.values, **{name: [""] for name in RECEIVED}})


def _report(actor: Actor, filled: FilledForm) -> UUID:
    case = service.report_incident(actor, None, answers=filled.answers)
    service.discard_draft(actor, None, place="incident_report")
    return case.id


def _report_page(filled: FilledForm) -> str:
    return render_template("cases/report_incident.html", filled=filled, place="incident_report")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is being written: of which case, which kind, and which one of several of a kind."""

    case_id: UUID
    kind: str
    section_id: UUID | None = None
    """Of a kind that a case has several of, the one that is corrected; None begins one more."""

    @property
    def place(self) -> str:
        """Where its draft is kept."""
        one = f":{self.section_id}" if self.section_id else ""
        return f"{self.kind}:{self.case_id}{one}"


@bp.route("/cases/<uuid:case_id>/sections/<form:kind>", methods=["GET", "POST"])
@bp.route("/cases/<uuid:case_id>/sections/<form:kind>/<uuid:section_id>", methods=["GET", "POST"])
def write_section(case_id: UUID, kind: str, section_id: UUID | None = None) -> Answer:
    """Write a section, new or a further version; `guided` leads through the first questions."""
    actor, sheet = current_actor(), Sheet(case_id, kind, section_id)
    require(actor, Permission.SECTION_WRITE)
    if kind in OWN_PAGES:
        return redirect(url_for(OWN_PAGES[kind], case_id=case_id), 303)
    if kind in OF_THEIR_OWN_OPERATION:
        raise NotFound("not written here")
    require_state(queries.visible_case(actor, case_id), *OPEN_STATES)
    if request.method == "POST":
        return _save_section(actor, sheet)
    existing = _own_section(actor, sheet)
    revision = existing.revision if existing else 0
    draft = kept_draft(actor, sheet.place)
    if draft is None or _is_stored(existing, draft, actor):
        filled = forms.blank(kind, existing.current_answers if existing else None)
        return _section_page(actor, sheet, filled, revision)
    filled = forms.resumed(kind, draft.typed, draft.saved_at)
    # A draft made from an older version says so when it is saved, and is shown beside the newer.
    begun_from = (draft.typed.get("revision") or [""])[0]
    return _section_page(
        actor, sheet, filled, int(begun_from) if begun_from.isdecimal() else revision
    )


def _is_stored(existing: OpenedSection | None, draft: KeptDraft, actor: Actor) -> bool:
    """Whether the same person has saved the section after the draft."""
    if existing is None or existing.written_at is None:
        return False
    return existing.author_id == actor.member_id and existing.written_at >= draft.saved_at


def _own_section(actor: Actor, sheet: Sheet) -> OpenedSection | None:
    """The section that is corrected, held by the acting circle; none begins a new one."""
    is_one_of_many = shelf.form(sheet.kind).many
    if is_one_of_many is not (sheet.section_id is not None):
        if is_one_of_many:
            return None
        raise NotFound("there is one of it at most")
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, sheet.case_id))
    here = opened.opening.acting_circle()
    held = [
        s
        for s in opened.sections
        if (s.kind, s.holder_circle, s.status) == (sheet.kind, here, OPEN)
        and sheet.section_id in {None, s.section_id}
    ]
    if sheet.section_id and not held:
        raise NotFound("no such section here")
    return held[0] if held else None


def _save_section(actor: Actor, sheet: Sheet) -> Answer:
    filled = forms.posted(sheet.kind)
    typed = request.form.get("revision", "")
    if not typed.isdecimal():
        raise VersionMissing(sheet.kind)
    if filled.is_reshaped:
        return _section_page(actor, sheet, filled, int(typed))
    if _is_guided(sheet.kind) and int(typed) == 0 and not filled.answers:
        flash(gettext("Put off: %(section)s. Nothing was answered.", section=filled.title), "soon")
        return redirect(_next_step(sheet), 303)
    try:
        write_once(actor, lambda: _write(actor, sheet, filled, int(typed)))
    except InvalidInput as refusal:
        kept = with_draft(actor, sheet.place, filled.refused(refusal))
        return _section_page(actor, sheet, kept, int(typed)), 422
    except VersionConflict:
        return _outdated_page(actor, sheet, with_draft(actor, sheet.place, filled))
    flash(gettext("Saved: %(section)s", section=filled.title), "done")
    return redirect(_next_step(sheet), 303)


def _write(actor: Actor, sheet: Sheet, filled: FilledForm, revision: int) -> UUID:
    section = service.write_section(
        actor,
        queries.visible_case(actor, sheet.case_id),
        kind=sheet.kind,
        answers=filled.answers,
        expected_revision=revision,
        section_id=sheet.section_id,
    )
    service.discard_draft(actor, None, place=sheet.place)
    return section.id


def _outdated_page(actor: Actor, sheet: Sheet, filled: FilledForm) -> tuple[str, int]:
    """What was typed, beside what a colleague has written; a second press saves knowingly."""
    existing = _own_section(actor, sheet)
    if existing is None:
        raise VersionConflict(sheet.kind)
    author = existing.author_id
    newer = Newer(
        who=member_names([author]).get(author, "") if author else "",
        at=existing.written_at,
        rows=view.rows_of(existing),
    )
    return _section_page(actor, sheet, filled, existing.revision, newer=newer), 412


def _section_page(
    actor: Actor, sheet: Sheet, filled: FilledForm, revision: int, *, newer: Newer | None = None
) -> str:
    case, kind = queries.visible_case(actor, sheet.case_id), sheet.kind
    is_guided = _is_guided(kind)
    return render_template(
        "cases/write_section.html",
        case=case,
        filled=filled,
        kind=kind,
        section_id=sheet.section_id,
        revision=revision,
        newer=newer,
        place=sheet.place,
        is_guided=is_guided,
        step=_step_words(kind) if is_guided else "",
        share=_share_done(kind),
        after=_next_step(sheet) if is_guided else "",
    )


def _is_guided(kind: str) -> bool:
    return "guided" in request.args and kind in CORE_KINDS


def _step_words(kind: str) -> str:
    """ "Question 4 of 12": where the first of this form's questions stands on the whole path."""
    before = 0
    for form_id in REFERRAL_PATH:
        count = len(shelf.form(form_id).core_fields)
        if form_id == kind:
            if count == 1:
                return str(gettext("Question %(n)s of %(all)s", n=before + 1, all=_path_size()))
            span = f"{before + 1}–{before + count}"
            return str(gettext("Questions %(n)s of %(all)s", n=span, all=_path_size()))
        before += count
    return ""


def _path_size() -> int:
    """How many questions stand before a first referral: twelve at most."""
    return sum(len(shelf.form(form_id).core_fields) for form_id in REFERRAL_PATH)


def _share_done(kind: str) -> int:
    """How much of the path is done when this form is shown, in percent."""
    before = 0
    for form_id in REFERRAL_PATH:
        before += len(shelf.form(form_id).core_fields)
        if form_id == kind:
            break
    return round(100 * before / max(1, _path_size()))


def _next_step(sheet: Sheet) -> str:
    """The next form of the guided path, the consent after the last; else the case."""
    case_id, kind = sheet.case_id, sheet.kind
    if not _is_guided(kind):
        return url_for("cases.show_case", case_id=case_id)
    after = CORE_KINDS[CORE_KINDS.index(kind) + 1 :]
    if after:
        return url_for("cases.write_section", case_id=case_id, kind=after[0], guided=1)
    return url_for("cases.record_consent", case_id=case_id, guided=1)


@bp.route("/cases/<uuid:case_id>/close", methods=["GET", "POST"])
def close_case(case_id: UUID) -> Answer:
    """Close the case with a reason; shows what is shared, and ends it unless it is to stay."""
    actor = current_actor()
    case = queries.visible_case(actor, case_id)
    place = f"closure:{case_id}"
    if request.method == "GET":
        begin = {"closed_on": clock.today().isoformat()}
        return _closing_page(actor, case_id, begun(actor, "closure", place, begin))
    filled = forms.posted("closure")
    if filled.is_reshaped:
        return _closing_page(actor, case_id, filled)
    try:
        sent = {"keeping": request.form.getlist("keeping")}
        keeping = loaded(ClosureSchema(only=["keeping"]), sent)["keeping"]
        with db.unit_of_work():
            service.close_case(actor, case, answers=filled.answers, keeping=keeping)
            service.discard_draft(actor, None, place=place)
    except InvalidInput as refusal:
        kept = with_draft(actor, place, filled.refused(refusal))
        return _closing_page(actor, case_id, kept), 422
    flash(gettext("The case is closed."), "done")
    return redirect(url_for("cases.show_case", case_id=case_id), 303)


def _closing_page(actor: Actor, case_id: UUID, filled: FilledForm) -> str:
    case = queries.visible_case(actor, case_id)
    if not may(actor, service.close_case, case):
        require(actor, Permission.CASE_CLOSE)
        raise NotFound("closed by another agency only")
    require_state(case, "open")
    page = open_for(actor, case_id)
    return render_template(
        "cases/close_case.html",
        case=page.opened.case,
        in_force=[
            {"value": line.basis_id, "label": line.recipient, "hint": _told_apart(line)}
            for line in lines_of(actor, page)
            if line.state in view.IN_FORCE
        ],
        filled=filled,
        place=f"closure:{case_id}",
        keeping=filled.values.get("keeping", []),
        running=[line for line in referrals_of(actor, case_id) if line.is_open],
        state_label=view.state_label,
    )


@bp.route("/cases/<uuid:case_id>/reopen", methods=["GET", "POST"])
def reopen_case(case_id: UUID) -> Answer:
    """Open a closed case again, with a reason and the day of the next contact."""
    actor = current_actor()
    case = queries.visible_case(actor, case_id)
    if not may(actor, service.reopen_case, case):
        require(actor, Permission.CASE_OPEN)
        raise NotFound("opened again by its custodian only")
    require_state(case, "closed")
    place = f"reopening:{case_id}"
    if request.method == "GET":
        return _reopening_page(actor, case_id, begun(actor, "reopening", place))
    filled = forms.posted("reopening")
    if filled.is_reshaped:
        return _reopening_page(actor, case_id, filled)
    try:
        with db.unit_of_work():
            service.reopen_case(actor, case, answers=filled.answers)
            service.discard_draft(actor, None, place=place)
    except InvalidInput as refusal:
        kept = with_draft(actor, place, filled.refused(refusal))
        return _reopening_page(actor, case_id, kept), 422
    flash(gettext("The case is open again. What was agreed before is asked anew."), "done")
    return redirect(url_for("cases.show_case", case_id=case_id), 303)


def _reopening_page(actor: Actor, case_id: UUID, filled: FilledForm) -> str:
    case, place = queries.visible_case(actor, case_id), f"reopening:{case_id}"
    return render_template("cases/reopen_case.html", case=case, filled=filled, place=place)


def _told_apart(line: view.BasisLine) -> str:
    """What sets a basis apart from another with the same recipient."""
    words = {"since": write_moment(line.at), "until": write_date(line.expires_at)}
    term = gettext("recorded %(since)s, until %(until)s", **words)
    return " · ".join([*([line.purpose] if line.is_legal else []), line.kinds, term])
