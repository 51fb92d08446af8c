"""Lists of cases, and one case: read, met, printed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from referral.accounts.queries import names
from referral.agencies.queries import Recipient, agency_names, recipient_names
from referral.audit.operation import may
from referral.cases import queries, service
from referral.cases.forms_in_force import kept_here, shelf
from referral.cases.opening import Opening
from referral.followup.service import record_follow_up
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, NotPermitted, StateConflict
from referral.kernel.permissions import Permission
from referral.referrals import service as referrals
from referral.referrals.queries import ReferralLine, referrals_of
from referral.vault.case_view import BasisState, SectionState
from referral.web.actor import current_actor
from referral.web.cases import timeline, view
from referral.web.cases.blueprint import bp
from referral.web.cases.care import care_of, contexts_in, type_to_check
from referral.web.cases.kinds import CORE_KINDS, OPEN_STATES, writable_kinds
from referral.web.cases.risk import newest_risk
from referral.web.format import language, write_moment
from referral.web.forms import option_label, title_of

ENDED_STATES: Final = ("closed",)
"""What the custodian asks first, in this order."""
"""Who is offered the medical form; others would only leave it empty."""


@dataclass(frozen=True)
class OpenCase:
    """A case opened for this request, with the names its page needs."""

    opened: service.OpenedCase
    names: Mapping[UUID, Recipient]
    agencies: Mapping[UUID, str]

    @property
    def custodian(self) -> str:
        """Who looks after the case."""
        found = self.opened.opening.view.custodian_agency
        return self.agencies.get(found, "") if found else ""

    @property
    def custodian_phone(self) -> str:
        """Where its agency is called; empty when none is listed."""
        circle = self.opened.opening.view.custodian_circle
        found = self.names.get(circle) if circle else None
        return found.phone if found else ""


def open_for(actor: Actor, case_id: UUID) -> OpenCase:
    """Open a case by the audited operation; `NotFound` for one the actor may not know of."""
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, case_id))
    return with_names(opened)


def with_names(opened: service.OpenedCase) -> OpenCase:
    """The names of every circle and agency in it, two queries."""
    agencies = agency_names(view.agencies_in(opened), language())
    return OpenCase(opened, recipient_names(sorted(view.circles_in(opened))), agencies)


def lines_of(actor: Actor, page: OpenCase) -> list[view.BasisLine]:
    """The consents and legal bases of an opened case that this session is shown."""
    opening = page.opened.opening
    lines = view.bases_of(
        opening,
        at=opening.at,
        agencies=page.agencies,
        circles=page.names,
        member_id=actor.member_id,
    )
    return [replace(line, not_sent=_not_sent(opening, line)) for line in lines]


def _not_sent(opening: Opening, line: view.BasisLine) -> str:
    """The parts that a basis in force covers, and that no referral has carried to its recipient.

    A basis opens nothing by itself, also where its recipient was sent other parts before.
    """
    basis = opening.view.bases[line.basis_id]
    if line.state not in view.IN_FORCE or basis.purpose == "statistics":
        return ""
    newest = {s.kind: s for s in opening.sections_of(basis.kinds - kept_here())}
    waiting = [kind for kind, section in newest.items() if not _is_there(opening, basis, section)]
    return ", ".join(title_of(kind) for kind in sorted(waiting))


def _is_there(opening: Opening, basis: BasisState, section: SectionState) -> bool:
    """Whether the recipient wrote the part, or it is on its way or there, as far as we may know."""
    here, ours = opening.view, opening.keyring.agency_ids
    knows_all = opening.is_custodian or section.holder_circle in opening.circle_ids
    return here.names(basis, section.holder_agency, section.holder_circle) or any(
        here.names(basis, grant.receiver_agency, grant.receiver_circle)
        and here.covers(grant, section.section_id, opening.at)
        for grant in here.grants.values()
        if knows_all or ours & {grant.giver_agency, grant.receiver_agency}
    )


def require(actor: Actor, permission: Permission) -> None:
    """`NotPermitted` for a role that has not this permission: a list is no operation."""
    if permission not in actor.permissions:
        raise NotPermitted(permission)


def require_state(case: Any, *states: str) -> None:
    """`StateConflict` unless the case stands so: no form is shown that could not be sent."""
    if case.state not in states:
        raise StateConflict(case.state, str(request.endpoint))


@bp.get("/cases")
def list_cases() -> str:
    """The cases of the actor's circles, newest first, open or ended."""
    actor = current_actor()
    is_ended = request.args.get("show") == "ended"
    with db.unit_of_work():
        page = service.list_cases(
            actor,
            None,
            states=ENDED_STATES if is_ended else OPEN_STATES,
            cursor=request.args.get("after"),
        )
    return render_template(
        "cases/list_cases.html",
        lines=page.rows,
        next_cursor=page.next_cursor,
        is_ended=is_ended,
        may_report=Permission.INCIDENT_REPORT in actor.permissions,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {
        "title_of_line": view.line_title,
        "needs_of": view.needs_of,
        "state_label": view.state_label,
        "state_look": view.STATE_LOOK,
    }


@bp.get("/cases/<uuid:case_id>")
def show_case(case_id: UUID) -> str:
    """One case as this session may see it."""
    return _case_page(current_actor(), case_id)


def _case_page(actor: Actor, case_id: UUID, *, number: str = "") -> str:
    page = open_for(actor, case_id)
    opened = page.opened
    name, about = view.heading(opened)
    contact = view.answers_of(opened, "safe_contact")
    writable, writable_too = writable_kinds(actor, opened)
    return render_template(
        "cases/show_case.html",
        case=opened.case,
        custodian=page.custodian,
        custodian_phone=page.custodian_phone,
        is_custodian=opened.opening.is_custodian,
        name=name,
        about=about,
        danger=_danger(page) if opened.case.state in OPEN_STATES else "",
        contact=contact,
        says_how=view.says_how(contact),
        contact_holder=view.contact_holder(opened, page.names),
        hours=_call_hours(opened),
        care=care_of(opened) if opened.case.state in OPEN_STATES else None,
        contexts=contexts_in(opened),
        risk=newest_risk(opened),
        type_to_check=type_to_check(opened),
        number=number,
        panels=view.panels_of(opened, page.names),
        faults=[page.agencies.get(agency, "") for agency in opened.opening.view.faults],
        bases=lines_of(actor, page),
        timeline=timeline.timeline_of(
            opened.opening, page.agencies, _referral_entries(actor, opened.case.id)
        ),
        may=_offers(actor, opened),
        is_to_move=bool(opened.opening.left_circles),
        conflicts=view.conflicts_of(opened),
        writable=writable,
        writable_too=writable_too,
        kinds_of_many={kind for kind, form in shelf.all().items() if form.many},
        title_of=title_of,
        **_words(),
    )


def _danger(page: OpenCase) -> str:
    """When and by whom danger was noted, while the newest report that opens here says so."""
    report = page.opened.section("incident_report")
    if report is None or report.answers.get("immediate_danger") != "yes":
        return ""
    ours = report.holder_circle in page.opened.opening.circle_ids
    writer = names([report.author_id]).get(report.author_id, "") if report.author_id else ""
    holder = page.names.get(report.holder_circle) if report.holder_circle else None
    who = writer if ours or holder is None else holder.name(language())
    moment = write_moment(report.written_at)
    return str(gettext("noted %(moment)s by %(name)s", moment=moment, name=who))


def _call_hours(opened: service.OpenedCase) -> str:
    contact = view.answers_of(opened, "safe_contact")
    hours = str(contact.get("call_times") or "")
    return hours or option_label("safe_contact", "reach", contact.get("reach"))


def _offers(actor: Actor, opened: service.OpenedCase) -> dict[str, bool]:
    """Which actions the page offers now; the operations themselves decide again."""
    case = opened.case
    if opened.opening.left_circles:
        return {
            "reopen": case.state == "closed" and may(actor, service.reopen_case, case),
            "move": may(actor, referrals.move_case, case),
            "withdraw": may(actor, service.withdraw_consent, case),
        }
    served = current_app.view_functions
    return {
        "meet": case.state == "reported" and may(actor, service.meet_survivor, case),
        "consent": case.state == "open" and may(actor, service.record_consent, case),
        "claim": case.state == "open" and may(actor, service.claim_legal_basis, case),
        "send": case.state == "open"
        and Permission.REFERRAL_SEND in actor.permissions
        and "referrals.send_referral" in served,
        "follow_up": case.state == "open"
        and may(actor, record_follow_up, case)
        and "followup.record_follow_up" in served,
        "close": case.state == "open" and may(actor, service.close_case, case),
        "move": may(actor, referrals.move_case, case),
        "declare": may(actor, referrals.declare_conflict, case),
        "print": may(actor, service.print_case, case),
        "withdraw": may(actor, service.withdraw_consent, case),
        "cosign": may(actor, service.cosign_basis, case),
    }


_REFERRAL_LOOK: Final[Mapping[str, tuple[str, str]]] = {
    "sent": ("move", "sent"),
    "accepted": ("move", "accepted"),
    "scheduled": ("move", "accepted"),
    "in_service": ("move", "serving"),
    "completed": ("done", "done"),
}


def referral_state_label(state: str) -> str:
    """The state of a referral in the glossary's words."""
    words: dict[str, str] = {
        "sent": gettext("Sent"),
        "accepted": gettext("Accepted"),
        "scheduled": gettext("Place arranged"),
        "in_service": gettext("In service"),
        "completed": gettext("Service completed"),
        "declined": gettext("Declined"),
        "withdrawn": gettext("Stopped at her wish"),
        "cancelled": gettext("Taken back"),
        "expired": gettext("Expired"),
        "returned": gettext("To be sent again"),
    }
    return words.get(state, state)


def referral_look(state: str) -> tuple[str, str]:
    """Tone and mark of a referral's state: a square has stopped."""
    return _REFERRAL_LOOK.get(state, ("halt", "halt"))


def other_side(line: ReferralLine) -> str:
    """The agency at the other end, a shelter by its code name."""
    return line.from_name(language()) if line.is_incoming else line.to_name(language())


def _referral_entries(actor: Actor, case_id: UUID) -> list[timeline.TimelineEntry]:
    return [
        timeline.TimelineEntry(
            *referral_look(line.state), words=_referral_words(line), at=line.state_at
        )
        for line in referrals_of(actor, case_id)
        if not _is_told_by_the_strand(line)
    ]


def _is_told_by_the_strand(line: ReferralLine) -> bool:
    """Custody that our agency took stands in its own strand already."""
    return line.kind == "custody" and line.state == "completed" and line.is_incoming


def _referral_words(line: ReferralLine) -> str:
    if line.kind == "custody" and line.state == "completed":
        return timeline.handed_over(line.from_name(language()), line.to_name(language()))
    if line.kind == "custody" and line.state == "sent":
        asked = line.to_name(language())
        return str(gettext("Asked to take the case over: %(name)s", name=asked))
    return f"{referral_state_label(line.state)}: {other_side(line)}"


@bp.post("/cases/<uuid:case_id>/number")
def reveal_number(case_id: UUID) -> str | BaseResponse:
    """Give out the phone number, last of all; as JSON to the page's script."""
    actor = current_actor()
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, case_id))
    number = str(view.answers_of(opened, "safe_contact").get("phone") or "")
    if not number:
        raise NotFound("no number that this session may see")
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(number=number)
    return _case_page(actor, case_id, number=number)


@bp.post("/cases/<uuid:case_id>/meet")
def meet_survivor(case_id: UUID) -> BaseResponse:
    """She has been met: the report becomes a case, and the first questions follow."""
    actor = current_actor()
    with db.unit_of_work():
        service.meet_survivor(actor, queries.visible_case(actor, case_id))
    flash(gettext("The case is open. The first questions follow; each may be left empty."), "done")
    return redirect(
        url_for("cases.write_section", case_id=case_id, kind=CORE_KINDS[0], guided=1), 303
    )


@bp.get("/cases/<uuid:case_id>/print")
def print_case(case_id: UUID) -> str:
    """The case for paper: by its code, without names, black on white.

    Where she is met and what was agreed upon come along only where the reader chooses so.
    """
    actor, is_guarded = current_actor(), request.args.get("guarded") != "0"
    with db.unit_of_work():
        opened = service.print_case(actor, queries.visible_case(actor, case_id))
    page = with_names(opened)
    return render_template(
        "cases/print_case.html",
        case=opened.case,
        custodian=page.custodian,
        about=view.heading(opened)[1],
        panels=view.panels_of(
            opened, page.names, without=view.NAMING | (view.GUARDING if is_guarded else set())
        ),
        is_guarded=is_guarded,
        printed_at=clock.now(),
    )
