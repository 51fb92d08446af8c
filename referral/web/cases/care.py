"""What follows from the answers about an incident, as the page of a case says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from referral.cases.classification import Context, acts_before_type, age_at, contexts_of
from referral.cases.opening import OPEN
from referral.cases.service import OpenedCase
from referral.cases.windows import Window, ended_at, urgency_by, windows_of
from referral.kernel import clock
from referral.web.cases import view
from referral.web.format import ClockFace, clock_face, language


@dataclass(frozen=True, slots=True)
class CareLine:
    """One kind of care: what it is, what to mind, and how long it helps still."""

    label: str
    advice: str
    face: ClockFace | None
    """None where it has no end, or nobody knows when the assault ended."""
    is_over: bool


@dataclass(frozen=True, slots=True)
class Care:
    """The care that an incident asks for, and how urgent it makes a referral."""

    lines: Sequence[CareLine]
    urgency: str | None
    is_day_unknown: bool


def care_of(opened: OpenedCase) -> Care | None:
    """The care that the incident asks for now; None where it asks for none."""
    incident = view.answers_of(opened, "incident")
    sex = view.answers_of(opened, "identity").get("sex")
    now, zone = clock.now(), clock.clock.zone
    found = windows_of(incident, sex, now=now, zone=zone)
    if not found:
        return None
    asked = urgency_by(incident, found, now=now, zone=zone)
    is_unknown = any(window.care.hours and window.closes_at is None for window in found)
    return Care([_line(window) for window in found], asked, is_unknown)


def _line(window: Window) -> CareLine:
    care, is_over = window.care, not window.is_open
    face = clock_face(window.closes_at) if window.closes_at and not is_over else None
    return CareLine(care.label(language()), care.advice(language()), face, is_over)


def contexts_in(opened: OpenedCase) -> list[str]:
    """The contexts that follow from what this session may read, in words."""
    incident = view.answers_of(opened, "incident")
    relations = [
        str(section.current_answers.get("relation"))
        for section in opened.sections
        if section.kind == "perpetrator" and section.status == OPEN
    ]
    identity = opened.section("identity")
    asked_on = clock.today()
    if identity is not None and identity.written_at is not None:
        asked_on = clock.local(identity.written_at).date()
    happened = ended_at(incident, clock.clock.zone)
    on = happened.date() if happened else None
    age = age_at(view.answers_of(opened, "identity"), on, asked_on=asked_on)
    words = _context_words()
    return [words[context] for context in contexts_of(incident, relations=relations, age=age)]


def type_to_check(opened: OpenedCase) -> str:
    """A sentence where an act that was named asks for an earlier type than the one chosen."""
    acts = acts_before_type(view.answers_of(opened, "incident"))
    if not acts:
        return ""
    return str(
        gettext(
            "The act under %(letters)s points to an earlier type in the order. Look at it again.",
            letters=", ".join(acts),
        )
    )


def _context_words() -> dict[Context, str]:
    return {
        Context.INTIMATE_PARTNER: gettext("By a present or former partner"),
        Context.CHILD_SEXUAL_ABUSE: gettext("Sexual violence against somebody under 18"),
        Context.EARLY_MARRIAGE: gettext("Marriage under 18"),
        Context.SEXUAL_EXPLOITATION: gettext("Possibly sexual exploitation"),
        Context.SEXUAL_SLAVERY: gettext("Possibly sexual slavery or trafficking"),
        Context.HARMFUL_PRACTICE: gettext("Harmful custom"),
    }
