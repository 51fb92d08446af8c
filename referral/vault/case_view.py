"""What the verified strands of a case say, replayed: the only source of who may read what.

Rows of the database are never believed where a strand speaks: circles, sections, expiry and
custody come from here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault.directory import NO_ENTRY, AgencyDirectory
from referral.vault.strands import StrandEntry, StrandPlace

OWN = "own"
CONSENT = "consent"
LEGAL = "legal"
CUSTODY = "custody"
CUSTODY_KINDS = frozenset({"incident_report", "identity", "safe_contact", "needs"})


@dataclass(frozen=True, slots=True)
class SectionState:
    """The newest revision of a section that a strand vouches for."""

    section_id: UUID
    kind: str
    holder_agency: UUID
    holder_circle: UUID
    revision: int
    generation: int
    digest: bytes
    commitment: bytes
    form_version: int
    author_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class BasisState:
    """A consent heard, or a legal basis claimed."""

    basis_id: UUID
    form: str
    recipient_agency: UUID | None
    recipient_circle: UUID | None
    kinds: frozenset[str]
    purpose: str
    expires_at: datetime
    recorded_by: UUID
    at: datetime
    cosign_by: datetime | None = None
    cosigned_at: datetime | None = None
    ended_at: datetime | None = None
    author_id: UUID | None = None
    is_suspended: bool = False
    """A backup was put in place since, and nobody knows whether she took it back meanwhile."""

    def is_live(self, at: datetime) -> bool:
        """Whether it carries a grant at this moment, to the second."""
        if self.is_suspended or self.ended_at is not None or at >= self.expires_at:
            return False
        return self.cosign_by is None or self.cosigned_at is not None or at < self.cosign_by

    def names(self, agency_id: UUID, circle_id: UUID) -> bool:
        """Whether this recipient is the one it was given for."""
        if self.recipient_circle is not None and self.recipient_circle != circle_id:
            return False
        if self.recipient_agency is None:
            return self.recipient_circle is not None
        return self.recipient_agency == agency_id


DIGEST_SIZE = 32


def contents_named(named: tuple[object, ...]) -> frozenset[bytes]:
    """What an entry says of the content of its bundle: nothing in the first form, or a digest."""
    found = [part for part in named if isinstance(part, bytes) and len(part) == DIGEST_SIZE]
    if len(found) != len(named) or len(named) > 1:
        raise NotVerified("not a digest")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class GrantState:
    """A grant a strand made; whether it is live depends on its bases and the moment."""

    grant_id: UUID
    giver_agency: UUID
    giver_circle: UUID
    receiver_agency: UUID
    receiver_circle: UUID
    section_ids: frozenset[UUID]
    form: str
    basis_ids: tuple[UUID, ...]
    digests: frozenset[bytes]
    pending: bool
    at: datetime
    ended_at: datetime | None = None
    contents: frozenset[bytes] = frozenset()
    """What its bundles may say, however they are sealed; entries of the first form name none."""

    def vouches_for(self, raw_digest: bytes, content: bytes) -> bool:
        """Whether the giver vouches for a bundle: for its very bytes, or for what it says."""
        return raw_digest in self.digests or content in self.contents

    is_suspended: bool = False
    """Waits, since a backup was put in place, for the custodian to confirm it."""

    @property
    def is_over(self) -> bool:
        """Whether it opens nothing now: ended, or suspended."""
        return self.is_suspended or self.ended_at is not None


@dataclass(frozen=True, slots=True)
class CustodyOffer:
    """To whom custody is offered, and the digest of the token that taking it must show.

    Offers of the first form name no token; who wrote one meant it to be taken without.
    """

    agency_id: UUID
    circle_id: UUID
    section_ids: frozenset[UUID]
    token_digest: bytes | None


@dataclass
class CaseView:
    """The verified state of one case. `faults` names agencies whose strand breaks, and why."""

    deployment: UUID
    case_id: UUID
    epoch: int
    custodian_agency: UUID | None = None
    custodian_circle: UUID | None = None
    sections: dict[UUID, SectionState] = field(default_factory=dict)
    bases: dict[UUID, BasisState] = field(default_factory=dict)
    grants: dict[UUID, GrantState] = field(default_factory=dict)
    entries: list[StrandEntry] = field(default_factory=list)
    faults: dict[UUID, str] = field(default_factory=dict)
    standing: set[UUID] = field(default_factory=set)
    heads: dict[UUID, bytes] = field(default_factory=dict)
    seqs: dict[UUID, int] = field(default_factory=dict)
    offered: dict[UUID, CustodyOffer] = field(default_factory=dict)
    summaries: dict[UUID, tuple[UUID, bytes]] = field(default_factory=dict)
    """Of each referral: the grant it goes with, and the digest of its sealed summary."""
    summary_contents: dict[UUID, bytes] = field(default_factory=dict)
    """Of each referral: the digest of what its summary says, however it is sealed."""
    circle_agencies: dict[UUID, UUID] = field(default_factory=dict)
    directory_seqs: dict[UUID, int] = field(default_factory=dict)
    left: dict[UUID, UUID] = field(default_factory=dict)
    """Circles that the case was moved away from, and to which circle of the same agency."""
    left_out: dict[UUID, frozenset[UUID]] = field(default_factory=dict)
    """Circles that the case may have left when a backup of before was put in place, and whom it had
    left out: nobody there opens anything, or acts, before it has moved to a circle without."""
    log_of: Callable[[UUID], AgencyDirectory] | None = field(default=None, repr=False)
    succeeded: set[UUID] = field(default_factory=set)
    """Ended agencies in whose place others stand since a strand said so."""
    lines: dict[UUID, set[tuple[UUID, UUID]]] = field(default_factory=dict)
    """Of a circle: (agency, circle) of all that it succeeds."""
    families: dict[UUID, set[UUID]] = field(default_factory=dict)
    """Of an agency: all ended ones whose circles it has taken."""

    def bind_circle(self, circle_id: UUID, agency_id: UUID) -> None:
        """A circle is one agency's, the first that a strand named; `NotVerified` for another."""
        if self.circle_agencies.setdefault(circle_id, agency_id) != agency_id:
            raise NotVerified("a circle of another agency")

    def circle_now(self, circle_id: UUID) -> UUID:
        """The circle of the same agency that has the case now, wherever it was moved to."""
        while circle_id in self.left:  # a move back takes its circle out, so that this ends
            circle_id = self.left[circle_id]
        return circle_id

    def place(self, agency_id: UUID) -> StrandPlace:
        """Where this agency's next entry goes; `NotVerified` if its own strand is broken."""
        if agency_id in self.faults:
            raise NotVerified(self.faults[agency_id])
        return StrandPlace(
            self.case_id,
            self.seqs.get(agency_id, 0) + 1,
            self.heads.get(agency_id, NO_ENTRY),
            dict(self.heads),
            self.epoch,
        )

    def covers(self, grant: GrantState, section_id: UUID, at: datetime) -> bool:
        """Whether the grant opens this section at this moment."""
        section = self.sections.get(section_id)
        if section is None or grant.is_over or section_id not in grant.section_ids:
            return False
        if grant.form in {OWN, CUSTODY}:
            return True
        return any(
            self.bases[basis_id].is_live(at) and section.kind in self.bases[basis_id].kinds
            for basis_id in grant.basis_ids
            if basis_id in self.bases
        )

    def reads(self, circle_id: UUID, section_id: UUID, at: datetime) -> bool:
        """Whether a circle may open a section now: it holds it, or a live grant covers it."""
        section = self.sections.get(section_id)
        if circle_id in self.left_out:
            return False
        if section is not None and section.holder_circle == circle_id:
            return True
        return any(
            grant.receiver_circle == circle_id
            and not grant.pending
            and self.covers(grant, section_id, at)
            for grant in self.grants.values()
        )

    def readers(self, section_id: UUID, at: datetime) -> list[tuple[UUID, UUID]]:
        """(agency, circle) of everyone who may open a section now, its holder first."""
        section = self.sections[section_id]
        found = {section.holder_circle: section.holder_agency}
        for grant in self.grants.values():
            if not grant.pending and self.covers(grant, section_id, at):
                found.setdefault(grant.receiver_circle, grant.receiver_agency)
        return [(agency, c) for c, agency in found.items() if c not in self.left_out]

    def names(self, basis: BasisState, agency_id: UUID, circle_id: UUID) -> bool:
        """Whether a basis was given for this recipient, or for one that it succeeds by law."""
        identities = {(agency_id, circle_id)} | self.lines.get(circle_id, set())
        return any(basis.names(agency, circle) for agency, circle in identities)

    def family(self, agency_id: UUID) -> set[UUID]:
        """An agency, and those that it succeeds."""
        return {agency_id} | self.families.get(agency_id, set())

    def is_own_word(self, basis: BasisState, giver_agency: UUID, receiver_agency: UUID) -> bool:
        """Whether the receiver itself says that she agreed: another agency gives nothing on it."""
        is_receivers = basis.recorded_by in self.family(receiver_agency)
        return is_receivers and basis.recorded_by not in self.family(giver_agency)

    def is_carried(self, basis: BasisState) -> bool:
        """Whether its recipient has ended, so that the law carries it to a successor."""
        passed = {c for own, line in self.lines.items() for _, c in line if c != own}
        return basis.recipient_agency in self.succeeded or basis.recipient_circle in passed

    def live_bases(self, agency_id: UUID, circle_id: UUID, at: datetime) -> list[BasisState]:
        """Live consents and legal bases that name this recipient."""
        return [
            basis
            for basis in self.bases.values()
            if basis.is_live(at) and self.names(basis, agency_id, circle_id)
        ]

    def expect_revision(self, section_id: UUID, revision: int, body_digest: bytes) -> None:
        """`NotVerified` unless this is the newest revision that a strand vouches for."""
        section = self.sections.get(section_id)
        if section is None or (section.revision, section.digest) != (revision, body_digest):
            raise NotVerified("no strand vouches for this revision")


def kinds_of(view: CaseView, section_ids: Iterable[UUID]) -> frozenset[str]:
    """The kinds of some sections of a case."""
    return frozenset(view.sections[section_id].kind for section_id in section_ids)
