"""Referrals that come in and go out: the list, one referral, and what either side does to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names
from referral.agencies.queries import recipient
from referral.audit.operation import may
from referral.cases.forms_in_force import children_along
from referral.cases.queries import is_visible
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ConsentMissing, InvalidInput, NotFound, StateConflict
from referral.kernel.permissions import Permission
from referral.referrals import queries, service
from referral.referrals.queries import ReferralLine
from referral.referrals.schemas import AcceptSchema, DeclineSchema, PassOnSchema, WorkerSchema
from referral.web import forms
from referral.web.actor import current_actor
from referral.web.cases.moving import OTHERS, circle_choices
from referral.web.format import write_moment
from referral.web.inputs import loaded, typed_for

bp = Blueprint("referrals", __name__)

ENDED: Final = ("completed", "declined", "withdrawn", "cancelled", "expired", "returned")
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_CONTACT_STEP: Final = timedelta(minutes=10)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Group:
    """Some referrals under one heading of the list."""

    title: str
    lines: list[ReferralLine]


@bp.get("/referrals")
def show_inbox() -> str:
    """What others ask of this circle, the first to fall due first; or what it has asked."""
    actor = current_actor()
    shown = request.args.get("show", "open")
    cursor = request.args.get("after")
    with db.unit_of_work():
        if shown == "sent":
            page = queries.outbox(actor, cursor=cursor)
        elif shown == "ended":
            page = service.list_inbox(actor, None, states=ENDED, cursor=cursor)
        else:
            page = service.list_inbox(actor, None, cursor=cursor)
    lines = list(page.rows)
    if shown == "mine":
        lines = [line for line in lines if line.worker_id == actor.member_id]
    return render_template(
        "referrals/show_inbox.html",
        groups=_groups(lines) if shown in {"open", "mine"} else [Group("", lines)],
        shown=shown,
        count=len(lines),
        next_cursor=page.next_cursor,
        about=describe,
    )


def _groups(lines: Iterable[ReferralLine]) -> list[Group]:
    """By time left for the answer; what was accepted comes after what waits."""
    titles = {
        "late": gettext("Overdue"),
        "hour": gettext("Within the hour"),
        "day": gettext("Within the day"),
        "later": gettext("Later"),
        "ours": gettext("Accepted, under way"),
    }
    found: dict[str, list[ReferralLine]] = {name: [] for name in titles}
    for line in lines:
        found[_bucket(line)].append(line)
    return [Group(titles[name], rows) for name, rows in found.items() if rows]


def _bucket(line: ReferralLine) -> str:
    left = line.decide_by - clock.now()
    if line.state != "sent":
        return "ours"
    if left <= timedelta(0):
        return "late"
    if left <= _HOUR:
        return "hour"
    return "day" if left <= _DAY else "later"


def describe(line: ReferralLine) -> str:
    """The person in a few words, from the summary: sex, age band, children; then the needs."""
    who = [word for word in (_word(line, "sex"), _word(line, "age_band")) if word]
    children = children_along(line.summary)
    if children:
        who.append(ngettext("%(num)s child", "%(num)s children", children))
    needs = "; ".join(map(_lowered, _word(line, "needs").split("; ")))
    first, *others = who or [""]
    return " · ".join(part for part in (", ".join([first, *map(_lowered, others)]), needs) if part)


def _lowered(words: str) -> str:
    """Some words as they stand inside a sentence."""
    return words[:1].lower() + words[1:]


def _word(line: ReferralLine, field: str) -> str:
    return forms.option_label("referral_summary", field, line.summary.get(field))


@bp.get("/referrals/<uuid:referral_id>")
def show_referral(referral_id: UUID) -> str:
    """One referral: the summary to the receiver, the state to the sender."""
    return _page(current_actor(), referral_id)


def _page(
    actor: Actor,
    referral_id: UUID,
    refusal: InvalidInput | None = None,
    typed: Mapping[str, str] | None = None,
) -> str:
    referral = queries.visible_referral(actor, referral_id)
    with db.unit_of_work():
        line = service.read_summary(actor, referral).line
        beside = service.list_inbox(actor, None).rows if line.is_incoming else []
    is_ours = line.is_incoming and line.is_open
    staff = queries.possible_workers(actor, referral) if is_ours else []
    return render_template(
        "referrals/show_referral.html",
        line=line,
        row=referral,
        other=recipient(line.from_circle_id if line.is_incoming else line.to_circle_id),
        summary=forms.shown_answers("referral_summary", line.summary, version=line.summary_version),
        kinds=", ".join(_lowered(forms.title_of(kind)) for kind in line.kinds),
        worker=names([line.worker_id]).get(line.worker_id, "") if line.worker_id else "",
        staff=staff,
        contact_at=suggested_contact(line.contact_by),
        offers=_offers(actor, referral),
        errors={name: " ".join(said) for name, said in _sentences(refusal).items()},
        typed=typed or {},
        groups=_groups(beside),
        circles=_circles(actor, referral) if line.is_incoming else [],
        about=describe,
    )


def _circles(actor: Actor, referral: Any) -> list[dict[str, str]]:
    without_me = gettext("A new circle of all the others: I have a conflict of interest")
    choices = circle_choices(actor, without=referral.to_circle_id)
    return [{"value": OTHERS, "label": without_me}, *choices]


def _sentences(refusal: InvalidInput | None) -> dict[str, list[str]]:
    return forms.sentences(refusal) if refusal else {}


def _offers(actor: Actor, referral: Any) -> dict[str, bool]:
    """Which buttons this actor is shown; the operations decide anew."""
    verbs: dict[str, Callable[..., Any]] = {
        "accept": service.accept_referral,
        "cancel": service.cancel_referral,
        "serve": service.start_service,
    }
    found = {name: may(actor, verb, referral) for name, verb in verbs.items()}
    found["open"] = Permission.CASE_READ in actor.permissions and is_visible(
        actor, referral.case_id
    )
    found["pass_on"] = referral.kind != "shelter" and may(actor, service.pass_on_referral, referral)
    found["custody"] = Permission.CUSTODY_TAKE in actor.permissions
    found["record"] = Permission.SERVICE_RECORD in actor.permissions
    found["shelter"] = Permission.SHELTER_MANAGE in actor.permissions
    return found


def suggested_contact(due: datetime) -> datetime:
    """The last round ten minutes before it is due, else the minute; once over, the next ten."""
    now = clock.now()
    for moment, step in ((due, _CONTACT_STEP), (due, _MINUTE)):
        if (offered := _floor(moment, step)) > now:
            return clock.local(offered)
    return clock.local(_floor(now + _CONTACT_STEP, _CONTACT_STEP))


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % step


@bp.post("/referrals/<uuid:referral_id>/accept")
def accept_referral(referral_id: UUID) -> BaseResponse | tuple[str, int]:
    """Accept: a named worker, a first contact; the content opens."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    try:
        typed = typed_for(AcceptSchema(), request.form)
        taken = loaded(AcceptSchema(), typed, said={"worker_id": "Choose who will see to it."})
        with db.unit_of_work():
            service.accept_referral(actor, referral, **taken)
    except InvalidInput as refusal:
        return _page(actor, referral_id, refusal, request.form.to_dict()), 422
    except ConsentMissing as refusal:
        flash(_no_longer_covered(refusal.missing), "late")
        return _back(referral_id)
    except StateConflict:
        return _lost_race(actor, referral_id)
    flash(gettext("Accepted. The content is open now."), "done")
    return _back(referral_id)


def _no_longer_covered(missing: Iterable[str]) -> str:
    said: str = gettext(
        "Consent was withdrawn meanwhile: %(sections)s. Call the agency that sent this.",
        sections=forms.titles_of(missing),
    )
    return said


@bp.post("/referrals/<uuid:referral_id>/decline")
def decline_referral(referral_id: UUID) -> BaseResponse | tuple[str, int]:
    """Say no, with a reason; the sender looks for another."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    try:
        taken = loaded(DeclineSchema(), typed_for(DeclineSchema(), request.form))
        with db.unit_of_work():
            service.decline_referral(actor, referral, **taken)
    except InvalidInput as refusal:
        return _page(actor, referral_id, refusal, request.form.to_dict()), 422
    except StateConflict:
        return _lost_race(actor, referral_id)
    flash(gettext("Declined. The sender has been told and looks for another service."), "done")
    return _back(referral_id)


@bp.post("/referrals/<uuid:referral_id>/circle")
def pass_on_referral(referral_id: UUID) -> BaseResponse | tuple[str, int]:
    """Hand it to another circle of the agency before anybody has answered."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    typed = request.form.to_dict()
    if typed.get("circle_id") == OTHERS:
        del typed["circle_id"]
    try:
        taken = loaded(PassOnSchema(), typed)
        with db.unit_of_work():
            service.pass_on_referral(actor, referral, **taken)
    except InvalidInput as refusal:
        return _page(actor, referral_id, refusal, request.form.to_dict()), 422
    flash(gettext("Passed on. Those in the other circle have been told."), "done")
    return redirect(url_for("referrals.show_inbox"), 303)


@bp.post("/referrals/<uuid:referral_id>/worker")
def name_worker(referral_id: UUID) -> BaseResponse | tuple[str, int]:
    """Name somebody else to see to it."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    try:
        typed = typed_for(WorkerSchema(), request.form)
        taken = loaded(WorkerSchema(), typed, said={"worker_id": "Choose who will see to it."})
        with db.unit_of_work():
            service.name_worker(actor, referral, **taken)
    except InvalidInput as refusal:
        return _page(actor, referral_id, refusal, request.form.to_dict()), 422
    except StateConflict:
        return _lost_race(actor, referral_id)
    flash(gettext("Named. The colleague has been told."), "done")
    return _back(referral_id)


_STEPS: Final[Mapping[str, Callable[..., Any]]] = {
    "start": service.start_service,
    "complete": service.complete_referral,
    "cancel": service.cancel_referral,
}


@bp.post("/referrals/<uuid:referral_id>/<any(start, complete, cancel):step>")
def advance_referral(referral_id: UUID, step: str) -> BaseResponse:
    """Begin the service, complete it, or take the referral back."""
    actor = current_actor()
    referral = queries.visible_referral(actor, referral_id)
    said = {
        "start": gettext("Noted: the service has begun."),
        "complete": gettext("Completed. The sender sees that, not what was written."),
        "cancel": gettext("Taken back. Nothing of its content can be opened any more."),
    }
    try:
        with db.unit_of_work():
            _STEPS[step](actor, referral)
    except StateConflict:
        return _lost_race(actor, referral_id)
    flash(said[step], "done")
    return _back(referral_id)


def _lost_race(actor: Actor, referral_id: UUID) -> BaseResponse:
    """Somebody was faster: say who, what and when, and show the referral as it is."""
    db.rollback()
    try:
        referral = queries.visible_referral(actor, referral_id)
    except NotFound:
        abort(404)
    line = queries.line_of(actor, referral)
    told = {"at": write_moment(line.state_at), "state": _state_word(line.state)}
    who = names([line.worker_id]).get(line.worker_id, "") if line.worker_id else ""
    if who:
        flash(gettext("Somebody was faster: %(state)s, %(who)s, %(at)s.", who=who, **told), "soon")
    else:
        flash(gettext("Somebody was faster: %(state)s, %(at)s.", **told), "soon")
    return _back(referral_id)


def _state_word(state: str) -> str:
    words: dict[str, str] = {
        "sent": gettext("Sent"),
        "accepted": gettext("Accepted"),
        "scheduled": gettext("Arranged"),
        "in_service": gettext("In service"),
        "completed": gettext("Completed"),
        "declined": gettext("Declined"),
        "withdrawn": gettext("Ended at her wish"),
        "cancelled": gettext("Taken back"),
        "expired": gettext("Expired"),
        "returned": gettext("To be sent again"),
    }
    return words.get(state, state)


def _back(referral_id: UUID) -> BaseResponse:
    return redirect(url_for("referrals.show_referral", referral_id=referral_id), 303)
