"""What a restore does to cases: ended grants stay ended, what may have ended waits.

Run inside the transaction that puts the rows in place. Rows alone would not do: the strands of a
backup know nothing of what came later, so that the holder's next new key would go to whoever they
still name. The server's signed point beside each case is what the strands are read with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from referral.agencies.model import Circle
from referral.audit.trail import trail
from referral.cases.model import CaseFile, CaseRestorePoint, Grant, SharingBasis, StrandRow
from referral.cases.sharing import strike_grants, strike_rows
from referral.kernel import clock, deployment
from referral.kernel.db import session
from referral.vault.restore_points import CasePoint, Place, When
from referral.vault.strands import SignedEntry


@dataclass(frozen=True, slots=True)
class EndedIn:
    """What had ended in one case: (id, when)."""

    grants: tuple[When, ...] = ()
    bases: tuple[When, ...] = ()


def end_grants_again(grant_ids: Collection[UUID]) -> int:
    """Delete the bundles and cards of grants that had ended; how many were there."""
    query = select(Grant.id).where(Grant.id.in_(grant_ids), Grant.ended_at.is_(None))
    found = list(session().scalars(query)) if grant_ids else []
    for grant_id in found:
        strike_grants([grant_id])
    return len(found)


def end_bases_again(ended: Mapping[UUID, datetime]) -> int:
    """Note the end of consents and legal bases that had ended; how many were there."""
    query = select(SharingBasis).where(
        SharingBasis.id.in_(set(ended)), SharingBasis.ended_at.is_(None)
    )
    rows = list(session().scalars(query)) if ended else []
    for row in rows:
        row.ended_at = ended[row.id]
    session().flush()
    return len(rows)


def suspend_grants() -> list[tuple[UUID, UUID]]:
    """Take every key that one agency gave another, until the custodian confirms; which cases.

    Gives (case, circle of its custodian). The bundles are deleted: a flag would stop the product
    and nobody with old keys.
    """
    query = (
        select(Grant.id, Grant.case_id)
        .join(Circle, Circle.id == Grant.giver_circle_id)
        .where(
            Grant.ended_at.is_(None),
            Grant.is_pending.is_(False),  # what waits for an answer is sent again
            Circle.agency_id != Grant.receiver_agency_id,
        )
    )
    rows = session().execute(query).all()
    for grant_id, _ in rows:
        strike_rows([grant_id])
    cases = select(CaseFile.id, CaseFile.custodian_circle_id).order_by(CaseFile.id)
    touched = {case_id for _, case_id in rows}
    return [
        (row.id, row.custodian_circle_id) for row in session().execute(cases) if row.id in touched
    ]


def keep_points(*, epoch: int, before: int, suspends: bool, ended: Mapping[UUID, EndedIn]) -> int:
    """Sign where the strands of every case stand, and what had ended in each; how many."""
    heads, here, moment = _heads(), deployment.current().id, clock.now()
    for case_id in session().scalars(select(CaseFile.id)).all():
        told = ended.get(case_id, EndedIn())
        point = CasePoint(
            here,
            case_id,
            epoch,
            before,
            moment,
            int(suspends),
            tuple(sorted(heads.get(case_id, ()))),
            told.grants,
            told.bases,
        )
        raw, signature = point.signed(trail.server.sign_as)
        session().add(CaseRestorePoint(case_id=case_id, epoch=epoch, raw=raw, signature=signature))
    session().flush()
    return len(heads)


def _heads() -> Mapping[UUID, Iterable[Place]]:
    """Of each case: the newest entry of each agency's strand."""
    newest = (
        select(StrandRow.case_id, StrandRow.agency_id, func.max(StrandRow.seq).label("seq"))
        .group_by(StrandRow.case_id, StrandRow.agency_id)
        .subquery()
    )
    rows = session().execute(
        select(
            StrandRow.case_id,
            StrandRow.agency_id,
            StrandRow.seq,
            StrandRow.raw,
            StrandRow.signature,
        ).join(
            newest,
            (newest.c.case_id == StrandRow.case_id)
            & (newest.c.agency_id == StrandRow.agency_id)
            & (newest.c.seq == StrandRow.seq),
        )
    )
    heads: dict[UUID, list[Place]] = defaultdict(list)
    for row in rows:
        entry = SignedEntry(row.raw, row.signature)
        heads[row.case_id].append((row.agency_id, row.seq, entry.digest))
    return heads
