"""What sharing rests on: recording a consent, claiming a legal basis, co-signing, withdrawing.

The forms take what they start with from the address: `agency_id` or `circle_id` of the recipient,
`kinds` (several), and `next`, a path of this site to come back to.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies.queries import recipients
from referral.agencies.schemas import RecipientsQuery
from referral.audit.operation import may
from referral.cases import queries, service
from referral.cases.forms.definition import PAPER
from referral.cases.forms.messages import Message
from referral.cases.forms_in_force import checked
from referral.cases.opening import OPEN
from referral.cases.schemas import ConsentSchema, LegalBasisSchema
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound
from referral.kernel.permissions import Permission
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.cases import view
from referral.web.cases.blueprint import bp
from referral.web.cases.kinds import shareable_kinds
from referral.web.cases.pages import (
    OpenCase,
    lines_of,
    open_for,
    require,
    require_state,
)
from referral.web.drafts import kept_draft, with_draft
from referral.web.format import language
from referral.web.forms import Choice, FilledForm, title_of
from referral.web.frame import local_path
from referral.web.inputs import gathered, loaded, read_day, typed_for
from referral.web.once import write_once

Answer = str | BaseResponse | tuple[str, int]
LIFE: Final = timedelta(days=90)
"""Until when a consent holds unless she says otherwise."""


@dataclass(frozen=True)
class Wanted:
    """Who is to receive, and which kinds of section, as chosen on the page."""

    recipient: str
    kinds: list[str]

    @property
    def agency_id(self) -> UUID | None:
        """The agency chosen; none for a circle, or for nothing readable."""
        return _id_of(self.recipient, "agency:")

    @property
    def circle_id(self) -> UUID | None:
        """The shelter circle chosen."""
        return _id_of(self.recipient, "circle:")

    def check(self) -> None:
        """`InvalidInput` unless somebody is chosen."""
        if self.agency_id is None and self.circle_id is None:
            raise InvalidInput({"recipient": ["Choose one recipient."]})

    @property
    def typed(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"agency_id": _text(self.agency_id), "circle_id": _text(self.circle_id)}


def _text(value: UUID | None) -> str:
    return str(value) if value else ""


def _id_of(value: str, mark: str) -> UUID | None:
    try:
        return UUID(value.removeprefix(mark)) if value.startswith(mark) else None
    except ValueError:
        return None


def _asked() -> Wanted:
    """What the address starts the form with."""
    given = request.args
    recipient = ""
    for name, mark in (("agency_id", "agency:"), ("circle_id", "circle:")):
        if given.get(name):
            recipient = f"{mark}{given[name]}"
    return Wanted(recipient, given.getlist("kinds"))


def _chosen() -> Wanted:
    return Wanted(request.form.get("recipient", ""), request.form.getlist("kinds"))


def _wanted_of(kept: dict[str, list[str]]) -> Wanted:
    """What a draft has chosen."""
    return Wanted(_first(kept, "recipient"), kept.get("kinds", []))


def _recipient_choices(actor: Actor) -> list[Choice]:
    """Agencies by name, then the shelter circles under their code names."""
    today = clock.today()
    agencies = recipients(actor, on=today)
    shelters = recipients(actor, on=today, **RecipientsQuery().load({"purpose": "shelter"}))
    ready = {row.agency_id for row in (*agencies, *shelters) if row.is_ready}
    named = {row.agency_id: row.name(language()) for row in agencies}
    rows = [
        {"value": f"agency:{key}", "label": _offered_as(name, is_ready=key in ready)}
        for key, name in named.items()
    ]
    return rows + [
        {
            "value": f"circle:{row.circle_id}",
            "label": _offered_as(
                gettext("Shelter places: %(name)s", name=row.name(language())),
                is_ready=row.is_ready,
            ),
        }
        for row in shelters
    ]


def _offered_as(name: str, *, is_ready: bool) -> str:
    """The name; with the reason where nothing can be sent yet."""
    return name if is_ready else gettext("%(name)s (cannot receive yet)", name=name)


def _kind_choices() -> list[Choice]:
    return [{"value": kind, "label": title_of(kind)} for kind in shareable_kinds()]


def _labels() -> dict[str, str]:
    return {
        "recipient": gettext("Recipient"),
        "kinds": gettext("Sections"),
        "purpose": gettext("Purpose"),
        "expires_at": gettext("Until"),
    }


@bp.route("/cases/<uuid:case_id>/consents/new", methods=["GET", "POST"])
def record_consent(case_id: UUID) -> Answer:
    """Write down what she agreed to: for whom, which sections, what for, until when."""
    actor = current_actor()
    require(actor, Permission.CONSENT_RECORD)
    require_state(queries.visible_case(actor, case_id), "open")
    if request.method == "POST":
        return _save_consent(actor, case_id)
    draft = kept_draft(actor, f"consent:{case_id}")
    if draft:
        filled = forms.resumed("consent", draft.typed, draft.saved_at)
        kept = draft.typed
        return _consent_page(
            actor,
            case_id,
            filled,
            _wanted_of(kept),
            purpose=_first(kept, "purpose"),
            until=_first(kept, "expires_at"),
        )
    until = (clock.today() + LIFE).isoformat()
    return _consent_page(
        actor, case_id, forms.blank("consent"), _asked(), purpose="support", until=until
    )


def _first(typed: dict[str, list[str]], name: str) -> str:
    return (typed.get(name) or [""])[0]


def _save_consent(actor: Actor, case_id: UUID) -> Answer:
    filled = forms.posted("consent")
    wanted = _chosen()
    chosen = {
        "purpose": request.form.get("purpose", ""),
        "until": request.form.get("expires_at", ""),
    }
    if filled.is_reshaped:
        return _consent_page(actor, case_id, filled, wanted, **chosen)
    try:
        taken = _consent_typed(filled, wanted)
        write_once(actor, lambda: _consent(actor, case_id, taken))
    except InvalidInput as refusal:
        kept = with_draft(actor, f"consent:{case_id}", filled.refused(refusal))
        return _consent_page(actor, case_id, kept, wanted, **chosen), 422
    flash(gettext("The consent is recorded."), "done")
    return redirect(_after(case_id), 303)


def _consent_typed(filled: FilledForm, wanted: Wanted) -> dict[str, Any]:
    """What was typed, as the API takes it; all that is wrong is said at once."""
    schema, taken = ConsentSchema(), {}
    typed = typed_for(schema, request.form) | wanted.typed
    typed |= {"expires_at": _end_of(request.form), "answers": filled.answers}
    gathered(
        wanted.check,
        lambda: taken.update(
            loaded(schema, typed, said={"expires_at": _said_of_the_end(request.form)})
        ),
        lambda: checked("consent", filled.answers),
    )
    return taken


def _consent(actor: Actor, case_id: UUID, taken: Mapping[str, Any]) -> UUID:
    basis = service.record_consent(actor, queries.visible_case(actor, case_id), **taken)
    service.discard_draft(actor, None, place=f"consent:{case_id}")
    return basis.id


def _end_of(sent: Any) -> str:
    """The end of the day typed, in the installation's zone; what is no day, as it was typed."""
    try:
        day = read_day(sent, "expires_at")
        return datetime.combine(day, time(23, 59), clock.clock.zone).astimezone(UTC).isoformat()
    except (InvalidInput, OverflowError):
        return str(sent.get("expires_at", ""))


def _said_of_the_end(sent: Any) -> str:
    return str(Message.NOT_DATE if sent.get("expires_at", "").strip() else Message.REQUIRED)


def _after(case_id: UUID, usual: str = "cases.show_case") -> str:
    asked = request.args.get("next", "")
    return local_path(asked) if asked else url_for(usual, case_id=case_id)


def _consent_page(
    actor: Actor, case_id: UUID, filled: FilledForm, wanted: Wanted, *, purpose: str, until: str
) -> str:
    return render_template(
        "cases/record_consent.html",
        case=queries.visible_case(actor, case_id),
        filled=filled,
        wanted=wanted,
        purpose=purpose,
        until=until,
        purposes=[{"value": item, "label": view.purpose_label(item)} for item in view.PURPOSE_IDS],
        recipients=_recipient_choices(actor),
        kinds=_kind_choices(),
        labels=_labels(),
        place=f"consent:{case_id}",
        is_guided="guided" in request.args,
    )


@bp.route("/cases/<uuid:case_id>/bases/new", methods=["GET", "POST"])
def claim_legal_basis(case_id: UUID) -> Answer:
    """Share without consent because the law allows it; a supervisor co-signs in time."""
    actor = current_actor()
    require(actor, Permission.REFERRAL_SEND)
    require_state(queries.visible_case(actor, case_id), "open")
    place = f"legal_basis:{case_id}"
    if request.method == "GET":
        draft = kept_draft(actor, place)
        if draft is None:
            return _claim_page(actor, case_id, forms.blank("legal_basis"), _asked())
        filled = forms.resumed("legal_basis", draft.typed, draft.saved_at)
        return _claim_page(actor, case_id, filled, _wanted_of(draft.typed))
    filled, wanted = forms.posted("legal_basis"), _chosen()
    if filled.is_reshaped:
        return _claim_page(actor, case_id, filled, wanted)
    try:
        taken = _claim_typed(filled, wanted)
        write_once(actor, lambda: _claim(actor, case_id, taken))
    except InvalidInput as refusal:
        kept = with_draft(actor, place, filled.refused(refusal))
        return _claim_page(actor, case_id, kept, wanted), 422
    said = gettext(
        "The legal basis is recorded; a supervisor has been asked to co-sign. "
        "Nothing is shared until the referral is sent."
    )
    flash(said, "soon")
    return redirect(_after(case_id, "referrals.send_referral"), 303)


def _claim_typed(filled: FilledForm, wanted: Wanted) -> dict[str, Any]:
    schema, taken = LegalBasisSchema(), {}
    typed = typed_for(schema, request.form) | wanted.typed | dict(filled.answers)
    why = "Say in a sentence why this cannot wait for her consent."
    gathered(wanted.check, lambda: taken.update(loaded(schema, typed, said={"account": why})))
    return taken


def _claim(actor: Actor, case_id: UUID, taken: Mapping[str, Any]) -> UUID:
    basis = service.claim_legal_basis(actor, queries.visible_case(actor, case_id), **taken)
    service.discard_draft(actor, None, place=f"legal_basis:{case_id}")
    return basis.id


def _claim_page(actor: Actor, case_id: UUID, filled: FilledForm, wanted: Wanted) -> str:
    return render_template(
        "cases/claim_legal_basis.html",
        case=queries.visible_case(actor, case_id),
        filled=filled,
        wanted=wanted,
        recipients=_recipient_choices(actor),
        kinds=_kind_choices(),
        labels=_labels(),
        place=f"legal_basis:{case_id}",
        hours=round(service.bases.cosign_limit.within.total_seconds() / 3600),
    )


@bp.route("/cases/<uuid:case_id>/bases/<uuid:basis_id>/cosign", methods=["GET", "POST"])
def cosign_basis(case_id: UUID, basis_id: UUID) -> Answer:
    """A supervisor reads why, then takes responsibility."""
    actor = current_actor()
    require(actor, Permission.BASIS_COSIGN)
    if request.method == "POST":
        with db.unit_of_work():
            case = queries.visible_case(actor, case_id)
            service.cosign_basis(actor, case, basis_id=basis_id)
        flash(gettext("Co-signed."), "done")
        return redirect(url_for("cases.show_case", case_id=case_id), 303)
    page = open_for(actor, case_id)
    return render_template(
        "cases/cosign_basis.html",
        case=page.opened.case,
        line=_line(actor, page, basis_id),
        rows=_receipt_rows(actor, page, basis_id),
    )


@bp.route("/cases/<uuid:case_id>/bases/<uuid:basis_id>/withdraw", methods=["GET", "POST"])
def withdraw_consent(case_id: UUID, basis_id: UUID) -> Answer:
    """Name what ends, and what cannot be undone; then end it at once."""
    actor = current_actor()
    require(actor, Permission.CONSENT_WITHDRAW)
    if request.method == "POST":
        with db.unit_of_work():
            case = queries.visible_case(actor, case_id)
            service.withdraw_consent(actor, case, basis_id=basis_id)
        flash(gettext("The consent is withdrawn; what it carried has ended."), "done")
        return redirect(url_for("cases.show_case", case_id=case_id), 303)
    page = open_for(actor, case_id)
    line = _line(actor, page, basis_id)
    return render_template(
        "cases/withdraw_consent.html",
        case=page.opened.case,
        line=line,
        rows=_receipt_rows(actor, page, basis_id),
        may_withdraw=line.ended_at is None
        and may(actor, service.withdraw_consent, page.opened.case),
    )


def _line(actor: Actor, page: OpenCase, basis_id: UUID) -> view.BasisLine:
    for line in lines_of(actor, page):
        if line.basis_id == basis_id:
            return line
    raise NotFound("no such basis")


def _receipt_rows(actor: Actor, page: OpenCase, basis_id: UUID) -> list[tuple[str, str]]:
    """How it was given, or why it was claimed, if this session may read the receipt."""
    rows = [b for b in queries.visible_bases(actor, page.opened.case) if b.id == basis_id]
    wanted = rows[0].receipt_section_id if rows else None
    for section in page.opened.sections:
        if section.section_id == wanted and section.status == OPEN:
            is_ours = section.holder_circle in page.opened.opening.circle_ids
            return view.rows_of(section, without=() if is_ours else {PAPER.id})
    return []
