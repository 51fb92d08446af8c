"""What a basis that is over takes with it, and what its giver's next session gives anew.

A job has no keys: it can delete a bundle, not seal a smaller one. It reads the signed strands, so
that it ends a grant only when a part of it rests on nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from referral.cases.events import RemainderGiven
from referral.cases.model import Grant, GrantBasis, SharingBasis
from referral.cases.opening import Opening, open_case_view
from referral.cases.sharing import end_grant, make_grant, sealable
from referral.cases.states import CaseState
from referral.cases.strands import case_view, lock
from referral.kernel import clock, events
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import ConsentMissing, KeysMissing
from referral.kernel.permissions import Permission
from referral.vault.case_view import OWN, CaseView, GrantState
from referral.vault.grants import sharing_basis


@dataclass(frozen=True)
class Lapse:
    """What ends with a basis: sections by grant, and the circles that have some to give anew."""

    struck: Mapping[UUID, frozenset[UUID]]
    givers: tuple[UUID, ...]


def lapse_of(basis: SharingBasis, at: datetime) -> Lapse:
    """The grants of which some part rests on this basis alone; needs no key.

    By the verified strands, never by rows. A grant that no strand vouches for ends too. One whose
    every section another of its own bases still covers stays as it is.
    """
    view = case_view(basis.case_id)
    struck: dict[UUID, frozenset[UUID]] = {}
    givers: set[UUID] = set()
    for grant_id in _resting_on(basis, view):
        grant = view.grants.get(grant_id)
        if grant is None:
            struck[grant_id] = frozenset()
            continue
        kept = {s for s in grant.section_ids if _is_carried(view, grant, s, basis.id, at)}
        if kept != grant.section_ids:
            struck[grant_id] = grant.section_ids
            givers |= {grant.giver_circle} if kept and not grant.pending else set()
    return Lapse(struck, tuple(sorted(givers)))


def _resting_on(basis: SharingBasis, view: CaseView) -> list[UUID]:
    """Grants not struck yet that name the basis in their strand or, if in none, by their row."""
    named = select(GrantBasis.grant_id).where(GrantBasis.basis_id == basis.id)
    signed = [g.grant_id for g in view.grants.values() if basis.id in g.basis_ids]
    query = select(Grant.id).where(
        Grant.case_id == basis.case_id,
        Grant.ended_at.is_(None),
        Grant.id.in_(named) | Grant.id.in_(signed),
    )
    return list(session().scalars(query.order_by(Grant.id)))


def _is_carried(
    view: CaseView, grant: GrantState, section_id: UUID, over: UUID, at: datetime
) -> bool:
    kind = view.sections[section_id].kind
    others = (view.bases[basis_id] for basis_id in grant.basis_ids if basis_id != over)
    return grant.ended_at is None and any(b.is_live(at) and kind in b.kinds for b in others)


def settle_struck(actor: Actor, opening: Opening) -> Opening:
    """Sign the end of what a job struck in this giver's name, and give anew what remains.

    Gives the case as it stands then. A session that may not share, or whose circle is to let go of
    the case since a restore, leaves it to one that may.
    """
    is_here = not opening.left_circles
    may_sign = is_here and opening.keyring.agency_id not in opening.view.faults
    may_give = may_sign and Permission.REFERRAL_SEND in actor.permissions
    if not (may_give and opening.case.state == CaseState.OPEN and any(_struck(opening))):
        return opening
    lock(opening.case, opening.keyring)
    opening = open_case_view(actor, opening.case)
    settled = [grant for grant in _struck(opening) if _can_settle(opening, grant)]
    for grant in settled:
        remains = _remains(opening, grant)
        end_grant(opening, grant.grant_id, "lapsed")
        if remains:
            give_what_remains(opening, grant.receiver_circle, grant.section_ids)
    for circle_id in sorted({grant.giver_circle for grant in settled}):
        events.publish(RemainderGiven(opening.case.id, circle_id))
    return open_case_view(actor, opening.case)


def _remains(opening: Opening, grant: GrantState) -> bool:
    """Whether a live basis still covers a part of it, which is to be given anew."""
    covered = (opening.view.covers(grant, s, opening.at) for s in grant.section_ids)
    return not grant.pending and any(covered)


def _can_settle(opening: Opening, grant: GrantState) -> bool:
    """Not while a named circle has no key of its own yet: the rest could not be given anew."""
    return not _remains(opening, grant) or sealable(grant.receiver_circle) is not None


def _struck(opening: Opening) -> Iterator[GrantState]:
    """Grants of the session's circles that their strand takes for live and a job has ended."""
    ours = [
        grant
        for grant in opening.view.grants.values()
        if grant.giver_circle in opening.circle_ids
        and grant.giver_agency == opening.keyring.agency_id
        and grant.form != OWN
        and not grant.is_over
    ]
    if not ours:
        return
    query = select(Grant.id).where(
        Grant.id.in_([grant.grant_id for grant in ours]), Grant.ended_at.is_not(None)
    )
    ended = set(session().scalars(query))
    yield from (grant for grant in ours if grant.grant_id in ended)


def give_what_remains(opening: Opening, circle_id: UUID, section_ids: frozenset[UUID]) -> None:
    """Grant anew what other live bases still cover, as far as this session can read it.

    Nothing to a named circle that has no key of its own yet: its holder's next edit comes to it.
    """
    moment = clock.now()
    receiver = sealable(circle_id)
    if receiver is None:
        return
    bases = opening.view.live_bases(receiver.agency_id, circle_id, moment)
    kinds = {kind for basis in bases for kind in basis.kinds}
    remaining = [
        s for s in section_ids if opening.view.sections[s].kind in kinds and _can_give(opening, s)
    ]
    if not remaining:
        return
    try:
        giver_agency = opening.keyring.agency_id
        basis = sharing_basis(
            opening.view, receiver, remaining, giver_agency=giver_agency, at=moment
        )
    except ConsentMissing:
        return
    make_grant(opening, basis, receiver)


def _can_give(opening: Opening, section_id: UUID) -> bool:
    try:
        giver = opening.acting_circle()
        opening.key(section_id, opening.view.sections[section_id].generation)
    except KeysMissing:
        return False
    return opening.view.reads(giver, section_id, opening.at)
