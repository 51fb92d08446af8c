"""The house log: lines are added, by whoever is on duty, and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.audit.operation import operation
from referral.cases.forms_in_force import checked, shelf
from referral.cases.late_entry import expect_true
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.shelters import policy
from referral.shelters.model import Stay, StayNote, StayNoteBody
from referral.shelters.queries.sites import StayLine, stay_lines
from referral.shelters.sealed import seal, unseal_or_nothing
from referral.shelters.states import NOTED_STATES
from referral.vault.keys import keyring_of


@dataclass(frozen=True)
class OpenedNote:
    """One line of the log; no answers where this session has not the key of its time."""

    id: UUID
    author_id: UUID
    written_at: datetime
    form_version: int
    answers: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class OpenedStay:
    """A stay with its log, oldest line first."""

    line: StayLine
    notes: tuple[OpenedNote, ...] = field(repr=False)


@operation(Permission.SHELTER_READ, policy.keeps_stay)
def read_stay(actor: Actor, stay: Stay) -> OpenedStay:
    """Open a stay and its log; the entry is written before anything is shown."""
    keyring = keyring_of(actor)
    query = (
        select(StayNote, StayNoteBody)
        .join(StayNoteBody, StayNoteBody.note_id == StayNote.id)
        .where(StayNote.stay_id == stay.id)
        .order_by(StayNote.written_at, StayNote.id)
    )
    notes = tuple(
        OpenedNote(
            note.id,
            note.author_id,
            note.written_at,
            note.form_version,
            unseal_or_nothing(keyring, stay.site.circle_id, note, body),
        )
        for note, body in session().execute(query)
    )
    return OpenedStay(stay_lines(actor, [stay])[0], notes)


@operation(Permission.STAY_NOTE, policy.keeps_stay)
def write_stay_note(actor: Actor, stay: Stay, *, answers: Mapping[str, Any]) -> StayNote:
    """Add a line to the log (form `stay_note`); it may come late, but not about the future.

    `StateConflict` for a stay that was given back or lapsed.
    """
    if stay.state not in NOTED_STATES:
        raise StateConflict(stay.state, "write_stay_note")
    if actor.member_id is None:
        raise NotPermitted("nobody writes here")
    taken = checked("stay_note", answers)
    expect_true(keyring_of(actor), taken, None)
    if datetime.fromisoformat(taken["noted_at"]) > clock.now():
        raise InvalidInput({"noted_at": ["Choose a time that is not in the future."]})
    note = StayNote(
        id=new_id(),
        stay_id=stay.id,
        author_id=actor.member_id,
        written_at=clock.now(),
        form_version=shelf.form("stay_note").version,
    )
    body = seal(keyring_of(actor), stay.site.circle_id, note, taken)
    session().add(note)
    session().flush()
    session().add(StayNoteBody(note_id=note.id, body=body))
    session().flush()
    return note
