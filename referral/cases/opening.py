"""Opening a case: the verified view, and the section keys that this session reaches."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.agencies import directory
from referral.agencies.named_circles import renew_where_needed, waiting_circles
from referral.agencies.queries import circles_of
from referral.agencies.states import CirclePurpose
from referral.audit.detail import Said, concerns, tell_all
from referral.cases.forms_in_force import current_answers
from referral.cases.model import (
    CaseFile,
    Grant,
    GrantBundle,
    GrantBundleBody,
    Section,
    SectionRevision,
    SectionRevisionBody,
)
from referral.cases.put_away import taken_out
from referral.cases.strands import case_view, lock
from referral.cases.succession import settle_ended
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import is_writing, session
from referral.kernel.errors import KeysMissing, MovedAway, NotVerified, Unreadable
from referral.vault.case_moves import takes_part
from referral.vault.case_view import BasisState, CaseView, GrantState, SectionState
from referral.vault.codec import digest
from referral.vault.grants import OpenedGrant, content_of, open_grant
from referral.vault.keys import Keyring, keyring_of
from referral.vault.sections import RevisionPlace, open_revision
from referral.vault.strands import StrandEntry


@dataclass
class Opening:
    """A verified case in the hands of one session."""

    case: CaseFile
    view: CaseView
    keyring: Keyring
    at: datetime
    case_tag: bytes = field(default=b"", repr=False)
    keys: dict[UUID, dict[int, bytes]] = field(default_factory=dict, repr=False)
    lifted: CaseView | None = field(default=None, repr=False)
    """For a move that the case waits for since a restore: as it stood without the wait."""

    @property
    def circle_ids(self) -> frozenset[UUID]:
        """Circles of this session that the case knows."""
        return self.keyring.circle_ids

    def reads(self, section_id: UUID) -> bool:
        """Whether a circle of this session may open the section now."""
        view = self.lifted or self.view
        return any(view.reads(c, section_id, self.at) for c in self.circle_ids)

    @property
    def left_circles(self) -> list[UUID]:
        """Circles of this session that the case is in, and is to leave again since a restore."""
        left = sorted(self.circle_ids & self.view.left_out.keys())
        return [circle_id for circle_id in left if takes_part(self.view, circle_id)]

    def expect_here(self, circle_id: UUID | None) -> None:
        """`MovedAway` for a circle in whose name nothing is done before the case has moved on."""
        if circle_id in self.view.left_out:
            raise MovedAway

    def key(self, section_id: UUID, generation: int) -> bytes:
        """A section key within reach; `KeysMissing` otherwise."""
        try:
            return self.keys[section_id][generation]
        except KeyError:
            raise KeysMissing from None

    @property
    def is_custodian(self) -> bool:
        """Whether a circle of this session looks after the case."""
        return self.view.custodian_circle in self.circle_ids

    def knows_basis(self, basis: BasisState) -> bool:
        """Whether this session is shown a consent: all to the custodian, else its own."""
        ours = self.keyring.agency_ids & {basis.recorded_by, basis.recipient_agency}
        return self.is_custodian or bool(ours) or basis.recipient_circle in self.circle_ids

    def knows_entry(self, entry: StrandEntry) -> bool:
        """Whether this session is shown what an agency did: all to the custodian, else its own."""
        return self.is_custodian or entry.agency_id in self.keyring.agency_ids

    def knows_section(self, state: SectionState) -> bool:
        """Whether this session learns that a section is there at all, and whose it is.

        The custodian knows all. Another agency knows what it may open and what the custodian
        holds; that a shelter or a lawyer has written too would tell where she is and what she does.
        """
        return (
            self.is_custodian
            or state.holder_agency == self.view.custodian_agency
            or state.holder_circle in self.circle_ids
            or self.reads(state.section_id)
        )

    def known_readers(self, state: SectionState) -> tuple[tuple[UUID, UUID], ...]:
        """(agency, circle) of who else opens a section, as far as this session may know.

        All to the custodian and to the holder; to another reader only the holder and itself.
        """
        readers = self.view.readers(state.section_id, self.at)
        if self.is_custodian or state.holder_circle in self.circle_ids:
            return tuple(readers)
        known = self.circle_ids | {state.holder_circle}
        return tuple((agency, circle) for agency, circle in readers if circle in known)

    def acting_circle(self) -> UUID:
        """The circle in whose name this session acts on the case.

        The custodian's if it is one of the session's, else one that the case knows.
        """
        if self.view.custodian_circle in self.circle_ids:
            return self.view.custodian_circle
        involved = [s.holder_circle for s in self.view.sections.values()]
        involved += [g.receiver_circle for g in self.view.grants.values() if g.ended_at is None]
        for circle_id in involved:
            if circle_id in self.circle_ids:
                return circle_id
        raise KeysMissing

    def members_of(self, circle_id: UUID) -> frozenset[UUID]:
        """Who is in a circle of the session's own agency, by the signed log."""
        state = directory.directory_of(self.keyring.agency_id).circles.get(circle_id)
        return state.member_ids if state is not None else frozenset()

    def sections_of(self, kinds: Iterable[str]) -> list[SectionState]:
        """Sections of some kinds that this session may open, oldest first."""
        wanted = set(kinds)
        return [
            s for s in self.view.sections.values() if s.kind in wanted and self.reads(s.section_id)
        ]


@dataclass(frozen=True)
class OpenedSection:
    """One section as this session may see it; `recorded_at` is of what was on paper first."""

    section_id: UUID
    kind: str
    holder_agency: UUID | None
    holder_circle: UUID | None
    revision: int
    author_id: UUID | None
    written_at: datetime | None
    status: str
    readers: tuple[tuple[UUID, UUID], ...] = ()
    form_version: int = 1
    answers: dict[str, Any] = field(default_factory=dict, repr=False)
    fact_id: UUID | None = None
    recorded_at: datetime | None = None

    @property
    def current_answers(self) -> dict[str, Any]:
        """The answers as the form in force has them, for whoever looks for one by its id."""
        return current_answers(self.kind, self.form_version, self.answers)


OPEN, SEALED, NOT_VERIFIED = "open", "sealed", "not_verified"


def open_case_view(actor: Actor, case: CaseFile, *, lifting: bool = False) -> Opening:
    """Verify the case's strands and open every bundle addressed to the session's circles.

    Called within an operation: a named circle that waits for a key of its own gets it here. Where
    an agency of the case has ended since it was last opened, this says in the strand who stands in
    its place. With `lifting` what a restore has put away is opened too, to be moved unseen.
    """
    keyring = keyring_of(actor)
    if is_writing() and waiting_circles(keyring):
        lock(case, keyring)  # first, also for who only reads: it may write in the case below
        renew_where_needed(actor)
    view = settle_ended(case, case_view(case.id), keyring)
    opening = Opening(case, view, keyring, clock.now())
    if lifting:
        opening.lifted = replace(view, left_out={})
    tell_whose(opening)
    rows = session().execute(
        select(Grant, GrantBundle, GrantBundleBody.body)
        .join(GrantBundle, GrantBundle.grant_id == Grant.id)
        .join(GrantBundleBody, GrantBundleBody.bundle_id == GrantBundle.id)
        .where(
            Grant.case_id == case.id,
            Grant.receiver_circle_id.in_(opening.circle_ids),
            Grant.ended_at.is_(None),
            Grant.is_pending.is_(False),
        )
        .order_by(GrantBundle.made_at)
    )
    for grant, bundle, body in rows:
        sealed = taken_out(grant.id, body) if lifting else body
        _take_bundle(opening, grant, bundle.circle_generation, sealed)
    return opening


def tell_whose(opening: Opening) -> None:
    """Let the running operation's entry be sealed to the case's custodian too, as verified."""
    view = opening.view
    if view.custodian_agency is None or view.custodian_circle is None:
        return
    if view.custodian_circle in view.left_out:
        return
    try:
        own: UUID | None = opening.acting_circle()
    except KeysMissing:
        own = None
    concerns((view.custodian_agency, view.custodian_circle), own)


def _take_bundle(opening: Opening, grant: Grant, generation: int, body: bytes) -> None:
    """Open one bundle that a strand vouches for; another is passed over."""
    state = opening.view.grants.get(grant.id)
    if state is None or state.is_over:
        return
    opened = _open_bundle(opening, state, generation, body)
    if opened is None:
        return
    content = content_of(opening.view.deployment, opening.case.id, grant.id, opened)
    if not state.vouches_for(digest(body), content):
        return
    opening.case_tag = opened.case_tag
    for section_id, by_generation in opened.keys.items():
        if opening.reads(section_id):
            opening.keys.setdefault(section_id, {}).update(by_generation)


def _open_bundle(
    opening: Opening, state: GrantState, generation: int, body: bytes
) -> OpenedGrant | None:
    """Open a bundle as the receiver, or as the one that it succeeds and that was sealed to."""
    for agency_id, circle_id in opening.keyring.line_of(state.receiver_circle):
        try:
            return open_grant(
                opening.keyring.circle(circle_id, generation),
                opening.view.deployment,
                opening.case.id,
                grant_id=state.grant_id,
                agency_id=agency_id,
                raw=body,
            )
        except (Unreadable, KeysMissing):
            continue
    return None


def open_sections(opening: Opening, only: Iterable[UUID] | None = None) -> list[OpenedSection]:
    """Every section of the case that this session may know of, as it may see it, oldest first.

    What a strand does not vouch for is reported as not verified, without any of its text.
    """
    wanted = None if only is None else set(only)
    headers = session().scalars(
        select(Section).where(Section.case_id == opening.case.id).order_by(Section.created_at)
    )
    states = opening.view.sections
    headers_list = [
        h
        for h in headers
        if (wanted is None or h.id in wanted)
        and (h.id not in states or opening.knows_section(states[h.id]))
    ]
    bodies = _newest_bodies([h.id for h in headers_list])
    found = [_open_section(opening, header, bodies.get(header.id)) for header in headers_list]
    return found + _lost(opening, {section.section_id for section in found}, wanted)


def tell_opened(sections: Iterable[OpenedSection]) -> None:
    """Let the running operation's entry say which kinds of section were read, and which not."""
    said = {OPEN: Said.OPENED, SEALED: Said.SEALED, NOT_VERIFIED: Said.NOT_VERIFIED}
    for status, word in said.items():
        tell_all(word, [section.kind for section in sections if section.status == status])


def _lost(opening: Opening, found: set[UUID], wanted: set[UUID] | None) -> list[OpenedSection]:
    """Sections that a strand vouches for and whose header somebody took away."""
    return [
        OpenedSection(
            section_id=state.section_id,
            kind=state.kind,
            holder_agency=state.holder_agency,
            holder_circle=state.holder_circle,
            revision=state.revision,
            author_id=None,
            written_at=state.at,
            status=NOT_VERIFIED,
        )
        for state in opening.view.sections.values()
        if state.section_id not in found
        and (wanted is None or state.section_id in wanted)
        and opening.knows_section(state)
    ]


def _newest_bodies(section_ids: list[UUID]) -> dict[UUID, tuple[SectionRevision, bytes]]:
    if not section_ids:
        return {}
    rows = session().execute(
        select(SectionRevision, SectionRevisionBody.body)
        .join(SectionRevisionBody, SectionRevisionBody.revision_id == SectionRevision.id)
        .join(Section, Section.id == SectionRevision.section_id)
        .where(
            SectionRevision.section_id.in_(section_ids),
            SectionRevision.revision == Section.revision,
        )
    )
    return {row.section_id: (row, body) for row, body in rows}


def _open_section(
    opening: Opening, header: Section, newest: tuple[SectionRevision, bytes] | None
) -> OpenedSection:
    state = opening.view.sections.get(header.id)
    if state is None:
        return _shut(header, NOT_VERIFIED)
    if not opening.reads(state.section_id):
        return _shut(header, SEALED, state)
    try:
        content = open_newest(opening, state, newest)
    except (NotVerified, Unreadable, KeysMissing):
        return _shut(header, NOT_VERIFIED, state)
    return OpenedSection(
        section_id=state.section_id,
        kind=state.kind,
        holder_agency=state.holder_agency,
        holder_circle=state.holder_circle,
        revision=state.revision,
        author_id=state.author_id,
        written_at=state.at,
        status=OPEN,
        readers=opening.known_readers(state),
        form_version=state.form_version,
        answers=content["answers"],
        fact_id=UUID(content["fact"]),
        recorded_at=datetime.fromisoformat(said) if (said := content.get("recorded_at")) else None,
    )


def open_newest(
    opening: Opening, state: SectionState, newest: tuple[SectionRevision, bytes] | None
) -> dict[str, Any]:
    """Decrypt the newest revision of a section, checked against its strand.

    `NotVerified` or `Unreadable` when anything does not match.
    """
    if newest is None:
        raise NotVerified("the revision is gone")
    row, body = newest
    opening.view.expect_revision(state.section_id, row.revision, digest(body))
    place = RevisionPlace(
        deployment=opening.view.deployment,
        case_id=opening.case.id,
        section_id=state.section_id,
        kind=state.kind,
        revision=state.revision,
        generation=state.generation,
        form_version=state.form_version,
        author_id=state.author_id,
    )
    key = opening.key(state.section_id, state.generation)
    return open_revision(key, place, body, commitment=state.commitment)


def _shut(header: Section, status: str, state: SectionState | None = None) -> OpenedSection:
    return OpenedSection(
        section_id=header.id,
        kind=state.kind if state else header.kind,
        holder_agency=state.holder_agency if state else header.holder_agency_id,
        holder_circle=state.holder_circle if state else header.holder_circle_id,
        revision=state.revision if state else header.revision,
        author_id=None,
        written_at=state.at if state else None,
        status=status,
    )


def home_circle(actor: Actor, purpose: CirclePurpose = CirclePurpose.CASES) -> UUID:
    """The circle in whose name the actor begins something new; `KeysMissing` without one.

    A working circle before a named one: what nobody has called sensitive is everybody's.
    """
    keyring = keyring_of(actor)
    if actor.agency_id is None:
        raise KeysMissing
    for row in sorted(circles_of(actor.agency_id), key=lambda row: row.is_named):
        if row.purpose == purpose and keyring.holds(row.id):
            return row.id
    raise KeysMissing
