"""The first page after sign-in: what waits for me, what is late, who has what, free places."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from flask import Blueprint, current_app, render_template, url_for
from flask_babel import gettext, ngettext

from referral.accounts.queries import visible_member, workers
from referral.accounts.service import fingerprint_of
from referral.agencies.queries import agency
from referral.audit.operation import may
from referral.cases.forms_in_force import shelf
from referral.cases.queries import DraftLine, lines_of, visible_drafts
from referral.followup.queries import DueCount, TaskLine, count_due, visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.referrals.queries import AskedCount, ReferralLine, count_asked, outbox
from referral.referrals.service import list_inbox
from referral.reporting.queries import visible_editions
from referral.reporting.service import approve_edition
from referral.shelters.queries import PlaceLine, places_near, stays_of
from referral.web.actor import current_actor
from referral.web.cases import view
from referral.web.cases.kinds import OPEN_STATES
from referral.web.cases.pages import (
    other_side,
    referral_look,
    referral_state_label,
)
from referral.web.format import ClockFace, clock_face, language, write_date, write_moment
from referral.web.forms import title_of
from referral.web.frame import navigation
from referral.web.tour import tour_of

bp = Blueprint("today", __name__)

UNDER_WAY: Final = ("sent", "accepted", "scheduled", "in_service")
A_DAY: Final = timedelta(days=1)
NEARBY: Final = 4
WITH_OTHERS: Final = 8


@dataclass(frozen=True)
class Row:
    """One thing to do, or one thing that another does: a link, in words, with its clock."""

    href: str
    code: str = ""
    what: str = ""
    about: str = ""
    level: str = ""
    source: str = ""
    face: ClockFace | None = None
    look: tuple[str, str, str] | None = None
    """Tone, mark and word of a state."""

    @property
    def is_pressing(self) -> bool:
        """Whether it is late, or soon will be."""
        return self.face is not None and self.face.tone in {"late", "soon"}

    @property
    def is_distant(self) -> bool:
        """Whether it can wait for another day: a task due in more than 24 hours."""
        due_at = self.face.due_at if self.face and not self.level else None
        return due_at is not None and due_at - clock.now() > A_DAY


@bp.get("/")
def show_today() -> str:
    """*Việc hôm nay*, for this role: what the permission lacks is not there."""
    actor = current_actor()
    incoming = _incoming(actor)
    waiting = [line for line in incoming if line.state == "sent"]
    due = _by_clock([*map(_asked, waiting), *(_task(actor, line) for line in _tasks(actor))])
    pressing = [row for row in due if row.is_pressing]
    later = [row for row in due if not row.is_pressing and not row.is_distant]
    coming = [row for row in due if row.is_distant]
    duty = _duty(actor)
    started = [_started(line) for line in incoming if line.state != "sent"]
    return render_template(
        "today/show_today.html",
        pressing=pressing,
        later=later + started + _editions(actor),
        coming=coming,
        drafts=_drafts(actor),
        duty=duty,
        with_others=_with_others(actor),
        places=[_place(line) for line in _places(actor)][:NEARBY],
        may_report=Permission.INCIDENT_REPORT in actor.permissions,
        may_read=Permission.CASE_READ in actor.permissions,
        may_refer=Permission.REFERRAL_READ in actor.permissions,
        may_ask_places=Permission.PLACE_READ in actor.permissions,
        digits=_digits(actor),
        tour=tour_of(actor),
        rooms=[item for item in navigation(actor, {}, None) if item.href != url_for(".show_today")],
    )


def _digits(actor: Actor) -> str:
    """What somebody whose account waits reads out to the administrator on the phone."""
    if actor.permissions or actor.member_id is None:
        return ""
    return fingerprint_of(visible_member(actor, actor.member_id))


@dataclass(frozen=True)
class Duty:
    """What who stands duty is told of the agency: counts, and which colleague can act."""

    asked: AskedCount
    due: DueCount
    colleagues: list[str]

    @property
    def is_pressing(self) -> bool:
        """Whether somebody must be called now."""
        return bool(self.asked.late or self.asked.emergencies or self.due.late)


def _duty(actor: Actor) -> Duty | None:
    if Permission.DUTY_READ not in actor.permissions:
        return None
    colleagues = [member.display_name for member in workers(actor)]
    return Duty(count_asked(actor), count_due(actor), colleagues)


def _by_clock(rows: Iterable[Row]) -> list[Row]:
    """The first to fall due first; emergencies before all."""
    return sorted(rows, key=_urgency_of)


def _urgency_of(row: Row) -> tuple[bool, str]:
    due_at = row.face.due_at if row.face else None
    return row.level != "p0", due_at.isoformat() if due_at else "9"


def _asked(line: ReferralLine) -> Row:
    """A referral that waits for our answer: who asks, for whom, until when."""
    return Row(
        href=url_for("referrals.show_referral", referral_id=line.id),
        code=line.case_code,
        level=line.urgency,
        source=gettext("from %(name)s", name=line.from_name(language())),
        what=_KIND_WORDS[line.kind](),
        about=_about(line),
        face=clock_face(line.decide_by, line.sent_at),
    )


_KIND_WORDS = {
    "service": lambda: str(gettext("Answer the request for support")),
    "shelter": lambda: str(gettext("Answer the request for a place")),
    "custody": lambda: str(gettext("Answer whether our agency takes the case over")),
}


def _about(line: ReferralLine) -> str:
    summary = dict(line.summary)
    needs = view.needs_of(summary)
    return " · ".join(part for part in (view.describe(summary), needs) if part)


def _started(line: ReferralLine) -> Row:
    """A referral that we have accepted: its state, until it is completed."""
    tone, shape = referral_look(line.state)
    first = line.first_contact_at
    return Row(
        href=url_for("referrals.show_referral", referral_id=line.id),
        code=line.case_code,
        source=gettext("from %(name)s", name=line.from_name(language())),
        about=gettext("First contact %(moment)s", moment=write_moment(first)) if first else "",
        look=(tone, shape, referral_state_label(line.state)),
    )


def _tasks(actor: Actor) -> list[TaskLine]:
    """Nobody is asked to do what they may not open."""
    needed = {Permission.TASK_READ, Permission.CASE_READ}
    if not needed <= actor.permissions:
        return []
    may_sign = Permission.BASIS_COSIGN in actor.permissions
    return [line for line in visible_tasks(actor) if may_sign or line.kind != "cosign"]


def _task(actor: Actor, line: TaskLine) -> Row:
    return Row(
        href=_place_of(actor, line),
        code=line.case_code,
        what=line.label(language()),
        face=clock_face(line.due_at),
        look=("late", "alert", gettext("Danger reported")) if line.is_danger else None,
    )


_OF_CASE: Final = {
    "confirm_access": (Permission.CONSENT_RECORD, "cases.list_suspended"),
    "move_again": (Permission.CASE_MOVE, "cases.move_case"),
    "reconfirm": (Permission.CONSENT_RECORD, "cases.record_consent"),
}
"""Tasks that are done on a page of their own, by those who may."""


def _place_of(actor: Actor, line: TaskLine) -> str:
    """Where a task is done: its own page if there is one, else the case."""
    granted, served = actor.permissions, current_app.view_functions
    if line.kind == "cosign" and line.object_id and Permission.BASIS_COSIGN in granted:
        return url_for("cases.cosign_basis", case_id=line.case_id, basis_id=line.object_id)
    if line.kind == "destroy_paper" and line.object_id and Permission.SECTION_WRITE in granted:
        return url_for("cases.destroy_paper", case_id=line.case_id, section_id=line.object_id)
    permission, endpoint = _OF_CASE.get(line.kind, (None, ""))
    if permission in granted:
        return url_for(endpoint, case_id=line.case_id)
    if line.kind == "send_again" and line.object_id:
        return url_for("referrals.show_referral", referral_id=line.object_id)
    is_open = "followup.record_follow_up" in served and Permission.FOLLOW_UP_RECORD in granted
    if line.kind == "follow_up" and is_open:
        return url_for("followup.record_follow_up", case_id=line.case_id)
    return url_for("cases.show_case", case_id=line.case_id)


def _incoming(actor: Actor) -> list[ReferralLine]:
    """What others ask of this circle, opened as one list."""
    if not may(actor, list_inbox, None):
        return []
    with db.unit_of_work():
        return list(list_inbox(actor, None).rows)


def _with_others(actor: Actor) -> list[Row]:
    """What our agency has sent and another now looks after."""
    if Permission.REFERRAL_READ not in actor.permissions:
        return []
    return [_sent(line) for line in outbox(actor, states=UNDER_WAY).rows[:WITH_OTHERS]]


def _sent(line: ReferralLine) -> Row:
    tone, shape = referral_look(line.state)
    if line.state == "sent":
        step = gettext("answer due %(at)s", at=write_moment(line.decide_by))
    else:
        step = write_moment(line.state_at)
    return Row(
        href=url_for("referrals.show_referral", referral_id=line.id),
        code=line.case_code,
        about=f"{other_side(line)} · {step}",
        look=(tone, shape, referral_state_label(line.state)),
    )


def _drafts(actor: Actor) -> list[Row]:
    """Forms begun that can be finished still, newest first."""
    rows = visible_drafts(actor)
    about = [one for row in rows if (one := _subject(row.place))]
    begun_again = {_subject(row.place) for row in rows if row.place.startswith("reopening:")}
    cases = lines_of(actor, about) if about else {}
    codes = {
        case_id: line.code
        for case_id, line in cases.items()
        if line.state in OPEN_STATES or case_id in begun_again
    }
    stays = stays_of(actor, [one for one in about if one not in cases])
    codes |= {
        stay_id: line.facts.case_code
        for stay_id, line in stays.items()
        if line.facts and line.takes_notes
    }
    return [made for row in rows if (made := _draft(row, codes))]


def _editions(actor: Actor) -> list[Row]:
    """Figures that wait for this second person."""
    if Permission.EDITION_APPROVE not in actor.permissions:
        return []
    waiting = [row for row in visible_editions(actor) if row.state == "draft"]
    return [
        Row(
            href=url_for("reporting.show_edition", edition_id=row.id),
            what=gettext(
                "Check the figures of %(year)s, edition %(number)s",
                year=row.year,
                number=row.number,
            ),
            look=("soon", "wait", gettext("Waits for a second person")),
        )
        for row in waiting
        if may(actor, approve_edition, row)
    ]


def _subject(place: str) -> UUID | None:
    """The case or stay that a form is about."""
    return _ids_in(place)[0]


def _ids_in(place: str) -> tuple[UUID | None, UUID | None]:
    """Of a case or stay, and of the section that is corrected where it has several of the kind."""
    try:
        found = [UUID(part) for part in place.split(":")[1:]]
    except ValueError:
        found = []
    return (found[0] if found else None, found[1] if len(found) > 1 else None)


def _draft(line: DraftLine, codes: Mapping[UUID, str]) -> Row | None:
    kind, (about, section_id) = line.place.partition(":")[0], _ids_in(line.place)
    if kind not in shelf.all() or (about is not None and about not in codes):
        return None
    return Row(
        href=_form_of(kind, about, section_id),
        code=codes[about] if about else "",
        what=gettext("Go on writing: %(form)s", form=title_of(kind)),
        about=gettext(
            "Draft saved %(moment)s · deleted after %(day)s unless it is continued",
            moment=write_moment(line.saved_at),
            day=write_date(line.kept_until),
        ),
    )


_PAGES: Final = {
    "closure": "cases.close_case",
    "consent": "cases.record_consent",
    "follow_up": "followup.record_follow_up",
    "legal_basis": "cases.claim_legal_basis",
    "referral_summary": "referrals.send_referral",
    "reopening": "cases.reopen_case",
}
"""Of a form about a case that is no section of it."""


def _form_of(kind: str, about: UUID | None, section_id: UUID | None) -> str:
    if about is None:
        return url_for("cases.report_incident")
    if kind == "stay_note":
        return url_for("shelters.show_stay", stay_id=about)
    if kind in _PAGES:
        return url_for(_PAGES[kind], case_id=about)
    return url_for("cases.write_section", case_id=about, kind=kind, section_id=section_id)


@dataclass(frozen=True)
class Place:
    """What may be said of a circle's places: a number, ask, or not known."""

    name: str
    free: str
    about: str
    is_known: bool


def _places(actor: Actor) -> list[PlaceLine]:
    if Permission.PLACE_READ not in actor.permissions or actor.agency_id is None:
        return []
    unit = agency(actor.agency_id).unit_code
    return places_near(actor, unit_code=unit, on=clock.today())


def _place(line: PlaceLine) -> Place:
    name = line.name(language())
    if line.pooled:
        return Place(name, gettext("Ask"), gettext("Call the keeper on duty."), is_known=False)
    if line.free is None:
        about = gettext("Not confirmed within 12 hours. Call before bringing anybody.")
        return Place(name, gettext("Unclear"), about, is_known=False)
    free = ngettext("%(num)s place", "%(num)s places", line.free)
    about = gettext("confirmed %(moment)s", moment=write_moment(line.confirmed_at))
    return Place(name, free, about, is_known=True)
