"""Earlier versions of a section: what each changed, by whom and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from uuid import UUID

from flask import render_template

from referral.accounts.queries import names
from referral.cases import queries, service
from referral.cases.history import PastRevision
from referral.cases.opening import OPEN
from referral.kernel import db
from referral.web.actor import current_actor
from referral.web.cases.blueprint import bp
from referral.web.forms import shown_answers, title_of


@dataclass(frozen=True, slots=True)
class Step:
    """One version: what it says otherwise than the one before; all of it, if it is the first."""

    revision: int
    at: datetime
    who: str
    is_open: bool
    is_first: bool
    changes: Sequence[tuple[str, str, str]]
    """Question, before, after; empty for what was or is not there."""


@bp.get("/cases/<uuid:case_id>/history/<uuid:section_id>")
def show_history(case_id: UUID, section_id: UUID) -> str:
    """What each version of a section changed, the newest first."""
    actor = current_actor()
    with db.unit_of_work():
        case = queries.visible_case(actor, case_id)
        found = service.read_history(actor, case, section_id=section_id)
    who = names([past.author_id for past in found.revisions])
    pairs = zip_longest(found.revisions, found.revisions[1:])
    return render_template(
        "cases/show_history.html",
        case=case,
        title=title_of(found.kind),
        steps=[_step(found.kind, now, before, who) for now, before in pairs if now],
        has_more=found.has_more,
    )


def _step(
    kind: str, now: PastRevision, before: PastRevision | None, who: Mapping[UUID, str]
) -> Step:
    is_open = now.status == OPEN and (before is None or before.status == OPEN)
    was, stands = _said(kind, before), _said(kind, now)
    changes = [
        (label, was.get(label, ""), stands.get(label, ""))
        for label in dict.fromkeys((*stands, *was))
        if was.get(label) != stands.get(label)
    ]
    author = who.get(now.author_id, "")
    return Step(now.revision, now.at, author, is_open, before is None, changes if is_open else [])


def _said(kind: str, past: PastRevision | None) -> dict[str, str]:
    """What each question was answered, in the words of the version that asked it."""
    if past is None:
        return {}
    found: dict[str, list[str]] = {}
    for label, value in shown_answers(kind, past.answers, version=past.form_version):
        found.setdefault(label, []).append(value)
    return {label: "; ".join(values) for label, values in found.items()}
