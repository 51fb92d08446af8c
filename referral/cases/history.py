"""Every revision of a section, each held against what its strand vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from referral.cases.model import SectionRevision, SectionRevisionBody
from referral.cases.opening import NOT_VERIFIED, OPEN, Opening
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotFound, NotVerified, Unreadable
from referral.vault.codec import digest
from referral.vault.sections import RevisionPlace, open_revision
from referral.vault.strands import StrandEntry

MOST: Final = 100
"""As many of the newest revisions as one answer holds."""


@dataclass(frozen=True, slots=True)
class PastRevision:
    """What a section said once, by whom and when; nothing of it where it is not verified."""

    revision: int
    at: datetime
    author_id: UUID
    form_version: int
    status: str
    answers: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class History:
    """The newest revisions of one section, newest first."""

    section_id: UUID
    kind: str
    revisions: Sequence[PastRevision]
    has_more: bool


def history_of(opening: Opening, section_id: UUID) -> History:
    """Open the revisions of a section that the session's circle holds; `NotFound` otherwise.

    A reader sees a section as it stands: what was corrected before is the holder's.
    """
    state = opening.view.sections.get(section_id)
    if state is None or state.holder_circle not in opening.circle_ids:
        raise NotFound("no such section here")
    written = [
        entry
        for entry in opening.view.entries
        if entry.kind == "section_revised" and entry.payload[0] == section_id
    ]
    newest = sorted(written, key=lambda entry: entry.payload[3], reverse=True)[:MOST]
    bodies = _bodies(section_id, [entry.payload[3] for entry in newest])
    found = [_opened(opening, entry, bodies.get(entry.payload[3])) for entry in newest]
    return History(section_id, state.kind, found, len(written) > len(newest))


def _bodies(section_id: UUID, revisions: Sequence[int]) -> dict[int, bytes]:
    rows = session().execute(
        select(SectionRevision.revision, SectionRevisionBody.body)
        .join(SectionRevisionBody, SectionRevisionBody.revision_id == SectionRevision.id)
        .where(SectionRevision.section_id == section_id, SectionRevision.revision.in_(revisions))
    )
    return {row.revision: row.body for row in rows}


def _opened(opening: Opening, entry: StrandEntry, body: bytes | None) -> PastRevision:
    section_id, kind, _holder, revision, generation, said, commitment, version = entry.payload
    place = RevisionPlace(
        deployment=opening.view.deployment,
        case_id=opening.case.id,
        section_id=section_id,
        kind=kind,
        revision=revision,
        generation=generation,
        form_version=version,
        author_id=entry.author_id,
    )
    status, answers = NOT_VERIFIED, {}
    try:
        if body is not None and digest(body) == said:
            key = opening.key(section_id, generation)
            answers = open_revision(key, place, body, commitment=commitment)["answers"]
            status = OPEN
    except (NotVerified, Unreadable, KeysMissing):
        pass
    return PastRevision(revision, entry.at, entry.author_id, version, status, answers)
