"""The forms themselves: which are in force, as a page would ask them, and blank on paper.

Nothing here is written anywhere. What is tried out in a preview is judged and shown, and forgotten
with the answer; of the sheets that were printed nothing is kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request
from flask_babel import force_locale

from referral.cases.forms import paper
from referral.cases.forms.definition import PAPER, SHEET
from referral.cases.forms.form import Form
from referral.cases.forms.lines import Line
from referral.cases.forms.sheets import new_sheet_number
from referral.cases.forms_in_force import checked_by, shelf
from referral.cases.late_entry import printer
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import require
from referral.web.cases.blueprint import code_of
from referral.web.conditions import conditions_of
from referral.web.format import language
from referral.web.i18n import LANGUAGES

bp = Blueprint("forms", __name__)

AMOUNTS: Final = (1, 2, 5, 10, 20)
"""How many sheets a page may be asked for."""


@dataclass(frozen=True)
class FormLine:
    """A form in the list; `code` stands on its sheets, and in its addresses."""

    kind: str
    code: str
    title: str
    version: int
    file: str
    is_own: bool
    is_waiting: bool
    """Its file is other than what is asked now, and is taken at the next start."""
    asked: int


@bp.get("/forms")
def list_forms() -> str:
    """The forms in force, to be printed blank; for administrators their files as they stand."""
    actor = require(Permission.FORM_PRINT)
    may_preview = Permission.FORM_PREVIEW in actor.permissions
    written, wrong = shelf.as_written() if may_preview else ({}, [])
    return render_template(
        "forms/list_forms.html",
        lines=_lines(shelf.all()),
        may_preview=may_preview,
        files=[line for line in _lines(written) if line.is_own or line.is_waiting],
        wrong=wrong,
    )


def _lines(shown: Mapping[str, Form]) -> list[FormLine]:
    return sorted((_line(form) for form in shown.values()), key=lambda line: line.title)


def _line(form: Form) -> FormLine:
    return FormLine(
        kind=form.id,
        code=code_of(form.id),
        title=form.title(language()),
        version=form.version,
        file=form.file.path.name,
        is_own=form.is_own,
        is_waiting=form != shelf.all().get(form.id),
        asked=len(paper.on_paper(form.fields, language())),
    )


@bp.route("/forms/<code>", methods=["GET", "POST"])
def preview_form(code: str) -> str | tuple[str, int]:
    """A form as the page of its file would ask it; nothing is saved, whatever is pressed."""
    require(Permission.FORM_PREVIEW)
    written, _ = shelf.as_written()
    form = next((one for one in written.values() if code_of(one.id) == code), None)
    if form is None:
        raise NotFound("no such form")
    if request.method == "GET":
        return _preview(forms.FilledForm(form, form.page_values({})))
    filled = forms.posted_to(form)
    if filled.is_reshaped:
        return _preview(filled)
    try:
        kept = checked_by(form, filled.answers)
    except InvalidInput as refusal:
        return _preview(filled.refused(refusal)), 422
    shown = form.display(kept, language(), zone=clock.clock.zone, unit_name=forms.unit_name)
    return _preview(filled, shown)


def _preview(filled: forms.FilledForm, shown: Sequence[Line] | None = None) -> str:
    return render_template(
        "forms/preview_form.html", filled=filled, line=_line(filled.form), shown=shown
    )


@bp.get("/forms/<form:kind>/sheet")
def print_sheet(kind: str) -> str:
    """Blank sheets of a form, each with a number of its own; nothing on them says what it is."""
    actor = require(Permission.FORM_PRINT)
    form = shelf.form(kind)
    asked = request.args.get("copies", "")
    copies = next((amount for amount in AMOUNTS if str(amount) == asked), 1)
    wanted = request.args.get("language", "")
    with force_locale(wanted if wanted in LANGUAGES else language()):
        return render_template(
            "forms/print_sheet.html",
            line=_line(form),
            numbers=_numbers(actor, copies) if SHEET in form.fields else [""] * copies,
            questions=paper.on_paper(form.fields, language()),
            key=paper.key_to(form, language()),
            conditions=lambda item: conditions_of(item, form.fields, on_paper=True),
            amounts=[{"value": str(n), "label": str(n)} for n in AMOUNTS],
            copies=copies,
            is_dated=PAPER in form.fields,
        )


def _numbers(actor: Actor, copies: int) -> list[str]:
    """Numbers by which the actor's agency knows its sheets again."""
    if actor.agency_id is None:
        raise NotFound("no agency prints here")
    mark = printer(actor.agency_id)
    return [new_sheet_number(mark) for _ in range(copies)]
