"""A case in the hands of another circle of the agency: bundles sealed anew, rows that follow.

The signed entry decides (`vault.case_moves`); what stands here makes it and follows it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select, update

from referral.agencies import directory
from referral.cases.drawers import forget_card
from referral.cases.model import (
    CaseFile,
    Draft,
    Grant,
    GrantBasis,
    GrantBundle,
    Section,
)
from referral.cases.opening import Opening
from referral.cases.sharing import store_bundle, strike_grants
from referral.cases.strands import advance
from referral.kernel.db import session
from referral.kernel.errors import ConsentMissing
from referral.vault.case_moves import carried, received, takes_part
from referral.vault.case_view import GrantState
from referral.vault.codec import digest
from referral.vault.directory import VerifiedKey
from referral.vault.grants import (
    OpenedGrant,
    SectionKeys,
    content_of,
    moving_basis,
    seal_grant,
)


@dataclass(frozen=True)
class Anew:
    """A grant's keys sealed to the other circle, and the digest of what they say."""

    bundle: bytes
    content: bytes


@dataclass(frozen=True)
class Move:
    """From which circle to which, in one session's opened case."""

    opening: Opening
    from_circle: UUID
    receiver: VerifiedKey

    @property
    def to_circle(self) -> UUID:
        """The circle that has the case from now on."""
        return self.receiver.circle_id

    @property
    def from_circles(self) -> frozenset[UUID]:
        """The circle that the case leaves, and those of ended agencies that it acts for."""
        line = self.opening.view.lines.get(self.from_circle, set())
        passed = (circle for _, circle in line if circle in self.opening.circle_ids)
        return frozenset({self.from_circle, *passed})

    @property
    def member_ids(self) -> frozenset[UUID]:
        """Who is in that circle, by the signed log."""
        log = directory.directory_of(self.receiver.agency_id)
        return log.circles[self.to_circle].member_ids


def moving_circle(opening: Opening, to_circle: UUID | None = None) -> UUID:
    """The circle of the session from which a case moves: another one than `to_circle`, if any.

    `KeysMissing` where the session has no part in the case.
    """
    acting = opening.acting_circle()
    others = [c for c in sorted(opening.circle_ids - {acting}) if takes_part(opening.view, c)]
    return others[0] if acting == to_circle and others else acting


def sealed_anew(
    move: Move, grant: GrantState, keys: SectionKeys, *, case_tag: bytes
) -> Anew | None:
    """A grant's keys to the other circle, as far as what it rests on reaches; None for nothing."""
    opening = move.opening
    try:
        basis = moving_basis(opening.view, grant, move.receiver, at=opening.at)
    except ConsentMissing:
        return None
    passing = {s: keys[s] for s in basis.section_ids if s in keys}
    if not passing:
        return None
    bundle = seal_grant(
        basis,
        grant_id=grant.grant_id,
        case_tag=case_tag,
        keys=passing,
        receiver=move.receiver,
    )
    said = OpenedGrant(case_tag, {s: dict(by) for s, by in passing.items()})
    return Anew(bundle, content_of(opening.view.deployment, opening.case.id, grant.grant_id, said))


def bundles_of(move: Move) -> dict[UUID, Anew]:
    """The bundles of all grants that the session can open, sealed to the other circle.

    `KeysMissing` where it cannot open all that its circle holds: nobody could, after the move.
    """
    opening = move.opening
    for section in opening.view.sections.values():
        if section.holder_circle == move.from_circle:
            opening.key(section.section_id, section.generation)
    found: dict[UUID, Anew] = {}
    for grant in received(opening.view, move.from_circle):
        bundle = (
            None
            if grant.pending
            else sealed_anew(move, grant, opening.keys, case_tag=opening.case_tag)
        )
        if bundle is not None:
            found[grant.grant_id] = bundle
    return found


def sign_move(
    move: Move, bundles: Mapping[UUID, Anew], summaries: Mapping[UUID, bytes]
) -> list[GrantState]:
    """Have the agency's strand say so; gives the grants that end with it, as they were."""
    view = move.opening.view
    before = received(view, move.from_circle)
    ended = [grant for grant in before if carried(view, grant, move.to_circle) is None]
    listed = tuple((g, digest(bundles[g].bundle), bundles[g].content) for g in sorted(bundles))
    payload = (move.from_circle, move.to_circle, listed, _digests(summaries))
    advance(view, move.opening.keyring, "circle_moved", payload)
    return ended


def _digests(sealed: Mapping[UUID, bytes]) -> tuple[tuple[UUID, bytes], ...]:
    return tuple((object_id, digest(sealed[object_id])) for object_id in sorted(sealed))


def follow_move(move: Move, bundles: Mapping[UUID, Anew], ended: Iterable[GrantState]) -> None:
    """Let the rows say what the strand says, and leave nothing to the old circle.

    Every section that the old circle could open is stale: its next edit makes a new key, which the
    old circle's members never see.
    """
    for grant in ended:
        strike_grants([grant.grant_id], grant.section_ids)
    _move_rows(move)
    _replace_bundles(move, bundles)
    _mark_stale(move)
    case_id = move.opening.case.id
    forget_card(case_id, move.from_circle)
    _forget_drafts(move)
    session().flush()
    session().expire_all()


def _move_rows(move: Move) -> None:
    case_id, was, now = move.opening.case.id, move.from_circle, move.to_circle
    for statement in (
        update(CaseFile)
        .where(CaseFile.id == case_id, CaseFile.custodian_circle_id == was)
        .values(custodian_circle_id=now),
        update(Section)
        .where(Section.case_id == case_id, Section.holder_circle_id == was)
        .values(holder_circle_id=now),
        update(Grant)
        .where(Grant.case_id == case_id, Grant.giver_circle_id == was, Grant.ended_at.is_(None))
        .values(giver_circle_id=now),
        update(Grant)
        .where(Grant.case_id == case_id, Grant.receiver_circle_id == was, Grant.ended_at.is_(None))
        .values(receiver_circle_id=now),
    ):
        session().execute(statement.execution_options(synchronize_session=False))


def _replace_bundles(move: Move, bundles: Mapping[UUID, Anew]) -> None:
    for grant in received(move.opening.view, move.to_circle):
        if grant.grant_id not in bundles and grant.digests:
            continue  # what this circle had already, and still has
        session().execute(delete(GrantBundle).where(GrantBundle.grant_id == grant.grant_id))
        dropped = GrantBasis.basis_id.not_in(grant.basis_ids)
        session().execute(delete(GrantBasis).where(GrantBasis.grant_id == grant.grant_id, dropped))
        if grant.grant_id in bundles and not grant.pending:
            store_bundle(grant.grant_id, move.receiver.generation, bundles[grant.grant_id].bundle)


def _mark_stale(move: Move) -> None:
    known = {s for g in received(move.opening.view, move.to_circle) for s in g.section_ids}
    session().execute(
        update(Section)
        .where(Section.id.in_(known))
        .values(is_stale=True)
        .execution_options(synchronize_session=False)
    )


def _forget_drafts(move: Move) -> None:
    """What colleagues outside were typing in this case goes: its address says that it is there."""
    log = directory.directory_of(move.receiver.agency_id)
    outside = {member.member_id for member in log.members()} - move.member_ids
    here = Draft.place.contains(str(move.opening.case.id))
    ids = select(Draft.id).where(Draft.member_id.in_(outside), here)
    session().execute(delete(Draft).where(Draft.id.in_(ids)))
