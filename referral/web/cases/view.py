"""How a case that has been opened is shown: from the opened case to lines and panels."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext, ngettext

from referral.accounts.queries import names
from referral.agencies.queries import Recipient
from referral.cases.forms.definition import DECLINED, PAPER, UNKNOWN
from referral.cases.forms_in_force import children_along
from referral.cases.opening import OPEN, OpenedSection, Opening
from referral.cases.queries import CaseLine
from referral.cases.service import OpenedCase
from referral.vault.case_view import LEGAL, BasisState
from referral.web.cases.late_entry import GUARDED_NAME, is_kept, written_on_paper
from referral.web.cases.risk import result_rows
from referral.web.format import language, write_moment
from referral.web.forms import option_label, shown_answers, title_of

ORDER: Final = (
    "incident_report",
    "incident",
    "needs",
    "identity",
    "safe_contact",
    "risk_triage",
    "risk_child",
    "household",
    "child",
    "perpetrator",
    "medical",
    "psychosocial",
    "police_legal",
    "safety_plan",
    "action_plan",
    "service",
    "follow_up",
    "case_note",
    "closure",
    "reopening",
)
"""The order of sections on a case's page; a form of the installation's own comes after."""
BESIDE: Final = frozenset({"conflict", "consent", "legal_basis", "stay_note", "referral_summary"})
"""Kinds that have a place of their own: bases stand in the consent list, notes in the house."""
BEHIND_BUTTON: Final = frozenset({"phone"})
NAMING: Final = frozenset(
    {
        "alias",
        "giver_name",
        "id_number",
        "interpreter_name",
        "paper_name",
        "perpetrator_name",
        "phone",
        GUARDED_NAME,
        "spoken_name",
        "trusted_person",
        "witness_name",
    }
)
"""Answers that never stand on paper: a printed case runs by its code."""
GUARDING: Final = frozenset({"code_word", "danger_word", "if_another_answers", "meeting_place"})
"""Answers that protect her while nobody else has read them: on paper only where it is chosen."""


@dataclass(frozen=True)
class SectionPanel:
    """One section as the page shows it."""

    section_id: UUID
    kind: str
    title: str
    status: str
    holder: str
    phone: str
    about: str
    rows: list[tuple[str, str]] = field(repr=False)
    readers: list[str]
    is_own: bool
    is_held_here: bool
    written_at: datetime | None = None
    revision: int = 1
    paper: str = ""
    """That it was written on paper first: when, by whom, and when it was typed in."""
    is_paper_kept: bool = False
    mark: str = ""
    """What tells it in the index from others of its kind: day and holder; empty for an only one."""

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return f"s-{self.section_id}"


@dataclass(frozen=True)
class BasisLine:
    """One consent or legal basis, with what may still be done about it."""

    basis_id: UUID
    is_legal: bool
    state: str
    recipient: str
    kinds: str
    purpose: str
    at: datetime
    expires_at: datetime
    ended_at: datetime | None
    cosign_by: datetime | None
    may_cosign: bool
    is_carried: bool = False
    """Its recipient has ended: the law carries it to a successor, and she is asked again."""
    not_sent: str = ""
    """What it covers and no referral has carried to its recipient yet."""
    recipient_ids: Mapping[str, UUID] = field(default_factory=dict)
    """The recipient as an address names it."""


def panels_of(
    opened: OpenedCase, names: Mapping[UUID, Recipient], *, without: frozenset[str] = BEHIND_BUTTON
) -> list[SectionPanel]:
    """The sections in the order of the page; `names` knows every circle concerned."""
    rank = {kind: at for at, kind in enumerate(ORDER)}
    shown = [s for s in opened.sections if s.kind not in BESIDE]
    shown.sort(key=lambda s: (rank.get(s.kind, len(rank)), s.written_at is None, str(s.written_at)))
    own = opened.opening.circle_ids
    return _told_apart([_panel(section, own, names, without) for section in shown])


def _told_apart(panels: list[SectionPanel]) -> list[SectionPanel]:
    """Each panel of a kind that stands there more than once gets its day and its holder."""
    count = Counter(panel.kind for panel in panels)
    return [
        replace(panel, mark=_mark(panel)) if count[panel.kind] > 1 else panel for panel in panels
    ]


def _mark(panel: SectionPanel) -> str:
    holder = gettext("Our agency") if panel.is_held_here else panel.holder
    return f"{write_moment(panel.written_at)} · {holder}" if panel.written_at else str(holder)


def _panel(
    section: OpenedSection,
    own: frozenset[UUID],
    names: Mapping[UUID, Recipient],
    without: frozenset[str],
) -> SectionPanel:
    is_open = section.status == OPEN
    holder = names.get(section.holder_circle) if section.holder_circle else None
    is_held_here = section.holder_circle in own
    return SectionPanel(
        section_id=section.section_id,
        kind=section.kind,
        title=title_of(section.kind),
        status=section.status,
        holder=holder.name(language()) if holder else gettext("another agency"),
        phone=holder.phone if holder and holder.purpose != "shelter" else "",
        about=_about(section, holder, is_held_here) if is_open else "",
        rows=[*rows_of(section, without=without | {PAPER.id}), *result_rows(section)]
        if is_open
        else [],
        readers=[
            names[circle].name(language())
            for _agency, circle in section.readers
            if circle not in own and circle in names
        ],
        is_own=is_held_here or any(circle in own for _agency, circle in section.readers),
        is_held_here=is_held_here,
        written_at=section.written_at,
        revision=section.revision,
        paper=written_on_paper(
            section,
            names_whom=GUARDED_NAME not in without,
            of="" if is_held_here or holder is None else holder.name(language()),
        ),
        is_paper_kept=is_open and is_kept(section),
    )


def _about(section: OpenedSection, holder: Recipient | None, is_held_here: bool) -> str:  # noqa: FBT001 - private, named at its one call
    words = {
        "holder": gettext("Our agency") if is_held_here or not holder else holder.name(language()),
        "revision": section.revision,
        "moment": write_moment(section.written_at),
    }
    return str(gettext("%(holder)s holds it · version %(revision)s, %(moment)s", **words))


def agencies_in(opened: OpenedCase) -> set[UUID]:
    """Every agency that the page of a case may name."""
    view = opened.opening.view
    found = {entry.agency_id for entry in view.entries} | {*view.faults}
    found.update(b.recipient_agency for b in view.bases.values() if b.recipient_agency)
    return found | {opened.case.custodian_agency_id}


def circles_in(opened: OpenedCase) -> set[UUID]:
    """Every circle whose name the page may need, for one query."""
    found: set[UUID] = set()
    for section in opened.sections:
        found.update(circle for _agency, circle in section.readers)
        if section.holder_circle:
            found.add(section.holder_circle)
    view = opened.opening.view
    found.update(b.recipient_circle for b in view.bases.values() if b.recipient_circle)
    found.update(g.receiver_circle for g in view.grants.values())
    if view.custodian_circle:
        found.add(view.custodian_circle)
    return found


def heading(opened: OpenedCase) -> tuple[str, str]:
    """The name to be shown (the code where there is none) and the line below it."""
    identity = answers_of(opened, "identity")
    needs = answers_of(opened, "needs")
    name = identity.get("spoken_name") or identity.get("paper_name") or ""
    return str(name if name != "declined" else ""), describe({**identity, **needs})


def answers_of(opened: OpenedCase, kind: str) -> Mapping[str, Any]:
    """The answers of an open section of a kind; empty when none is open to this session."""
    section = opened.section(kind)
    is_open = section is not None and section.status == OPEN
    return section.current_answers if section is not None and is_open else {}


def says_how(contact: Mapping[str, Any]) -> bool:
    """Whether she has said in which way she may be reached: without that nobody calls.

    A number alone, or what must not be done, is no way.
    """
    return contact.get("reach", UNKNOWN.id) not in {UNKNOWN.id, DECLINED.id}


def contact_holder(opened: OpenedCase, names: Mapping[UUID, Recipient]) -> str:
    """Who may know how she is reached, where this session may not read it; empty otherwise."""
    shut = (s for s in opened.sections if s.kind == "safe_contact" and s.status != OPEN)
    section = next(shut, None)
    if section is None:
        return ""
    holder = names.get(section.holder_circle) if section.holder_circle else None
    return holder.name(language()) if holder else gettext("another agency")


def rows_of(section: OpenedSection, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """The answers of an open section as lines, in the words of the version that asked them."""
    return shown_answers(
        section.kind, section.answers, version=section.form_version, without=without
    )


def conflicts_of(opened: OpenedCase) -> list[tuple[str, str]]:
    """Who has been left out of the case and why, for those who have it."""
    found = [s.answers for s in opened.sections if s.kind == "conflict" and s.status == OPEN]
    named = names([UUID(each["member"]) for each in found])
    related = [option_label("conflict", "relation", each.get("relation")) for each in found]
    return [(named.get(UUID(e["member"]), ""), how) for e, how in zip(found, related, strict=True)]


def describe(answers: Mapping[str, Any]) -> str:
    """Sex, age band, language, children: what a list and a heading say of a person."""
    parts = [
        option_label("identity", "sex", answers.get("sex")),
        option_label("identity", "age_band", answers.get("age_band")),
        _interpreter(answers),
        _children(children_along(answers)),
    ]
    words = " · ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def _interpreter(answers: Mapping[str, Any]) -> str:
    if answers.get("interpreter_needed") != "yes":
        return ""
    spoken = option_label("identity", "language", answers.get("language"))
    return str(gettext("needs an interpreter: %(language)s", language=spoken or "?"))


def _children(count: int | None) -> str:
    if not count:
        return ""
    return str(ngettext("with %(num)s child", "with %(num)s children", count))


def needs_of(answers: Mapping[str, Any]) -> str:
    """The needs named on a card, in words."""
    return option_label("needs", "needs", answers.get("needs"))


def state_label(state: str) -> str:
    """The state of a case in words."""
    words: dict[str, str] = {
        "reported": gettext("Report, not met yet"),
        "open": gettext("Being supported"),
        "closed": gettext("Closed"),
    }
    return words.get(state, state)


STATE_LOOK: Final[Mapping[str, tuple[str, str]]] = {
    "reported": ("soon", "asked"),
    "open": ("move", "serving"),
    "closed": ("done", "done"),
}
"""State of a case → tone and mark."""


def line_title(line: CaseLine) -> str:
    """What a list says of a case beside its code: never a name."""
    return describe(line.card) or gettext("Details not known yet")


PURPOSE_IDS: Final = ("support", "shelter", "statistics")


def purpose_label(purpose: str) -> str:
    """What a basis was given for, in words."""
    words: dict[str, str] = {
        "support": gettext("Support and care"),
        "shelter": gettext("A safe place to stay"),
        "statistics": gettext("Statistics without a name"),
    }
    return words.get(purpose) or option_label("legal_basis", "reason", purpose) or purpose


IN_FORCE: Final = ("live", "waiting")
"""States of a basis on which something may still be shared."""


def bases_of(
    opening: Opening,
    *,
    at: datetime,
    agencies: Mapping[UUID, str],
    circles: Mapping[UUID, Recipient],
    member_id: UUID | None,
) -> list[BasisLine]:
    """Consents and legal bases that this session is shown, newest first."""
    known = [b for b in opening.view.bases.values() if opening.knows_basis(b)]
    lines = [
        replace(_basis(b, at, agencies, circles, member_id), is_carried=opening.view.is_carried(b))
        for b in known
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _basis(
    basis: BasisState,
    at: datetime,
    agencies: Mapping[UUID, str],
    circles: Mapping[UUID, Recipient],
    member_id: UUID | None,
) -> BasisLine:
    named = circles.get(basis.recipient_circle) if basis.recipient_circle else None
    agency = agencies.get(basis.recipient_agency, "") if basis.recipient_agency else ""
    waits = basis.form == LEGAL and basis.cosigned_at is None
    return BasisLine(
        basis_id=basis.basis_id,
        is_legal=basis.form == LEGAL,
        state=_basis_state(basis, at),
        recipient=named.name(language()) if named else agency,
        recipient_ids=_recipient_ids(basis),
        kinds=", ".join(title_of(kind) for kind in sorted(basis.kinds)),
        purpose=purpose_label(basis.purpose),
        at=basis.at,
        expires_at=basis.expires_at,
        ended_at=basis.ended_at,
        cosign_by=basis.cosign_by if waits else None,
        may_cosign=waits and basis.author_id != member_id,
    )


def _recipient_ids(basis: BasisState) -> dict[str, UUID]:
    if basis.recipient_circle is not None:
        return {"circle_id": basis.recipient_circle}
    return {"agency_id": basis.recipient_agency} if basis.recipient_agency is not None else {}


def _basis_state(basis: BasisState, at: datetime) -> str:
    if basis.ended_at is not None:
        return "withdrawn"
    if basis.is_suspended:
        return "suspended"
    if not basis.is_live(at):
        return "lapsed"
    return "waiting" if basis.form == LEGAL and basis.cosigned_at is None else "live"
