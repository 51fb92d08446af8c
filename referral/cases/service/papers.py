"""The paper on which something was written first: destroyed, and that it was."""

from datetime import date
from uuid import UUID

from referral.audit.detail import Said, tell
from referral.audit.operation import operation
from referral.cases import policy
from referral.cases.events import PaperGone
from referral.cases.forms.messages import Message
from referral.cases.late_entry import Paper, destroyed, paper_of
from referral.cases.model import CaseFile, Section
from referral.cases.opening import OPEN, OpenedSection, Opening, open_case_view, open_sections
from referral.cases.service.sections import put_section
from referral.cases.strands import lock
from referral.kernel import clock, events
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.kernel.permissions import Permission
from referral.vault.keys import keyring_of


@operation(Permission.SECTION_WRITE, policy.in_circle_of_case)
def destroy_paper(actor: Actor, case: CaseFile, *, section_id: UUID, destroyed_on: date) -> Section:
    """Write down that the paper of a section is destroyed; in a closed case too.

    A further revision of the section says so. Where another circle holds the section by now,
    whatever that has written, the entry in the access log does. `StateConflict` when no paper of it
    is kept here, `NotFound` for an agency that has written nothing of it.
    """
    lock(case, keyring_of(actor))
    opening = open_case_view(actor, case)
    expect_written_here(opening, section_id)
    if destroyed_on > clock.today():
        raise InvalidInput({"destroyed_on": [str(Message.AFTER_TODAY)]})
    state = opening.view.sections[section_id]
    tell(Said.SECTION, state.kind)
    if state.holder_circle not in opening.circle_ids:
        events.publish(PaperGone(case.id, section_id, opening.acting_circle()))
        return session().get_one(Section, section_id)
    section, paper = _kept(opening, section_id)
    if destroyed_on < clock.local(paper.taken_at).date():
        raise InvalidInput({"destroyed_on": [str(Message.TOO_EARLY)]})
    return put_section(
        actor,
        opening,
        section.kind,
        destroyed(section.current_answers, destroyed_on),
        expected_revision=section.revision,
        section_id=section_id,
        circle_id=section.holder_circle,
    )


def expect_written_here(opening: Opening, section_id: UUID) -> None:
    """`NotFound` for an agency that wrote nothing of the section: its paper lies elsewhere."""
    ours = opening.keyring.agency_ids
    written = (e for e in opening.view.entries if e.kind == "section_revised")
    if not any(e.payload[0] == section_id and e.agency_id in ours for e in written):
        raise NotFound("no such section")


def _kept(opening: Opening, section_id: UUID) -> tuple[OpenedSection, Paper]:
    for section in open_sections(opening, [section_id]):
        paper = paper_of(section.answers) if section.status == OPEN else None
        if paper is not None and paper.kept_until is not None:
            return section, paper
        if section.status == OPEN:
            raise StateConflict("destroyed" if paper else "none", "destroy_paper")
    raise NotFound("no such section")
