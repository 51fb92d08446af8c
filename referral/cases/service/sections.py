"""Writing a section: a new revision, a strand entry, and new keys where a grant has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from referral.audit.detail import Said, tell
from referral.audit.operation import operation
from referral.cases import policy
from referral.cases.cards import store_card
from referral.cases.events import PaperGone, PaperKept, SectionWritten
from referral.cases.forms.definition import SHEET
from referral.cases.forms.messages import Message
from referral.cases.forms.risk import JUDGED, is_lowered
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, checked, shelf
from referral.cases.late_entry import expect_true, heard_at, paper_of, recorded_at
from referral.cases.model import CaseFile, Section, SectionRevision, SectionRevisionBody
from referral.cases.opening import OPEN, OpenedSection, Opening, open_case_view, open_sections
from referral.cases.sharing import keep_own, renew_for_readers
from referral.cases.states import CaseState
from referral.cases.strands import advance, lock
from referral.kernel import clock, events
from referral.kernel.actor import Actor
from referral.kernel.db import add_as, session
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict, VersionConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.case_view import SectionState
from referral.vault.keys import keyring_of
from referral.vault.sections import RevisionPlace, SealedRevision, new_section_key, seal_revision


@dataclass(frozen=True)
class OpenedCase:
    """A case as one session sees it."""

    case: CaseFile
    opening: Opening
    sections: list[OpenedSection]

    def section(self, kind: str) -> OpenedSection | None:
        """The newest section of a kind, open ones first."""
        found = [s for s in self.sections if s.kind == kind]
        found.sort(key=lambda s: s.status == "open")
        return found[-1] if found else None


@operation(Permission.SECTION_WRITE, policy.in_circle_of_case)
def write_section(
    actor: Actor,
    case: CaseFile,
    *,
    kind: str,
    answers: Mapping[str, Any],
    expected_revision: int | None = None,
    section_id: UUID | None = None,
    made_as: UUID | None = None,
) -> Section:
    """Write a section, new or a further revision, as its holder.

    `expected_revision` is the revision it was made from, 0 or None for a new one;
    `VersionConflict` when somebody wrote first, `NotPermitted` when another circle holds it.
    `made_as` is the id of a new one that a client has made; `IdTaken` when another has it.
    """
    lock(case, keyring_of(actor))
    if case.state == CaseState.CLOSED:
        raise StateConflict(case.state, "write_section")
    if kind in OF_THEIR_OWN_OPERATION:
        raise InvalidInput({"kind": ["Choose from the answers listed."]})
    taken = checked(kind, answers)
    opening = open_case_view(actor, case)
    tell(Said.SECTION, kind)
    header = put_section(
        actor,
        opening,
        kind,
        taken,
        expected_revision=expected_revision,
        section_id=section_id,
        made_as=made_as,
    )
    tell(Said.REVISION, header.revision)
    return header


def _expect_judged_rightly(actor: Actor, kind: str, taken: Mapping[str, Any]) -> None:
    """A scored risk may be judged higher by who works on it, lower only by a supervisor."""
    risk = shelf.form(kind).risk
    if risk is None:
        return
    contradicting = risk.contradictions(taken)
    if contradicting:
        raise InvalidInput({item: [str(Message.CONTRADICTS)] for item in contradicting})
    if is_lowered(risk, taken) and Permission.RISK_LOWER not in actor.permissions:
        raise InvalidInput({JUDGED: [str(Message.ONLY_HIGHER)]})


def add_section(
    actor: Actor,
    case: CaseFile,
    kind: str,
    answers: Mapping[str, Any],
    *,
    made_as: UUID | None = None,
) -> Section:
    """One more section of a kind with an operation of its own, which calls this."""
    taken = checked(kind, answers)
    lock(case, keyring_of(actor))
    return put_section(actor, open_case_view(actor, case), kind, taken, made_as=made_as)


def put_section(
    actor: Actor,
    opening: Opening,
    kind: str,
    answers: dict[str, Any],
    *,
    expected_revision: int | None = None,
    section_id: UUID | None = None,
    circle_id: UUID | None = None,
    made_as: UUID | None = None,
) -> Section:
    """`write_section` for operations that have opened and locked the case already."""
    circle = circle_id or opening.acting_circle()
    opening.expect_here(circle)
    state = _existing(opening, kind, circle, section_id)
    _refuse_other_revision(kind, state, expected_revision)
    written = _write(actor, opening, circle, kind, answers, state=state, made_as=made_as)
    header = written.header
    if state is None or header.generation != state.generation:
        keep_own(opening, circle)
        renew_for_readers(opening, header.id)
    _show(actor, opening, circle, [written])
    return header


def put_first_sections(
    actor: Actor, opening: Opening, sections: Mapping[str, dict[str, Any]]
) -> None:
    """`put_section` for each section of a new file: one bundle and one card for all of them."""
    circle = opening.acting_circle()
    written = [
        _write(actor, opening, circle, kind, answers, state=None)
        for kind, answers in sections.items()
    ]
    keep_own(opening, circle)
    _show(actor, opening, circle, written)


@dataclass(frozen=True)
class _Written:
    header: Section
    answers: dict[str, Any]
    fact_id: UUID
    before: OpenedSection | None


def _write(
    actor: Actor,
    opening: Opening,
    circle_id: UUID,
    kind: str,
    answers: dict[str, Any],
    *,
    state: SectionState | None,
    made_as: UUID | None = None,
) -> _Written:
    _expect_judged_rightly(actor, kind, answers)
    before = open_sections(opening, [state.section_id])[0] if state else None
    _refuse_sheet_typed_in(opening, answers.get(SHEET.id), before)
    expect_true(opening.keyring, answers, before.answers if before else None)
    header = _header(opening, kind, circle_id, state, made_as)
    key, generation = _key_to_write(opening, header, state)
    fact_id = (before and before.fact_id) or new_id()
    content = {"answers": answers, "fact": str(fact_id), **_typed_in(answers, before)}
    _seal(actor, opening, header, key, content=content, generation=generation)
    return _Written(header, answers, fact_id, before)


def _show(actor: Actor, opening: Opening, circle_id: UUID, written: Sequence[_Written]) -> None:
    """Bring the card up to date, and tell the rooms above."""
    opening.case.updated_at = clock.now()
    session().flush()
    store_card(opening, circle_id, open_sections(opening))
    for each in written:
        _publish(actor, opening, each)
        _publish_paper(opening, circle_id, each)


def _publish(actor: Actor, opening: Opening, written: _Written) -> None:
    header = written.header
    events.publish(
        SectionWritten(
            actor,
            opening.case.id,
            header.id,
            header.kind,
            header.revision,
            written.fact_id,
            opening.case_tag,
            written.answers,
            min(header.created_at, heard_at(written.answers)),
        )
    )


def _typed_in(answers: dict[str, Any], before: OpenedSection | None) -> dict[str, str]:
    """When what was on paper was recorded, which nobody types."""
    if before is None:
        moment = recorded_at(answers, {}, None)
    else:
        moment = recorded_at(answers, before.answers, before.recorded_at)
    return {"recorded_at": moment.isoformat()} if moment else {}


def _publish_paper(opening: Opening, circle_id: UUID, written: _Written) -> None:
    """A paper that is kept waits for whoever typed it in; one that is gone waits for nobody.

    A correction that leaves the paper as it was, by a later holder perhaps, moves nothing.
    """
    about = (opening.case.id, written.header.id, circle_id)
    paper = paper_of(written.answers)
    stood = paper_of(written.before.answers) if written.before else None
    if paper == stood:
        return
    if paper is not None and paper.kept_until is not None:
        events.publish(PaperKept(*about, opening.keyring.member_id, paper.kept_until))
    elif stood is not None:
        events.publish(PaperGone(*about))


def _refuse_other_revision(kind: str, state: SectionState | None, expected: int | None) -> None:
    if (state.revision if state else 0) != (expected or 0):
        raise VersionConflict(kind)


def _refuse_sheet_typed_in(
    opening: Opening, number: str | None, before: OpenedSection | None
) -> None:
    """Of one sheet of paper comes one section, as far as this session may see the others.

    A correction of a section that came of it is not held up by what another circle typed in.
    """
    if number is None or (before is not None and before.answers.get(SHEET.id) == number):
        return
    own = before.section_id if before else None
    others = (s for s in open_sections(opening) if s.section_id != own and s.status == OPEN)
    if any(section.answers.get(SHEET.id) == number for section in others):
        raise InvalidInput({SHEET.id: [str(Message.SHEET_TYPED)]})


def _existing(
    opening: Opening, kind: str, circle_id: UUID, section_id: UUID | None
) -> SectionState | None:
    """The section to revise, None to begin one; only its holder may revise it."""
    sections = opening.view.sections
    if section_id is not None:
        state = sections.get(section_id)
        if state is None or state.kind != kind or state.holder_circle != circle_id:
            raise NotPermitted("another circle holds this section")
        return state
    if shelf.form(kind).many:
        return None
    mine = [s for s in sections.values() if s.kind == kind and s.holder_circle == circle_id]
    return mine[0] if mine else None


def _header(
    opening: Opening,
    kind: str,
    circle_id: UUID,
    state: SectionState | None,
    made_as: UUID | None,
) -> Section:
    if state is not None:
        row = session().get(Section, state.section_id)
        if row is None:
            raise NotPermitted("the section's row is gone")
        return row
    row = Section(
        id=made_as or new_id(),
        case_id=opening.case.id,
        kind=kind,
        holder_agency_id=opening.keyring.agency_id,
        holder_circle_id=circle_id,
        revision=0,
        generation=1,
        is_stale=False,
        created_at=clock.now(),
    )
    add_as(row, is_given=made_as is not None)
    return row


def _key_to_write(
    opening: Opening, header: Section, state: SectionState | None
) -> tuple[bytes, int]:
    """The section's key, or a fresh one for a new section and where a grant has ended."""
    if state is not None and not header.is_stale:
        return opening.key(header.id, state.generation), state.generation
    generation = 1 if state is None else state.generation + 1
    if state is not None:
        tell(Said.NEW_KEY, header.kind, generation)
    key = new_section_key()
    opening.keys.setdefault(header.id, {})[generation] = key
    return key, generation


def _seal(
    actor: Actor,
    opening: Opening,
    header: Section,
    key: bytes,
    *,
    content: dict[str, Any],
    generation: int,
) -> None:
    """Seal the next revision, keep it, and have the strand vouch for it."""
    if actor.member_id is None:
        raise NotPermitted("nobody writes here")
    place = RevisionPlace(
        deployment=opening.view.deployment,
        case_id=opening.case.id,
        section_id=header.id,
        kind=header.kind,
        revision=header.revision + 1,
        generation=generation,
        form_version=shelf.form(header.kind).version,
        author_id=actor.member_id,
    )
    sealed = seal_revision(key, place, content)
    _insert(header, place, sealed)
    vouched = (
        header.id,
        header.kind,
        header.holder_circle_id,
        place.revision,
        generation,
        sealed.digest,
        sealed.commitment,
        place.form_version,
    )
    advance(opening.view, opening.keyring, "section_revised", vouched)


def _insert(header: Section, place: RevisionPlace, sealed: SealedRevision) -> None:
    header.revision, header.generation = place.revision, place.generation
    header.is_stale = False
    session().flush()
    row = SectionRevision(
        id=new_id(),
        section_id=header.id,
        revision=place.revision,
        generation=place.generation,
        form_version=place.form_version,
        author_id=place.author_id,
        written_at=clock.now(),
    )
    session().add(row)
    session().flush()
    session().add(SectionRevisionBody(revision_id=row.id, body=sealed.body))
    session().flush()
