"""What is under way when a case moves to another circle: referrals are addressed anew.

A summary, and keys that wait for acceptance, are sealed to the circle that was asked. The mover's
session opens them inside the operation and seals them to the other circle; nothing is shown, and
the second wrap under the release key stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from referral.audit.tombstones import Ended, bury
from referral.cases.moving import Anew, Move, sealed_anew
from referral.kernel import clock, events, states
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotFound, Unreadable
from referral.notices.kinds import NoticeKind
from referral.notices.service import post
from referral.referrals import release
from referral.referrals.events import ReferralDeclined, WorkerLeft
from referral.referrals.model import Referral
from referral.referrals.service.sending import end_with_grants
from referral.referrals.states import (
    DECIDE_WITHIN,
    OPEN_STATES,
    REFERRAL,
    UNDER_WAY,
    ReferralState,
    Urgency,
)
from referral.referrals.summaries import (
    destroy_summary,
    replace_summary,
    summaries_of,
)
from referral.vault.boxes import seal_summary
from referral.vault.case_view import GrantState
from referral.vault.grants import open_grant

CONFLICT = "safety_or_conflict"


@dataclass(frozen=True)
class UnderWay:
    """Referrals of the case that the moving circle sent or was asked, and what is sealed anew."""

    rows: tuple[Referral, ...]
    summaries: dict[UUID, bytes]
    waiting: dict[UUID, Anew]
    """Bundles that wait for acceptance, by their grant."""


def under_way(move: Move) -> UnderWay:
    """Read them under a lock and seal to the other circle what can be opened."""
    rows = _locked(move)
    incoming = [row for row in rows if row.to_circle_id in move.from_circles]
    opened = summaries_of(move.opening.keyring, incoming, lifting=True)
    summaries = {
        row.id: seal_summary(move.receiver, row.id, opened[row.id].raw)  # word for word
        for row in incoming
        if row.id in opened and opened[row.id].is_open
    }
    waiting: dict[UUID, Anew] = {}
    for row in incoming:
        bundle = _waiting(move, row) if row.state == ReferralState.SENT else None
        if bundle is not None:
            waiting[row.grant_id] = bundle
    return UnderWay(tuple(rows), summaries, waiting)


def _locked(move: Move) -> Sequence[Referral]:
    query = (
        select(Referral)
        .where(
            Referral.case_id == move.opening.case.id,
            Referral.to_circle_id.in_(move.from_circles)
            | Referral.from_circle_id.in_(move.from_circles),
        )
        .order_by(Referral.id)
        .with_for_update()
    )
    return session().scalars(query.execution_options(populate_existing=True)).all()


def _waiting(move: Move, row: Referral) -> Anew | None:
    """The keys that wait, for the other circle; None when they are gone and must be sent again."""
    grant = move.opening.view.grants.get(row.grant_id)
    if grant is None or not grant.pending or grant.ended_at is not None:
        return None
    keys: dict[UUID, dict[int, bytes]] = {}
    case_tag = b""
    try:
        for generation, bundle in release.waiting_bundles(row):
            found = open_grant(
                move.opening.keyring.circle(row.to_circle_id, generation),
                move.opening.view.deployment,
                row.case_id,
                grant_id=row.grant_id,
                agency_id=row.to_agency_id,
                raw=bundle,
            )
            case_tag = found.case_tag
            for section_id, by_generation in found.keys.items():
                keys.setdefault(section_id, {}).update(by_generation)
    except (NotFound, Unreadable, KeysMissing):
        return None
    return sealed_anew(move, grant, keys, case_tag=case_tag)


def address_anew(move: Move, found: UnderWay, ended: Sequence[GrantState]) -> None:
    """The rows follow: who asks, who is asked, by whose key it opens, who sees to it.

    What is under way and was promised by somebody who is not in the other circle is that circle's:
    it names another.
    """
    promised = {row.id for row in found.rows if row.worker_id is not None}
    for row in found.rows:
        if row.from_circle_id in move.from_circles:
            row.from_agency_id, row.from_circle_id = move.receiver.agency_id, move.to_circle
        if row.to_circle_id in move.from_circles:
            _address(move, found, row)
    session().flush()
    over = {grant.grant_id for grant in ended}
    for row in found.rows:
        if row.grant_id in over:
            _give_back(row)
        elif row.id in promised and row.worker_id is None and row.state in UNDER_WAY:
            events.publish(WorkerLeft(row.id, row.case_id, row.to_circle_id))


def _address(move: Move, found: UnderWay, row: Referral) -> None:
    row.to_agency_id = move.receiver.agency_id
    row.to_circle_id, row.to_circle_generation = move.to_circle, move.receiver.generation
    if row.worker_id is not None and row.worker_id not in move.member_ids:
        row.worker_id = None
    if row.id in found.summaries:
        replace_summary(row.id, found.summaries[row.id])
    if row.grant_id in found.waiting:
        bundle = found.waiting[row.grant_id].bundle
        release.replace_payload(row, bundle, move.receiver.generation)


def _give_back(row: Referral) -> None:
    """Her consent named the old circle alone: who asked is told, and finds another way."""
    if row.state == ReferralState.SENT:
        states.advance(row, "decline", REFERRAL, decline_reason=CONFLICT)
        bury(Ended.DECLINED, row.id, case_id=row.case_id)
        release.destroy_payload(row.id)
        destroy_summary(row.id)
        due_at = clock.now() + DECIDE_WITHIN[Urgency(row.urgency)] / 2
        events.publish(ReferralDeclined(row.id, row.case_id, row.from_circle_id, due_at))
    elif row.state in OPEN_STATES:
        end_with_grants([row.grant_id])
        post(row.from_circle_id, NoticeKind.REFERRAL_ENDED, "referral", row.id)
