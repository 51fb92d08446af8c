"""Reports and cases: from the first word of violence to the closed file."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from referral.audit.detail import Said, tell, tell_all
from referral.audit.operation import operation
from referral.cases import policy, queries
from referral.cases.cards import has_card, store_card
from referral.cases.drawers import WORTH_FILING, file_cards
from referral.cases.events import CaseClosed, CaseOpened, CaseReopened
from referral.cases.finding import SearchResult, found_cases
from referral.cases.forms.messages import Message
from referral.cases.forms_in_force import checked
from referral.cases.history import History, history_of
from referral.cases.lapses import settle_struck
from referral.cases.late_entry import heard_at
from referral.cases.model import CaseFile
from referral.cases.opening import (
    OpenedSection,
    Opening,
    home_circle,
    open_case_view,
    open_sections,
    tell_opened,
    tell_whose,
)
from referral.cases.search import sought
from referral.cases.service.bases import end_with_case
from referral.cases.service.sections import OpenedCase, put_first_sections, put_section
from referral.cases.states import CASE, CaseState
from referral.cases.strands import advance, lock
from referral.kernel import clock, deployment, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import add_as, session
from referral.kernel.errors import InvalidInput, KeysMissing
from referral.kernel.ids import new_code, new_id
from referral.kernel.paging import PAGE_SIZE, Page
from referral.kernel.permissions import Permission
from referral.vault.case_view import CaseView
from referral.vault.grants import new_case_tag
from referral.vault.keys import keyring_of


def _begin(actor: Actor, state: CaseState, made_as: UUID | None) -> Opening:
    """A new file with its first strand entry, in the hands of the actor's circle.

    Under the id that a client has made, if it has.
    """
    circle_id = home_circle(actor)
    keyring = keyring_of(actor)
    here = deployment.current()
    case = CaseFile(
        id=made_as or new_id(),
        code=new_code(),
        state=state,
        state_at=clock.now(),
        custodian_agency_id=keyring.agency_id,
        custodian_circle_id=circle_id,
        opened_at=clock.now(),
        updated_at=clock.now(),
    )
    add_as(case, is_given=made_as is not None)
    session().flush()
    view = CaseView(here.id, case.id, here.epoch)
    opening = Opening(case, view, keyring, clock.now(), case_tag=new_case_tag())
    advance(view, keyring, "opened", (circle_id,))
    tell_whose(opening)
    return opening


@operation(Permission.INCIDENT_REPORT, policy.holds_keys)
def report_incident(
    actor: Actor, subject: None, *, answers: Mapping[str, Any], made_as: UUID | None = None
) -> CaseFile:
    """Write down a first word of violence (Art. 19): by whom received, how, the least facts.

    `made_as` is an id that a client has made; `IdTaken` when something stands under it.
    """
    taken = checked("incident_report", answers)
    opening = _begin(actor, CaseState.REPORTED, made_as)
    put_section(actor, opening, "incident_report", taken)
    tell(Said.KINDS, "incident_report")
    return opening.case


@operation(Permission.CASE_OPEN, policy.is_custodian)
def meet_survivor(actor: Actor, case: CaseFile) -> CaseFile:
    """She has been met: the report becomes a case."""
    lock(case, keyring_of(actor))
    states.advance(case, "meet", CASE)
    events.publish(CaseOpened(actor, case.id, case.custodian_circle_id, clock.now()))
    return case


@operation(Permission.CASE_OPEN, policy.holds_keys)
def open_case(
    actor: Actor,
    subject: None,
    *,
    sections: Mapping[str, Mapping[str, Any]],
    made_as: UUID | None = None,
) -> CaseFile:
    """Open a case at once, with the sections known so far (each by its form's id).

    `InvalidInput` without any: nobody would have a key to it, and it would be lost.
    `made_as` is an id that a client has made; `IdTaken` when something stands under it.
    """
    if not sections:
        raise InvalidInput({"sections": [str(Message.REQUIRED)]})
    taken = {kind: checked(kind, answers) for kind, answers in sections.items()}
    opening = _begin(actor, CaseState.OPEN, made_as)
    put_first_sections(actor, opening, taken)
    tell_all(Said.KINDS, taken)
    met_at = min([clock.now(), *map(heard_at, taken.values())])
    circle_id = opening.case.custodian_circle_id
    events.publish(CaseOpened(actor, opening.case.id, circle_id, met_at))
    return opening.case


@operation(Permission.CASE_READ, policy.holds_keys)
def list_cases(
    actor: Actor,
    subject: None,
    *,
    states: Sequence[str] = (),
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[queries.CaseLine]:
    """Open the cards of one page of the actor's cases, newest first: one entry for the list."""
    page = queries.visible_cases(actor, states=states, cursor=cursor, size=size)
    tell(Said.COUNT, len(page.rows))
    return page


@operation(Permission.CASE_READ, policy.holds_keys)
def search_cases(actor: Actor, subject: None, *, words: str) -> SearchResult:
    """Find cases of the actor's circles by a name, number or code: one entry, never the words.

    `InvalidInput` for too little.
    """
    result = found_cases(actor, sought(words))
    if result.loose >= WORTH_FILING:
        file_cards(keyring_of(actor))
    tell(Said.COUNT, len(result.rows))
    return result


@operation(Permission.CASE_READ, policy.in_circle_of_case)
def read_case(actor: Actor, case: CaseFile) -> OpenedCase:
    """Open what this session may open; the entry is written before anything is shown."""
    return _opened(actor, case)


@operation(Permission.CASE_READ, policy.in_circle_of_case)
def read_history(actor: Actor, case: CaseFile, *, section_id: UUID) -> History:
    """Open every revision of a section that the actor's circle holds, the newest first.

    `NotFound` for one that it only reads, or of which it knows nothing.
    """
    found = history_of(open_case_view(actor, case), section_id)
    tell(Said.SECTION, found.kind)
    tell(Said.COUNT, len(found.revisions))
    return found


@operation(Permission.CASE_PRINT, policy.in_circle_of_case)
def print_case(actor: Actor, case: CaseFile) -> OpenedCase:
    """Open what this session may open, to be put on paper."""
    return _opened(actor, case)


def _opened(actor: Actor, case: CaseFile) -> OpenedCase:
    opening = settle_struck(actor, open_case_view(actor, case))
    sections = open_sections(opening)
    tell_opened(sections)
    _rebuild_missing_card(opening, sections)
    return OpenedCase(case, opening, sections)


def _rebuild_missing_card(opening: Opening, sections: list[OpenedSection]) -> None:
    """A card that went with an ended grant comes back with what the circle may see still."""
    try:
        circle_id = opening.acting_circle()
    except KeysMissing:
        return
    if not has_card(opening.case.id, circle_id):
        store_card(opening, circle_id, sections)


def refresh_card(opening: Opening) -> None:
    """Rebuild the acting circle's card from what it may see now."""
    try:
        circle_id = opening.acting_circle()
    except KeysMissing:
        return
    store_card(opening, circle_id, open_sections(opening))


@operation(Permission.CASE_CLOSE, policy.is_custodian)
def close_case(
    actor: Actor, case: CaseFile, *, answers: Mapping[str, Any], keeping: Collection[UUID] = ()
) -> CaseFile:
    """Close the case with a reason; what was shared ends with it, but by the bases in `keeping`.

    `StateConflict` unless it is open.
    """
    taken = checked("closure", answers)
    lock(case, keyring_of(actor))
    opening = open_case_view(actor, case)
    newest = [s for s in opening.view.sections.values() if s.kind == "closure"]
    expected = newest[0].revision if newest else 0
    put_section(actor, opening, "closure", taken, expected_revision=expected)
    end_with_case(opening, keeping)
    advance(opening.view, opening.keyring, "noted", ("closed",))
    states.advance(case, "close", CASE)
    events.publish(CaseClosed(case.id))
    return case


@operation(Permission.CASE_OPEN, policy.is_custodian)
def reopen_case(actor: Actor, case: CaseFile, *, answers: Mapping[str, Any]) -> CaseFile:
    """Open a closed case again with a reason and the day of the next contact.

    Nothing that was shared comes back: she is asked anew. `StateConflict` unless it is closed.
    """
    taken = checked("reopening", answers)
    lock(case, keyring_of(actor))
    states.advance(case, "reopen", CASE)
    opening = open_case_view(actor, case)
    put_section(actor, opening, "reopening", taken)
    advance(opening.view, opening.keyring, "noted", ("reopened",))
    next_on = date.fromisoformat(str(taken["next_on"]))
    events.publish(CaseReopened(case.id, case.custodian_circle_id, next_on))
    return case
