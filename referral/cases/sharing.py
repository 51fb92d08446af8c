"""Making, renewing and ending grants: the rows and strand entries around `seal_grant`."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import delete, select, update

from referral.agencies import directory
from referral.audit.tombstones import Ended, bury
from referral.cases.drawers import forget_card
from referral.cases.events import GrantsEnded, WaitingGrantRenewed
from referral.cases.model import Grant, GrantBasis, GrantBundle, GrantBundleBody, Section
from referral.cases.opening import Opening
from referral.cases.put_away import put_away
from referral.cases.strands import advance
from referral.kernel import clock, events
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.kernel.ids import new_id
from referral.vault.case_view import OWN, GrantState
from referral.vault.codec import digest
from referral.vault.directory import VerifiedKey
from referral.vault.grants import (
    Basis,
    OpenedGrant,
    SectionKeys,
    content_of,
    own_basis,
    seal_grant,
    standing_basis,
)


def make_grant(
    opening: Opening, basis: Basis, receiver: VerifiedKey, *, pending: bool = False
) -> tuple[UUID, bytes]:
    """Give a circle the keys that the basis covers; gives the grant's id and its bundle.

    A pending grant's bundle is not stored here: the referral keeps it under a release key until
    acceptance. `KeysMissing` when the session cannot read what it would give.
    """
    grant_id = new_id()
    keys = {s: {_generation(opening, s): _newest_key(opening, s)} for s in basis.section_ids}
    bundle = _sealed(opening, basis, grant_id, keys, receiver)
    circle_id = opening.acting_circle()
    payload = (
        grant_id,
        circle_id,
        receiver.agency_id,
        receiver.circle_id,
        tuple(sorted(basis.section_ids)),
        basis.form,
        basis.basis_ids,
        digest(bundle),
        int(pending),
        content_said(opening, grant_id, keys),
    )
    advance(opening.view, opening.keyring, "grant_made", payload)
    _insert_grant(opening, basis, grant_id, receiver, pending=pending)
    if not pending:
        _keep_bundle(opening, grant_id, receiver, bundle)
    return grant_id, bundle


def _insert_grant(
    opening: Opening, basis: Basis, grant_id: UUID, receiver: VerifiedKey, *, pending: bool
) -> None:
    session().add(
        Grant(
            id=grant_id,
            case_id=opening.case.id,
            giver_circle_id=opening.acting_circle(),
            receiver_agency_id=receiver.agency_id,
            receiver_circle_id=receiver.circle_id,
            form=basis.form,
            is_pending=pending,
            made_at=clock.now(),
        )
    )
    session().flush()
    session().add_all(GrantBasis(grant_id=grant_id, basis_id=b) for b in basis.basis_ids)
    session().flush()


def _generation(opening: Opening, section_id: UUID) -> int:
    return opening.view.sections[section_id].generation


def _newest_key(opening: Opening, section_id: UUID) -> bytes:
    return opening.key(section_id, _generation(opening, section_id))


def _sealed(
    opening: Opening, basis: Basis, grant_id: UUID, keys: SectionKeys, receiver: VerifiedKey
) -> bytes:
    return seal_grant(
        basis, grant_id=grant_id, case_tag=opening.case_tag, keys=keys, receiver=receiver
    )


def content_said(opening: Opening, grant_id: UUID, keys: SectionKeys) -> bytes:
    """The digest that vouches for what a bundle says, so that it may be sealed anew."""
    said = OpenedGrant(opening.case_tag, {s: dict(by) for s, by in keys.items()})
    return content_of(opening.view.deployment, opening.case.id, grant_id, said)


def _keep_bundle(opening: Opening, grant_id: UUID, receiver: VerifiedKey, bundle: bytes) -> None:
    """Where the receiver is to let go of the case since a restore, it does so unseen."""
    is_away = receiver.circle_id in opening.view.left_out
    bundle = put_away(grant_id, bundle) if is_away else bundle
    store_bundle(grant_id, receiver.generation, bundle)


def store_bundle(grant_id: UUID, generation: int, bundle: bytes) -> None:
    """Keep a bundle for a grant, sealed to this generation of its circle."""
    row = GrantBundle(
        id=new_id(), grant_id=grant_id, circle_generation=generation, made_at=clock.now()
    )
    session().add(row)
    session().flush()
    session().add(GrantBundleBody(bundle_id=row.id, body=bundle))
    session().flush()


def keep_own(opening: Opening, circle_id: UUID) -> None:
    """Seal to the circle itself every key it has of sections it holds or keeps, as one bundle."""
    receiver = directory.key_of(circle_id)
    held = [s.section_id for s in opening.view.sections.values() if s.holder_circle == circle_id]
    own = _own_grant(opening, circle_id)
    if own is None:
        make_grant(opening, own_basis(opening.view, circle_id, held), receiver)
        return
    keys = {s: opening.keys[s] for s in held if s in opening.keys}
    basis = own_basis(opening.view, circle_id, keys)
    bundle = _sealed(opening, basis, own.grant_id, keys, receiver)
    advance(
        opening.view,
        opening.keyring,
        "grant_renewed",
        (
            own.grant_id,
            tuple(sorted(keys)),
            digest(bundle),
            content_said(opening, own.grant_id, keys),
        ),
    )
    kept = own.section_ids - set(keys)
    if not kept:  # else older bundles still carry what has passed to another holder
        session().execute(delete(GrantBundle).where(GrantBundle.grant_id == own.grant_id))
    store_bundle(own.grant_id, receiver.generation, bundle)


def _own_grant(opening: Opening, circle_id: UUID) -> GrantState | None:
    for grant in opening.view.grants.values():
        if grant.form == OWN and grant.receiver_circle == circle_id:
            return grant
    return None


def renew_for_readers(opening: Opening, section_id: UUID) -> None:
    """After a new section key: seal it to every circle whose grant is live still.

    A grant that waits for acceptance is renewed too; its bundle goes behind the release key. Where
    a named circle has no key of its own yet, the section stays stale: the next edit tries again.
    """
    state = opening.view.sections[section_id]
    keys = {section_id: {state.generation: opening.key(section_id, state.generation)}}
    live = [
        grant
        for grant in opening.view.grants.values()
        if grant.receiver_circle != state.holder_circle
        and opening.view.covers(grant, section_id, opening.at)
        and not directory.directory_of(grant.receiver_agency).is_ended  # and nobody in its place
    ]
    for grant in live:
        receiver = sealable(grant.receiver_circle)
        if receiver is None:
            session().get_one(Section, section_id).is_stale = True
            continue
        basis = standing_basis(opening.view, grant, receiver, at=opening.at)
        bundle = _sealed(opening, basis, grant.grant_id, keys, receiver)
        advance(
            opening.view,
            opening.keyring,
            "grant_renewed",
            (
                grant.grant_id,
                (section_id,),
                digest(bundle),
                content_said(opening, grant.grant_id, keys),
            ),
        )
        if grant.pending:
            events.publish(WaitingGrantRenewed(grant.grant_id, receiver.generation, bundle))
        else:
            _keep_bundle(opening, grant.grant_id, receiver, bundle)


def sealable(circle_id: UUID) -> VerifiedKey | None:
    """The key of a circle, None while nothing may be sealed to it."""
    try:
        return directory.key_of(circle_id)
    except NotVerified:
        return None


def take_grant(opening: Opening, grant_id: UUID, bundles: Iterable[tuple[int, bytes]]) -> None:
    """The receiver takes a pending grant: its strand says so, the bundles are stored.

    `bundles` are (generation of the receiving circle, bundle), oldest first.
    """
    advance(opening.view, opening.keyring, "grant_taken", (grant_id,))
    row = session().get(Grant, grant_id)
    if row is not None:
        row.is_pending = False
    for generation, bundle in bundles:
        store_bundle(grant_id, generation, bundle)


def end_grant(opening: Opening, grant_id: UUID, reason: str) -> None:
    """End one grant by the actor's strand: bundles deleted, sections stale."""
    state = opening.view.grants[grant_id]
    if state.ended_at is None:
        advance(opening.view, opening.keyring, "grant_ended", (grant_id,))
    strike_grants([grant_id], state.section_ids)


def strike_grants(grant_ids: Iterable[UUID], section_ids: Iterable[UUID] = ()) -> None:
    """Delete the bundles and cards of grants and mark their sections stale. Needs no key.

    Without `section_ids` every section of the cases concerned is marked: a job cannot tell which
    ones a bundle carried.
    """
    for grant_id, case_id in strike_rows(grant_ids, section_ids):
        bury(Ended.GRANT, grant_id, case_id=case_id)


def strike_rows(
    grant_ids: Iterable[UUID], section_ids: Iterable[UUID] = ()
) -> list[tuple[UUID, UUID]]:
    """`strike_grants` for what may be given again: no tombstone; each grant with its case."""
    ids = list(grant_ids)
    if not ids:
        return []
    rows = session().scalars(select(Grant).where(Grant.id.in_(ids))).all()
    fresh = [(row.id, row.case_id) for row in rows if row.ended_at is None]
    session().execute(delete(GrantBundle).where(GrantBundle.grant_id.in_(ids)))
    moment = clock.now()
    session().execute(
        update(Grant).where(Grant.id.in_(ids), Grant.ended_at.is_(None)).values(ended_at=moment)
    )
    stale = update(Section).values(is_stale=True)
    wanted = list(section_ids)
    if wanted:
        session().execute(stale.where(Section.id.in_(wanted)))
    else:
        session().execute(stale.where(Section.case_id.in_({row.case_id for row in rows})))
    session().flush()
    session().expire_all()
    for row in rows:
        # Built from what the grant showed; `read_case` builds a new one.
        forget_card(row.case_id, row.receiver_circle_id)
    return fresh


def end_basis(
    basis_id: UUID,
    covered: Mapping[UUID, frozenset[UUID]],
    *,
    case_id: UUID,
    reason: str,
    givers: tuple[UUID, ...] = (),
) -> None:
    """Strike the grants that no live basis carries any more, and tell the rooms above."""
    for grant_id, sections in covered.items():
        strike_grants([grant_id], sections)
    events.publish(GrantsEnded(case_id, basis_id, tuple(covered), reason, givers))
