"""`seal_grant`: the only way a section key leaves its holder.

A `Basis` is made from verified strands alone, and names recipient, sections and moment. What a
survivor did not agree to share is never encrypted to anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from referral.kernel.errors import ConsentMissing, NotPermitted, NotVerified, Unreadable
from referral.vault import primitives
from referral.vault.boxes import require_newer
from referral.vault.case_moves import carried
from referral.vault.case_view import (
    CONSENT,
    CUSTODY,
    CUSTODY_KINDS,
    OWN,
    BasisState,
    CaseView,
    GrantState,
)
from referral.vault.codec import Value, digest, pack, unpack
from referral.vault.directory import VerifiedKey
from referral.vault.keys import CircleSecret
from referral.vault.primitives import Purpose

SectionKeys = Mapping[UUID, Mapping[int, bytes]]
_WITNESS = object()


@dataclass(frozen=True, slots=True)
class Basis:
    """Why these sections may be opened by this circle. Made by the functions below only."""

    case_id: UUID
    form: str
    receiver_circle: UUID
    section_ids: frozenset[UUID]
    basis_ids: tuple[UUID, ...]
    witness: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.witness is not _WITNESS:
            raise TypeError("only a verified case makes this")


def own_basis(view: CaseView, circle_id: UUID, section_ids: Iterable[UUID]) -> Basis:
    """A circle's own sections; a section not yet in any strand is its writer's."""
    wanted = frozenset(section_ids)
    for section_id in wanted:
        section = view.sections.get(section_id)
        if section is not None and section.holder_circle != circle_id:
            raise NotPermitted("not a section of this circle")
    return Basis(view.case_id, OWN, circle_id, wanted, (), _WITNESS)


def sharing_basis(
    view: CaseView,
    receiver: VerifiedKey,
    section_ids: Iterable[UUID],
    *,
    giver_agency: UUID,
    at: datetime,
) -> Basis:
    """The live consents and legal bases that together cover the sections for this receiver.

    What only the receiver itself says she agreed to does not count.

    `ConsentMissing` names the section kinds that none covers.
    """
    wanted = frozenset(section_ids)
    bases = [
        basis
        for basis in view.live_bases(receiver.agency_id, receiver.circle_id, at)
        if not view.is_own_word(basis, giver_agency, receiver.agency_id)
    ]
    missing = sorted(
        {view.sections[s].kind for s in wanted if not _covering(bases, view.sections[s].kind)}
    )
    if missing or not bases:
        raise ConsentMissing(missing or ["referral_summary"])
    kinds = {view.sections[s].kind for s in wanted}
    used = tuple(sorted(b.basis_id for b in bases if not kinds or kinds & b.kinds))
    return Basis(view.case_id, CONSENT, receiver.circle_id, wanted, used, _WITNESS)


def _covering(bases: Iterable[BasisState], kind: str) -> bool:
    return any(kind in basis.kinds for basis in bases)


def custody_basis(view: CaseView, receiver: VerifiedKey, section_ids: Iterable[UUID]) -> Basis:
    """Transfer of custody: what the new custodian must know to look after her.

    Only what the custodian itself holds passes; `ConsentMissing` names the kinds of the rest.
    """
    wanted = frozenset(section_ids)
    wrong = sorted(
        {
            view.sections[s].kind
            for s in wanted
            if view.sections[s].kind not in CUSTODY_KINDS
            or view.sections[s].holder_agency != view.custodian_agency
        }
    )
    if wrong:
        raise ConsentMissing(wrong)
    return Basis(view.case_id, CUSTODY, receiver.circle_id, wanted, (), _WITNESS)


def standing_basis(
    view: CaseView, grant: GrantState, receiver: VerifiedKey, *, at: datetime
) -> Basis:
    """The basis of a grant that is live still, for its renewal after a change of section key."""
    if receiver.circle_id != grant.receiver_circle:
        raise NotPermitted("another receiver")
    live = frozenset(s for s in grant.section_ids if view.covers(grant, s, at))
    return Basis(view.case_id, grant.form, grant.receiver_circle, live, grant.basis_ids, _WITNESS)


def moving_basis(
    view: CaseView, grant: GrantState, receiver: VerifiedKey, *, at: datetime
) -> Basis:
    """The basis of a grant that passes to another circle of its receiver, as far as it is live.

    `ConsentMissing` when what it rests on names the old circle alone.
    """
    if receiver.agency_id != grant.receiver_agency:
        raise NotPermitted("another agency")
    after = carried(view, grant, receiver.circle_id)
    if after is None:
        raise ConsentMissing(sorted({view.sections[s].kind for s in grant.section_ids}))
    live = frozenset(s for s in after.section_ids if view.covers(after, s, at))
    return Basis(view.case_id, after.form, receiver.circle_id, live, after.basis_ids, _WITNESS)


def seal_grant(
    basis: Basis, *, grant_id: UUID, case_tag: bytes, keys: SectionKeys, receiver: VerifiedKey
) -> bytes:
    """Section keys, by generation, to the receiving circle, as the basis allows and no more.

    The case tag (16 random bytes) travels along so that facts of one survivor can be joined.
    """
    if receiver.circle_id != basis.receiver_circle:
        raise NotPermitted("the basis names another recipient")
    beyond = set(keys) - basis.section_ids
    if beyond:
        raise NotPermitted("the basis does not reach this far")
    return _sealed(receiver, basis.case_id, grant_id, OpenedGrant(case_tag, _mutable(keys)))


def _sealed(receiver: VerifiedKey, case_id: UUID, grant_id: UUID, content: "OpenedGrant") -> bytes:
    context = _context(
        receiver.deployment, case_id, grant_id, receiver.agency_id, receiver.circle_id
    )
    bound = (context, receiver.generation)
    body = primitives.padded(pack((content.case_tag, content.rows())))
    return primitives.seal_to(receiver.public, Purpose.GRANT, bound, body)


def _mutable(keys: SectionKeys) -> dict[UUID, dict[int, bytes]]:
    return {section_id: dict(by_generation) for section_id, by_generation in keys.items()}


def content_of(deployment: UUID, case_id: UUID, grant_id: UUID, content: "OpenedGrant") -> bytes:
    """The digest by which a strand vouches for what a bundle says, whatever it is sealed to.

    It tells nothing: what it covers has at least 128 random bits that only the bundle shows.
    """
    said = ("grant content", deployment, case_id, grant_id, content.case_tag, content.rows())
    return digest(pack(said))


def rewrap_grant(
    old: CircleSecret,
    receiver: VerifiedKey,
    *,
    case_id: UUID,
    grant_id: UUID,
    raw: bytes,
    vouched: frozenset[bytes],
    sealed_for: UUID | None = None,
) -> bytes:
    """The same bundle for a newer generation of the same circle; no key is added or left out.

    `sealed_for` is the agency of the circle `old`, when the receiver's circle succeeds that one.
    `NotVerified` unless the giver's strand vouches for what it says (`content_of`), so that
    nothing is carried over that was not given. A digest of the ciphertext alone does not do.
    """
    if sealed_for is None:
        require_newer(old, receiver)
    opened = open_grant(
        old,
        receiver.deployment,
        case_id,
        grant_id=grant_id,
        agency_id=sealed_for or receiver.agency_id,
        raw=raw,
    )
    if content_of(receiver.deployment, case_id, grant_id, opened) not in vouched:
        raise NotVerified("no strand vouches for what this bundle says")
    return _sealed(receiver, case_id, grant_id, opened)


def _context(
    deployment: UUID, case_id: UUID, grant_id: UUID, agency_id: UUID, circle_id: UUID
) -> Value:
    return ("grant", deployment, case_id, grant_id, agency_id, circle_id)


@dataclass(frozen=True, slots=True)
class OpenedGrant:
    """What a bundle held: the case tag and section keys by section and generation."""

    case_tag: bytes
    keys: dict[UUID, dict[int, bytes]] = field(repr=False)

    def rows(self) -> list[tuple[UUID, int, bytes]]:
        """The keys in the order in which they are sealed and vouched for."""
        by_section = sorted(self.keys.items())
        return [(s, g, key) for s, by in by_section for g, key in sorted(by.items())]


def open_grant(
    secret: CircleSecret,
    deployment: UUID,
    case_id: UUID,
    *,
    grant_id: UUID,
    agency_id: UUID,
    raw: bytes,
) -> OpenedGrant:
    """Open a bundle sealed to this generation of the circle; `Unreadable` otherwise."""
    context = _context(deployment, case_id, grant_id, agency_id, secret.circle_id)
    bound = (context, secret.generation)
    body = primitives.unseal_with(secret.exchange, Purpose.GRANT, bound, raw)
    try:
        return _read_content(unpack(primitives.unpadded(body)))
    except (ValueError, TypeError, NotVerified):
        raise Unreadable from None  # anybody can seal something to a circle


def _read_content(content: Any) -> OpenedGrant:
    case_tag, rows = content
    keys: dict[UUID, dict[int, bytes]] = {}
    for section_id, generation, key in rows:
        named = isinstance(section_id, UUID) and isinstance(generation, int)
        if not (named and isinstance(key, bytes) and isinstance(case_tag, bytes)):
            raise Unreadable
        keys.setdefault(section_id, {})[generation] = key
    return OpenedGrant(case_tag, keys)


def new_case_tag() -> bytes:
    """16 random bytes, born with the case."""
    return primitives.random_key()[:16]


def new_release_key() -> bytes:
    """32 bytes for the file in `instance/` without which a payload stays shut."""
    return primitives.random_key()


def seal_release(release_key: bytes, deployment: UUID, referral_id: UUID, bundle: bytes) -> bytes:
    """The second wrap of a referral's payload, stripped at acceptance."""
    return primitives.seal(release_key, Purpose.RELEASE, (deployment, referral_id), bundle)


def open_release(release_key: bytes, deployment: UUID, referral_id: UUID, raw: bytes) -> bytes:
    """The bundle beneath; `Unreadable` for another key, referral or deployment."""
    if len(release_key) != 32:
        raise Unreadable
    return primitives.unseal(release_key, Purpose.RELEASE, (deployment, referral_id), raw)


def custody_token(release_key: bytes, deployment: UUID, referral_id: UUID) -> bytes:
    """What `custody_taken` must show: only who has the referral's release key can make it.

    The offer in the strand names its digest, so that an offer dies with its release key, which a
    job destroys without any key of its own.
    """
    label = f"custody/{deployment.hex}/{referral_id.hex}"
    return primitives.derive(release_key, label)
