"""Sending a referral in three steps: to whom, how soon and what goes along, why.

Between the steps what was chosen stands in the member's sealed draft, never in the address.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from referral.agencies import queries as agencies
from referral.agencies.kinds import AgencyKind
from referral.agencies.queries import Recipient
from referral.cases.forms.engine import REFERRAL_PATH, copy_answers
from referral.cases.forms_in_force import kept_here, shelf
from referral.cases.opening import OPEN, Opening
from referral.cases.queries import visible_case, visible_drafts
from referral.cases.service import (
    OpenedCase,
    discard_draft,
    read_case,
    read_draft,
    save_draft,
)
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ConsentMissing, InvalidInput
from referral.referrals.schemas import SendSchema
from referral.referrals.service import send_referral as send
from referral.shelters.queries import PlaceLine, places_near
from referral.vault.case_view import CUSTODY_KINDS, BasisState
from referral.vault.keys import keyring_of
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.cases.pages import require_state
from referral.web.format import language, write_time
from referral.web.inputs import loaded
from referral.web.once import made_before, write_once
from referral.web.referrals import bp
from referral.web.wizard import Asked, Row, Typed, Wizard, place_of

OFFERS_NO_HELP: Final = frozenset(
    {
        AgencyKind.STATISTICS_OFFICE,
        AgencyKind.LEAD_DEPARTMENT,
        AgencyKind.PROVINCIAL_COMMITTEE,
        AgencyKind.OPERATOR,
    }
)
PREFIX: Final = "s-"
"""Before the input names of the summary, in step 3."""


@bp.route("/cases/<uuid:case_id>/referral", defaults={"step": 1}, methods=["GET", "POST"])
@bp.route("/cases/<uuid:case_id>/referral/<int(min=1, max=3):step>", methods=["GET", "POST"])
def send_referral(case_id: UUID, step: int) -> str | BaseResponse | tuple[str, int]:
    """The three steps; each writes to the draft, the last one sends."""
    actor = current_actor()
    case = visible_case(actor, case_id)
    require_state(case, "open")
    with db.unit_of_work():
        typed = read_draft(actor, None, place=place_of(case_id))
        if request.method == "POST":
            typed = _kept(actor, case_id, typed)
    wizard = Wizard(actor, case, typed)
    if step > 1 and wizard.asked is None:
        return _sent_before(actor, case_id) or _to(case_id, 1)
    if step > 2 and not wizard.urgency:
        return _to(case_id, 2)
    if request.method == "GET":
        return _PAGES[step](wizard, {})
    return _taken(wizard, step)


@bp.post("/cases/<uuid:case_id>/referral/draft")
def keep_referral_draft(case_id: UUID) -> BaseResponse:
    """Save what is being typed; the answer says when."""
    actor = current_actor()
    require_state(visible_case(actor, case_id), "open")
    with db.unit_of_work():
        _kept(actor, case_id, read_draft(actor, None, place=place_of(case_id)))
    return jsonify({"saved_at": write_time(clock.now())})


def _kept(actor: Actor, case_id: UUID, before: Typed) -> Typed:
    """The draft with this request's inputs in it; boxes that were unticked are dropped."""
    sent = forms.typed_values()
    is_summary = any(name.startswith(PREFIX) for name in sent)
    if is_summary:
        sent = dict(forms.posted("referral_summary", prefix=PREFIX).values)
    stays = {
        name: value
        for name, value in before.items()
        if not (is_summary and name.startswith(PREFIX))
        and not (name in {"kinds", "offered"} and _chosen_anew(before, sent))
    }
    typed = stays | sent
    save_draft(actor, None, place=place_of(case_id), typed=typed)
    return typed


def _chosen_anew(before: Typed, sent: Typed) -> bool:
    """Ticks belong to one recipient, and hold until the boxes are shown again."""
    is_other = "recipient" in sent and sent["recipient"] != before.get("recipient")
    return is_other or "offered" in sent


def _taken(wizard: Wizard, step: int) -> str | BaseResponse | tuple[str, int]:
    if "look_up" in request.form:
        return _to(wizard.case.id, 1)
    if step == 1:
        return _first_taken(wizard)
    if step == 2:
        return _second_taken(wizard)
    filled = forms.posted("referral_summary", prefix=PREFIX)
    return _third(wizard, {}, filled) if filled.is_reshaped else _sent(wizard, filled)


def _second_taken(wizard: Wizard) -> BaseResponse | tuple[str, int]:
    wrong = {}
    if not wizard.urgency:
        wrong["urgency"] = gettext("Choose how urgent it is.")
    if wizard.typed.get("offered") and not wizard.typed.get("kinds"):
        wrong["kinds"] = gettext("Choose at least one section.")
    return (_second(wizard, wrong), 422) if wrong else _to(wizard.case.id, 3)


def _first_taken(wizard: Wizard) -> BaseResponse | tuple[str, int]:
    asked = wizard.asked
    if asked is None or asked not in _offered(wizard):
        message = gettext("Choose who is to be asked.")
        return _first(wizard, {"recipient": message}), 422
    return _to(wizard.case.id, 2)


def _to(case_id: UUID, step: int) -> BaseResponse:
    return redirect(url_for("referrals.send_referral", case_id=case_id, step=step), 303)


def _services(actor: Actor) -> list[tuple[str, list[Recipient]]]:
    """Services that may be asked today, by kind in the order of the law."""
    found = agencies.recipients(actor, on=clock.today())
    groups = []
    for kind in AgencyKind:
        rows = [row for row in found if row.kind == kind]
        if rows and kind not in OFFERS_NO_HELP:
            groups.append((kind.label(language()), rows))
    return groups


def _new_custodians(wizard: Wizard) -> list[Recipient]:
    """Social services that may look after the case; none unless it is ours to hand over."""
    if not keyring_of(wizard.actor).holds(wizard.case.custodian_circle_id):
        return []
    found = agencies.recipients(wizard.actor, on=clock.today())
    return [row for row in found if row.kind == AgencyKind.SOCIAL_SERVICES]


def _places(wizard: Wizard) -> list[PlaceLine]:
    return places_near(wizard.actor, unit_code=wizard.unit, on=clock.today())


def _offered(wizard: Wizard) -> set[Asked]:
    services = {row.circle_id for _, rows in _services(wizard.actor) for row in rows}
    return (
        {Asked("service", circle) for circle in services}
        | {Asked("shelter", place.circle_id) for place in _places(wizard)}
        | {Asked("custody", row.circle_id) for row in _new_custodians(wizard)}
    )


def _page(wizard: Wizard, step: int, errors: Mapping[str, str], **context: Any) -> str:
    saved = {draft.place: draft.saved_at for draft in visible_drafts(wizard.actor)}
    return render_template(
        f"referrals/send_referral_{step}.html",
        case=wizard.case,
        wizard=wizard,
        errors=errors,
        saved_at=saved.get(place_of(wizard.case.id)),
        **context,
    )


def _first(wizard: Wizard, errors: Mapping[str, str]) -> str:
    services, places = _services(wizard.actor), _places(wizard)
    return _page(
        wizard,
        1,
        errors,
        services=services,
        places=places,
        chosen=_named(services, places) or wizard.asked,
        custodians=_new_custodians(wizard),
        units=forms.unit_choices(),
        unit_name=forms.unit_name(wizard.unit),
        is_commune=any(row["value"] == wizard.unit for row in forms.unit_choices()),
    )


def _named(
    services: Sequence[tuple[str, Sequence[Recipient]]], places: Sequence[PlaceLine]
) -> Asked | None:
    """Who is named by the address that a consent leads to, if that leaves no choice."""
    agency, circle = (request.args.get(name, "") for name in ("agency_id", "circle_id"))
    ready = [row for _, rows in services for row in rows if row.is_ready]
    named = [
        Asked("service", row.circle_id)
        for row in ready
        if agency == str(row.agency_id) or circle == str(row.circle_id)
    ]
    named += [Asked("shelter", row.circle_id) for row in places if circle == str(row.circle_id)]
    return named[0] if len(named) == 1 else None


def _opened(wizard: Wizard) -> tuple[OpenedCase, Recipient, list[Row]]:
    assert wizard.asked is not None
    to = agencies.recipient(wizard.asked.circle_id)
    with db.unit_of_work():
        opened = read_case(wizard.actor, wizard.case)
    return opened, to, _rows(opened, to, wizard)


def _rows(opened: OpenedCase, to: Recipient, wizard: Wizard) -> list[Row]:
    """Every section this session could send, with what consent says of it for this recipient."""
    kinds = {s.kind for s in opened.sections if s.status == OPEN} - kept_here()
    order = {name: place for place, name in enumerate(REFERRAL_PATH)}
    ordered = sorted(kinds, key=lambda name: (order.get(name, len(order)), name))
    if wizard.asked is not None and wizard.asked.kind == "custody":
        return [_handed_over(name) for name in ordered]
    view, at = opened.opening.view, opened.opening.at
    live = view.live_bases(to.agency_id, to.circle_id, at)
    ended = [
        b for b in view.bases.values() if b.names(to.agency_id, to.circle_id) and not b.is_live(at)
    ]
    asked_at = max((basis.at for basis in live if basis.form == "consent"), default=None)
    came = {name: _came_after(opened.opening, name, asked_at) for name in ordered}
    states = {name: _state(name, live, ended, is_newer=came[name]) for name in ordered}
    states |= {
        name: "left"
        for name, state in states.items()
        if state == "agreed" and not wizard.goes(name)
    }
    return [Row(name, forms.title_of(name), state) for name, state in states.items()]


def _handed_over(name: str) -> Row:
    if name in CUSTODY_KINDS:
        why = gettext("Passes with the case.")
        return Row(name, forms.title_of(name), "agreed", why, is_fixed=True)
    why = gettext("Stays with whoever wrote it.")
    return Row(name, forms.title_of(name), "kept", why)


def _state(
    kind: str, live: Sequence[BasisState], ended: Sequence[BasisState], *, is_newer: bool
) -> str:
    """What consent says: agreed, ended, left out when she was asked, or not asked about yet."""
    if any(kind in basis.kinds for basis in live):
        return "agreed"
    if any(kind in basis.kinds for basis in ended):
        return "withdrawn"
    return "unasked" if is_newer else "left_out"


def _came_after(opening: Opening, kind: str, asked_at: datetime | None) -> bool:
    """Whether nobody can have asked her about it: no consent, or none since it was written."""
    return asked_at is None or all(
        section.revision == 1 and section.at > asked_at for section in opening.sections_of([kind])
    )


def _second(wizard: Wizard, errors: Mapping[str, str]) -> str:
    opened, to, rows = _opened(wizard)
    view = opened.opening.view
    live = view.live_bases(to.agency_id, to.circle_id, opened.opening.at)
    assert wizard.asked is not None
    return _page(
        wizard,
        2,
        errors,
        to=to,
        rows=rows,
        bases=live,
        going=[row for row in rows if row.state == "agreed"],
        is_custody=wizard.asked.kind == "custody",
    )


def _third(
    wizard: Wizard, errors: Mapping[str, str], filled: forms.FilledForm | None = None
) -> str:
    opened, to, rows = _opened(wizard)
    filled = filled or _summary(wizard, opened)
    assert wizard.asked is not None
    return _page(
        wizard,
        3,
        errors,
        to=to,
        rows=rows,
        going=[row for row in rows if row.state == "agreed"],
        is_custody=wizard.asked.kind == "custody",
        filled=filled,
        taken_over=_taken_over(filled),
    )


def _taken_over(filled: forms.FilledForm) -> list[tuple[str, str]]:
    """What the folded questions say already, as lines to read."""
    typed = MultiDict((name, one) for name, given in filled.values.items() for one in given)
    said: Any = filled.form.parse_form(typed, prefix=PREFIX, zone=clock.clock.zone)
    folded = {item.id for item in filled.further_fields}
    return forms.shown_answers(filled.form.id, {k: v for k, v in said.items() if k in folded})


def _summary(wizard: Wizard, opened: OpenedCase) -> forms.FilledForm:
    """The summary as typed so far; at first what the open sections already say."""
    form = shelf.form("referral_summary")
    typed = {name: value for name, value in wizard.typed.items() if name.startswith(PREFIX)}
    if typed:
        return forms.FilledForm(form, form.migrated_inputs(typed, prefix=PREFIX), prefix=PREFIX)
    answers = {s.kind: s.current_answers for s in opened.sections if s.status == OPEN}
    return forms.blank(
        "referral_summary", copy_answers(shelf.all(), "referral_summary", answers), prefix=PREFIX
    )


def _sent(wizard: Wizard, filled: forms.FilledForm) -> BaseResponse | tuple[str, int]:
    """Send; the draft is forgotten in the same transaction."""
    asked = wizard.asked
    assert asked is not None
    _, _, rows = _opened(wizard)
    kinds = [row.section for row in rows if row.state == "agreed"]
    typed = {
        "kind": asked.kind,
        "circle_id": str(asked.circle_id),
        "urgency": wizard.urgency,
        "kinds": kinds,
        "summary": filled.answers,
    }
    try:
        taken = loaded(SendSchema(), typed)
        referral_id = write_once(wizard.actor, lambda: _send(wizard, taken))
    except InvalidInput as refusal:
        return _third(wizard, forms.joined(refusal), filled.refused(refusal)), 422
    except ConsentMissing:
        flash(gettext("No consent covers this recipient. Ask, and record the answer."), "late")
        return _to(wizard.case.id, 2)
    flash(gettext("Sent. The clock of the answer is running."), "done")
    return _to_referral(referral_id)


def _send(wizard: Wizard, taken: dict[str, Any]) -> UUID:
    referral = send(wizard.actor, wizard.case, **taken)
    discard_draft(wizard.actor, None, place=place_of(wizard.case.id))
    return UUID(str(referral.id))


def _sent_before(actor: Actor, case_id: UUID) -> BaseResponse | None:
    """Where the second press leads: the first has sent, and has dropped the draft."""
    made = made_before(actor)
    if made is None:
        return None
    with db.unit_of_work():
        discard_draft(actor, None, place=place_of(case_id))
    return _to_referral(made)


def _to_referral(referral_id: UUID) -> BaseResponse:
    return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)


_PAGES: Final = {1: _first, 2: _second, 3: _third}
