"""A case after one of its agencies ended: its strand says who stands there, its rows follow."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, update

from referral.agencies import directory
from referral.agencies.model import Circle
from referral.cases.drawers import forget_card
from referral.cases.events import CaseSucceeded
from referral.cases.model import CaseFile, Grant, Section, SharingBasis, StrandRow
from referral.cases.states import CaseState
from referral.cases.strands import advance, case_view, case_views, lock
from referral.kernel import events
from referral.kernel.db import is_writing, session
from referral.kernel.errors import NotVerified
from referral.vault.case_succession import SUCCEEDED, concerned, heirs_here
from referral.vault.case_view import CaseView
from referral.vault.directory import AgencyDirectory
from referral.vault.keys import Keyring

AT_ONCE = 200


def settle_ended(case: CaseFile, view: CaseView, keyring: Keyring) -> CaseView:
    """Say in the strand who stands in the place of agencies that have ended; gives the view.

    What follows from the closed logs alone, whoever opens the case first signs. A session that may
    not, or only reads without a transaction of its own, leaves it to another.
    """
    if not is_writing() or not _ended_in(view):
        return view
    lock(case, keyring)
    view = case_view(case.id)
    while ended := _ended_in(view):
        done = [log for log in ended if _say(case, view, keyring, log)]
        if not done:
            break
    return view


def _ended_in(view: CaseView) -> list[AgencyDirectory]:
    """Closed logs of agencies with a part in the case in whose place nobody stands yet."""
    logs = directory.directories(sorted(_agencies_of(view) - view.succeeded))
    return [log for log in logs.values() if log.is_ended]


def _agencies_of(view: CaseView) -> set[UUID]:
    circles = {b.recipient_circle for b in view.bases.values()} - view.circle_agencies.keys()
    owners = session().scalars(select(Circle.agency_id).where(Circle.id.in_(circles - {None})))
    return concerned(view) | (set(owners) if circles - {None} else set())


def _say(case: CaseFile, view: CaseView, keyring: Keyring, log: AgencyDirectory) -> bool:
    heirs = heirs_here(view, log)
    try:
        with session().begin_nested():
            advance(view, keyring, SUCCEEDED, (log.agency_id,))
    except NotVerified:  # this session has no standing here, or a strand does not hold
        return False
    circles = {circle_id: (heir.agency_id, heir.circle_id) for circle_id, heir in heirs.items()}
    for circle_id, to in circles.items():
        _rows_follow(case, circle_id, *to)
    session().flush()
    session().expire_all()
    heir_of = {circle_id: heir for circle_id, (_, heir) in circles.items()}
    events.publish(CaseSucceeded(case.id, heir_of))
    return True


def _rows_follow(case: CaseFile, circle_id: UUID, agency_id: UUID, heir_id: UUID) -> None:
    """Rows repeat of the successor what the strand says; its next session makes a card."""
    if case.custodian_circle_id == circle_id:
        case.custodian_agency_id, case.custodian_circle_id = agency_id, heir_id
        session().flush()
    session().execute(
        update(Section)
        .where(Section.case_id == case.id, Section.holder_circle_id == circle_id)
        .values(holder_agency_id=agency_id, holder_circle_id=heir_id)
    )
    session().execute(
        update(Grant)
        .where(Grant.case_id == case.id, Grant.receiver_circle_id == circle_id)
        .values(receiver_agency_id=agency_id, receiver_circle_id=heir_id)
    )
    session().execute(
        update(Grant)
        .where(Grant.case_id == case.id, Grant.giver_circle_id == circle_id)
        .values(giver_circle_id=heir_id)
    )
    forget_card(case.id, circle_id)


def lock_cases_of(agency_id: UUID, circle_ids: Iterable[UUID]) -> Sequence[CaseFile]:
    """Hold every case in which the agency has a part, one after the other, until the end.

    Whoever is writing in one of them comes first; whoever waits reads the closed log afterwards,
    and seals nothing to a key of the ended agency.
    """
    circles = list(circle_ids)
    wrote = select(StrandRow.case_id).where(StrandRow.agency_id == agency_id)
    given = select(Grant.case_id).where(Grant.receiver_agency_id == agency_id)
    named = select(SharingBasis.case_id).where(
        (SharingBasis.recipient_agency_id == agency_id)
        | SharingBasis.recipient_circle_id.in_(circles)
    )
    query = select(CaseFile).where(
        CaseFile.id.in_(wrote) | CaseFile.id.in_(given) | CaseFile.id.in_(named)
    )
    locked = query.order_by(CaseFile.id).with_for_update()
    return session().scalars(locked.execution_options(populate_existing=True)).all()


def strand_ends(agency_id: UUID) -> tuple[tuple[UUID, int, bytes], ...]:
    """Of every strand of the agency: the case, how many entries hold, the newest one's digest.

    By the verified strands: what a writer has put behind them closes nothing and blocks nobody.
    """
    wrote = select(StrandRow.case_id).where(StrandRow.agency_id == agency_id).distinct()
    case_ids = sorted(session().scalars(wrote))
    ends: list[tuple[UUID, int, bytes]] = []
    for start in range(0, len(case_ids), AT_ONCE):
        views = case_views(case_ids[start : start + AT_ONCE])
        ends += [
            (case_id, view.seqs[agency_id], view.heads[agency_id])
            for case_id, view in views.items()
            if agency_id in view.seqs
        ]
    return tuple(ends)


def carried_bases(agency_id: UUID, circle_ids: Iterable[UUID]) -> Sequence[SharingBasis]:
    """Consents and legal bases in force in open cases that name an agency or one of its circles."""
    query = (
        select(SharingBasis)
        .join(CaseFile, CaseFile.id == SharingBasis.case_id)
        .where(
            CaseFile.state == CaseState.OPEN,
            SharingBasis.ended_at.is_(None),
            (SharingBasis.recipient_agency_id == agency_id)
            | SharingBasis.recipient_circle_id.in_(list(circle_ids)),
        )
        .order_by(SharingBasis.id)
    )
    return session().scalars(query).all()


def received_by(case_id: UUID, circle_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the circles that have something of the case to read, or wait to accept it."""
    query = select(Grant.receiver_circle_id).where(
        Grant.case_id == case_id,
        Grant.receiver_circle_id.in_(list(circle_ids)),
        Grant.ended_at.is_(None),
    )
    return frozenset(session().scalars(query))
