"""What a restore does to cases: ended grants stay ended, what may have ended waits.

Run inside the transaction that puts the rows in place. Rows alone would not do: the strands of a
backup know nothing of what came later, so that the holder's next new key would go to whoever they
still name. The server's signed point beside each case is what the strands are read with.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from referral.accounts.model import Member
from referral.agencies import directory
from referral.agencies.heirs import circles_in_line, successor_of
from referral.agencies.model import Circle
from referral.audit.trail import trail
from referral.cases.drawers import forget_card
from referral.cases.model import (
    CaseFile,
    CaseRestorePoint,
    Draft,
    Grant,
    GrantBundle,
    GrantBundleBody,
    Section,
    SharingBasis,
    StrandRow,
)
from referral.cases.put_away import put_away
from referral.cases.sharing import strike_grants, strike_rows
from referral.cases.succession import received_by
from referral.kernel import clock, deployment
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.vault.case_moves import CASES
from referral.vault.restore_points import CasePoint, Place, When
from referral.vault.strands import SignedEntry


@dataclass(frozen=True, slots=True)
class EndedIn:
    """What had ended in one case: (id, when); who had been left out of it, by circle."""

    grants: tuple[When, ...] = ()
    bases: tuple[When, ...] = ()
    left_out: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)


def circles_left(case_id: UUID, member_ids: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Circles that a case had moved away from, each with those of the members it had left out.

    Those that work on cases and that a member is in, and of ended agencies those for which such a
    circle acts. Who is in none with a part in the case had come into one later: nobody knows which.
    """
    found: dict[UUID, frozenset[UUID]] = {}
    for row in session().scalars(select(Member).where(Member.id.in_(list(member_ids)))):
        circles = _case_circles(row.agency_id)
        theirs = {c for c, inside in circles.items() if inside is None or row.id in inside}
        if not received_by(case_id, theirs):
            theirs |= received_by(case_id, circles)
        for circle_id in theirs:
            found[circle_id] = found.get(circle_id, frozenset()) | {row.id}
    return found


def _case_circles(agency_id: UUID) -> dict[UUID, frozenset[UUID] | None]:
    """Who is in each circle that an agency's cases may be in; None where its log does not hold."""
    line = circles_in_line(agency_id)
    try:
        circles = directory.directory_of(agency_id).circles
    except NotVerified:
        return dict.fromkeys(line)
    own = {c: state.member_ids for c, state in circles.items() if state.purpose == CASES}
    heirs = {c: successor_of(c) for c in line - circles.keys()}
    passed = {c: own[h.circle_id] for c, h in heirs.items() if h is not None and h.circle_id in own}
    return {**own, **passed}


def put_cases_away(ended: Mapping[UUID, EndedIn]) -> list[tuple[UUID, UUID]]:
    """Shut cases to circles that they had left, until they move again; (case, circle) of each.

    Keys given to such a circle go behind the server's key, cards and drafts of who was left out
    go.
    """
    found: list[tuple[UUID, UUID]] = []
    for case_id, told in sorted(ended.items()):
        taking_part = received_by(case_id, told.left_out)
        for circle_id in sorted(taking_part):
            _put_bundles_away(case_id, circle_id)
            forget_card(case_id, circle_id)
            _forget_drafts(case_id, told.left_out[circle_id])
        found += [(case_id, circle_id) for circle_id in sorted(taking_part)]
    session().flush()
    session().expire_all()
    return found


def _put_bundles_away(case_id: UUID, circle_id: UUID) -> None:
    query = (
        select(Grant.id, GrantBundleBody)
        .join(GrantBundle, GrantBundle.grant_id == Grant.id)
        .join(GrantBundleBody, GrantBundleBody.bundle_id == GrantBundle.id)
        .where(
            Grant.case_id == case_id,
            Grant.receiver_circle_id == circle_id,
            Grant.ended_at.is_(None),
        )
    )
    for grant_id, row in session().execute(query).all():
        row.body = put_away(grant_id, row.body)


def _forget_drafts(case_id: UUID, member_ids: Collection[UUID]) -> None:
    here = Draft.place.contains(str(case_id))
    session().execute(delete(Draft).where(Draft.member_id.in_(member_ids), here))


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


def close_everything() -> None:
    """Let every section get a new key at its next edit.

    Who was given something after the backup knows keys that are in use again, and the rows that
    would tell of it are gone.
    """
    session().execute(update(Section).values(is_stale=True))
    session().flush()
    session().expire_all()


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
            tuple((c, tuple(sorted(told.left_out[c]))) for c in sorted(told.left_out)),
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
