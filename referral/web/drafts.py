"""Drafts: what a browser saves while somebody types, and how a form takes it up again.

What a form was refused with is saved by the server itself, so that it holds without script too.

A place is `form` for a new thing, or `form:case id`; it is chosen by the page that shows the form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.cases import queries
from referral.cases.service import discard_draft, read_draft, save_draft
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.format import write_time
from referral.web.forms import FilledForm, typed_values
from referral.web.frame import local_path

bp = Blueprint("drafts", __name__)

LONGEST_PLACE: Final = 120


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What was typed at a place, by input name, and when it was last saved."""

    typed: dict[str, list[str]] = field(repr=False)
    saved_at: datetime


def kept_draft(actor: Actor, place: str) -> KeptDraft | None:
    """The actor's draft at a place; none when nothing was typed there and not yet saved."""
    row = next((d for d in queries.visible_drafts(actor) if d.place == place), None)
    if row is None:
        return None
    saved_at = row.saved_at
    with db.unit_of_work():
        typed = read_draft(actor, None, place=place)
    return KeptDraft(typed, saved_at) if typed else None


def begun(
    actor: Actor, kind: str, place: str, answers: Mapping[str, Any] | None = None
) -> FilledForm:
    """The form as the actor's draft of this place has it, or new with these answers."""
    draft = kept_draft(actor, place)
    return forms.resumed(kind, draft.typed, draft.saved_at) if draft else forms.blank(kind, answers)


def with_draft(actor: Actor, place: str, filled: FilledForm) -> FilledForm:
    """The form that was not taken, its typed values kept as the draft of its place.

    What is too long for a draft stands in the boxes only, and the page does not say otherwise.
    """
    try:
        with db.unit_of_work():
            saved_at = save_draft(actor, None, place=place, typed=typed_values()).saved_at
    except InvalidInput:
        return filled
    return replace(filled, draft_at=saved_at)


@bp.post("/drafts/<place>")
def save(place: str) -> BaseResponse:
    """Keep what stands in the form, sealed under the member's own key; says when."""
    with db.unit_of_work():
        row = save_draft(current_actor(), None, place=place[:LONGEST_PLACE], typed=typed_values())
        saved_at = row.saved_at
    return jsonify(saved_at=write_time(saved_at))


@bp.post("/drafts/<place>/discard")
def discard(place: str) -> BaseResponse:
    """Forget the draft, and show the form again without it."""
    with db.unit_of_work():
        discard_draft(current_actor(), None, place=place)
    flash(gettext("The draft has been dropped."), "done")
    return redirect(local_path(request.args.get("next", url_for("today.show_today"))), 303)
