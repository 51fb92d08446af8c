"""What a referral does when something happens below it. Subscribed by `referral.app`."""

from uuid import UUID

from sqlalchemy import select

from referral.accounts.events import CaseWorkEnded, MemberRemoved
from referral.cases.events import GrantsEnded, WaitingGrantRenewed
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotPermitted, StateConflict
from referral.referrals import policy, release
from referral.referrals.events import WorkerLeft
from referral.referrals.model import Referral
from referral.referrals.service.receiving import announce_completion
from referral.referrals.service.sending import end_with_grants
from referral.referrals.states import OPEN_STATES, REFERRAL, ReferralKind, ReferralState
from referral.shelters.events import (
    StayConfirmed,
    StayEnded,
    StayHeld,
    StayReleased,
    StayStarted,
)


def withdraw_with_consent(event: GrantsEnded) -> None:
    """She took her consent back, or it lapsed: what rested on it is withdrawn."""
    end_with_grants(event.grant_ids)


def keep_renewed(event: WaitingGrantRenewed) -> None:
    """A part of a waiting payload has a new key: its bundle waits behind the same release key."""
    row = (
        session().scalars(select(Referral).where(Referral.grant_id == event.grant_id)).one_or_none()
    )
    if row is not None and row.state == ReferralState.SENT:
        release.store_payload(row, event.bundle, event.circle_generation)


def _own(actor: Actor, referral_id: UUID) -> Referral:
    """The referral that a keeper names, if it was addressed to one of the keeper's circles."""
    row = session().get(Referral, referral_id)
    if row is None or row.kind != ReferralKind.SHELTER or not policy.is_receiver(actor, row):
        raise NotPermitted("not a referral to this shelter")
    return row


def check_hold(event: StayHeld) -> None:
    """A bed is held only for a referral that this circle has accepted."""
    row = _own(event.actor, event.referral_id)
    if event.case_id is not None and event.case_id != row.case_id:
        raise NotPermitted("a referral of another case")
    if row.state not in {ReferralState.ACCEPTED, ReferralState.SCHEDULED}:
        raise StateConflict(row.state, "hold_beds")


def _advance(actor: Actor, referral_id: UUID, event: str, **also: object) -> Referral:
    """Move the referral along; one that ended meanwhile (a withdrawal) stays where it is."""
    row = _own(actor, referral_id)
    if (row.state, event) in REFERRAL:
        states.advance(row, event, REFERRAL, **also)
    return row


def schedule_with_stay(event: StayConfirmed) -> None:
    """A place is promised: the sender sees "placed", never where."""
    _advance(event.actor, event.referral_id, "schedule")


def unschedule_with_stay(event: StayReleased) -> None:
    """The place was given back: the promise is open again."""
    _advance(event.actor, event.referral_id, "unschedule")


def start_with_stay(event: StayStarted) -> None:
    """She has arrived: the service has begun."""
    _advance(event.actor, event.referral_id, "start")


def complete_with_stay(event: StayEnded) -> None:
    """She has left: the promise is kept."""
    before = _own(event.actor, event.referral_id).state
    row = _advance(event.actor, event.referral_id, "complete", completed_at=clock.now())
    if row.state != before:
        announce_completion(row)


def give_back_to_circle(event: MemberRemoved | CaseWorkEnded) -> None:
    """What somebody had promised to see to who left, or works on no case, is the circle's again."""
    query = select(Referral).where(
        Referral.worker_id == event.member_id, Referral.state.in_(OPEN_STATES)
    )
    locked = query.order_by(Referral.id).with_for_update()
    for row in session().scalars(locked.execution_options(populate_existing=True)).all():
        row.worker_id = None
        session().flush()
        events.publish(WorkerLeft(row.id, row.case_id, row.to_circle_id))
