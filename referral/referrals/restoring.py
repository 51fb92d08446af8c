"""What a restore does to referrals: what had ended stays so, what cannot be opened goes back."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import exists, select

from referral.audit.tombstones import Ended, bury
from referral.cases.put_away import put_away
from referral.cases.sharing import strike_grants
from referral.kernel import events, states
from referral.kernel.db import session
from referral.kernel.instance import instance, release_name
from referral.referrals import release
from referral.referrals.events import ReferralEnded
from referral.referrals.model import Referral, ReferralPayload, ReferralSummaryBody
from referral.referrals.states import REFERRAL, ReferralState
from referral.referrals.summaries import destroy_summary

EVENTS: Mapping[str, str] = {
    Ended.DECLINED: "decline",
    Ended.WITHDRAWN: "withdraw",
    Ended.CANCELLED: "cancel",
    Ended.EXPIRED: "expire",
}


def end_again(ended: Mapping[UUID, str]) -> int:
    """End referrals as they had ended; how many. `ended`: id → the kind of tombstone."""
    count = 0
    for row in _referrals(ended):
        if (row.state, EVENTS[ended[row.id]]) in REFERRAL:
            states.advance(row, EVENTS[ended[row.id]], REFERRAL)
            _close(row)
            count += 1
    return count


def _referrals(ids: Iterable[UUID]) -> list[Referral]:
    wanted = set(ids)
    query = select(Referral).where(Referral.id.in_(wanted)).order_by(Referral.id)
    return list(session().scalars(query)) if wanted else []


def _close(row: Referral) -> None:
    release.destroy_payload(row.id)
    destroy_summary(row.id)
    events.publish(
        ReferralEnded(row.id, row.case_id, row.from_circle_id, row.to_circle_id, row.state)
    )


def waiting_ids() -> set[UUID]:
    """Referrals that wait for an answer with a payload, and so for their release key."""
    has_payload = exists().where(ReferralPayload.referral_id == Referral.id)
    query = select(Referral.id).where(Referral.state == ReferralState.SENT, has_payload)
    return set(session().scalars(query))


def put_summaries_away(left: Iterable[tuple[UUID, UUID]]) -> list[UUID]:
    """Shut what circles were asked in cases that they are to leave again; which referrals.

    `left` are (case, circle).
    """
    found: list[UUID] = []
    for case_id, circle_id in left:
        asked = select(Referral, ReferralSummaryBody).where(
            Referral.case_id == case_id,
            Referral.to_circle_id == circle_id,
            ReferralSummaryBody.referral_id == Referral.id,
        )
        for row, summary in session().execute(asked.order_by(Referral.id)).all():
            summary.body = put_away(row.id, summary.body)
            found.append(row.id)
    session().flush()
    return found


def still_waiting(referral_ids: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Those of the referrals that wait for an answer, each with the circle that is asked."""
    sent = [row for row in _referrals(referral_ids) if row.state == ReferralState.SENT]
    return [(row.id, row.to_circle_id) for row in sent]


def return_to_sender(referral_ids: Iterable[UUID]) -> int:
    """Give referrals that nobody can accept back to their sender, to be sent again; how many."""
    count = 0
    for row in _referrals(referral_ids):
        if (row.state, "return") in REFERRAL:
            states.advance(row, "return", REFERRAL)
            bury(Ended.CANCELLED, row.id, case_id=row.case_id)
            strike_grants([row.grant_id])
            _close(row)
            count += 1
    return count


def without_key() -> set[UUID]:
    """Referrals that wait for an answer and whose release key is not there."""
    return {
        referral_id
        for referral_id in waiting_ids()
        if instance.read(release_name(referral_id)) is None
    }
