"""The forms themselves: which are in force, and blank on paper; nothing is kept of the sheets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template, request
from flask_babel import force_locale

from referral.cases.forms import paper
from referral.cases.forms.definition import SHEET
from referral.cases.forms.form import Form
from referral.cases.forms.sheets import new_sheet_number
from referral.cases.forms_in_force import shelf
from referral.kernel.permissions import Permission
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


@bp.get("/forms")
def list_forms() -> str:
    """The forms in force, to be printed blank."""
    require(Permission.FORM_PRINT)
    return render_template("forms/list_forms.html", lines=_lines(shelf.all()))


def _lines(shown: Mapping[str, Form]) -> list[FormLine]:
    return sorted((_line(form) for form in shown.values()), key=lambda line: line.title)


def _line(form: Form) -> FormLine:
    return FormLine(
        kind=form.id,
        code=code_of(form.id),
        title=form.title(language()),
        version=form.version,
    )


@bp.get("/forms/<form:kind>/sheet")
def print_sheet(kind: str) -> str:
    """Blank sheets of a form, each with a number of its own; nothing on them says what it is."""
    require(Permission.FORM_PRINT)
    form = shelf.form(kind)
    asked = request.args.get("copies", "")
    copies = next((amount for amount in AMOUNTS if str(amount) == asked), 1)
    wanted = request.args.get("language", "")
    with force_locale(wanted if wanted in LANGUAGES else language()):
        return render_template(
            "forms/print_sheet.html",
            line=_line(form),
            numbers=[new_sheet_number() if SHEET in form.fields else "" for _ in range(copies)],
            questions=paper.on_paper(form.fields, language()),
            key=paper.key_to(form, language()),
            conditions=lambda item: conditions_of(item, form.fields, on_paper=True),
            amounts=[{"value": str(n), "label": str(n)} for n in AMOUNTS],
            copies=copies,
        )
