"""Reading the summary, accepting, declining, serving, completing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from referral.accounts.model import Member
from referral.agencies.locks import hold_keys
from referral.audit.detail import Said, tell, tell_all
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.cases.events import CustodyTaken
from referral.cases.model import CaseFile, Section
from referral.cases.opening import Opening, open_case_view
from referral.cases.service.files import refresh_card
from referral.cases.sharing import end_grant, keep_own, take_grant
from referral.cases.strands import advance, lock
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import (
    ConsentMissing,
    InvalidInput,
    NotFound,
    NotPermitted,
    StateConflict,
)
from referral.kernel.paging import Page
from referral.kernel.permissions import Permission
from referral.referrals import policy, queries, release
from referral.referrals.events import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    WorkerNamed,
)
from referral.referrals.model import Referral
from referral.referrals.states import (
    DECIDE_WITHIN,
    DECLINE_REASONS,
    OPEN_STATES,
    REFERRAL,
    UNDER_WAY,
    ReferralKind,
    Urgency,
)
from referral.referrals.summaries import destroy_summary
from referral.vault.case_view import CUSTODY
from referral.vault.keys import keyring_of

SKEW = timedelta(minutes=5)
LATEST_CONTACT = timedelta(days=30)


@dataclass(frozen=True)
class OpenedSummary:
    """A referral with its summary open."""

    referral: Referral
    line: queries.ReferralLine


@operation(Permission.REFERRAL_READ, policy.holds_keys)
def list_inbox(
    actor: Actor,
    subject: None,
    *,
    states: Sequence[str] = OPEN_STATES,
    cursor: str | None = None,
) -> Page[queries.ReferralLine]:
    """Open the summaries of one page of what others ask: one entry for the list."""
    page = queries.inbox(actor, states=states, cursor=cursor)
    tell(Said.COUNT, len(page.rows))
    return page


@operation(Permission.REFERRAL_READ, policy.is_party)
def read_summary(actor: Actor, referral: Referral) -> OpenedSummary:
    """Open what stands in a referral before acceptance."""
    return OpenedSummary(referral, queries.line_of(actor, referral))


@operation(Permission.REFERRAL_ACCEPT, policy.is_receiver)
def accept_referral(
    actor: Actor, referral: Referral, *, worker_id: UUID, first_contact_at: datetime
) -> Referral:
    """Accept on behalf of the receiving circle: a named worker, a first contact; payload opens.

    The basis is checked again at this second. `NotFound` when the release key is gone: the sender
    must send again.
    """
    _check_contact(first_contact_at)
    case = _locked(actor, referral)
    worker = _colleague(actor, referral, worker_id)
    if referral.kind == ReferralKind.CUSTODY and Permission.CUSTODY_TAKE not in actor.permissions:
        raise NotPermitted("this role does not take custody")
    states.advance(
        referral,
        "accept",
        REFERRAL,
        worker_id=worker.id,
        first_contact_at=first_contact_at,
        accepted_at=clock.now(),
    )
    opening = open_case_view(actor, case)
    tell(Said.MEMBER, worker.id)
    _recheck(opening, referral)
    given = opening.view.grants[referral.grant_id].section_ids
    tell_all(Said.KINDS, [opening.view.sections[s].kind for s in given])
    take_grant(opening, referral.grant_id, release.take_payload(referral))
    opening = open_case_view(actor, case)
    if referral.kind == ReferralKind.CUSTODY:
        _take_custody(opening, referral)
    refresh_card(opening)
    events.publish(
        ReferralAccepted(
            actor, referral.id, case.id, referral.to_circle_id, worker.id, first_contact_at
        )
    )
    return referral


def _locked(actor: Actor, referral: Referral) -> CaseFile:
    """The case, locked; `NotFound` when the referral went to another circle in this instant."""
    case = session().get_one(CaseFile, referral.case_id)
    lock(case, keyring_of(actor))
    session().refresh(referral)
    if not policy.is_receiver(actor, referral):
        raise NotFound("moved to another circle")
    return case


def _colleague(actor: Actor, referral: Referral, worker_id: UUID) -> Member:
    for worker in queries.possible_workers(actor, referral):
        if worker.id == worker_id:
            return worker
    raise InvalidInput({"worker_id": ["Choose who will see to it."]})


def _check_contact(moment: datetime) -> None:
    if not clock.now() - SKEW <= moment <= clock.now() + LATEST_CONTACT:
        raise InvalidInput(
            {"first_contact_at": ["Choose a time from now to thirty days from now."]}
        )


def _recheck(opening: Opening, referral: Referral) -> None:
    """The basis at this second: what was withdrawn meanwhile is not opened."""
    grant = opening.view.grants.get(referral.grant_id)
    if grant is None or grant.ended_at is not None or not grant.pending:
        raise NotFound("the grant is gone; the sender must send again")
    opening.expect_here(grant.receiver_circle)
    uncovered = [s for s in grant.section_ids if not opening.view.covers(grant, s, opening.at)]
    if uncovered and grant.form != CUSTODY:
        raise ConsentMissing(sorted({opening.view.sections[s].kind for s in uncovered}))


def _take_custody(opening: Opening, referral: Referral) -> None:
    """The receiving circle becomes custodian and holder of what custody passes."""
    offer = opening.view.offered.get(referral.id)
    proof = (
        () if offer is None or offer.token_digest is None else (release.custody_proof(referral),)
    )
    payload = (referral.id, *proof)
    advance(opening.view, opening.keyring, "custody_taken", payload)
    circle_id = referral.to_circle_id
    for state in opening.view.sections.values():
        if state.holder_circle == circle_id:
            header = session().get_one(Section, state.section_id)
            header.holder_agency_id = state.holder_agency
            header.holder_circle_id = state.holder_circle
    opening.case.custodian_agency_id = referral.to_agency_id
    opening.case.custodian_circle_id = circle_id
    session().flush()
    keep_own(opening, circle_id)
    events.publish(CustodyTaken(opening.case.id, referral.to_agency_id, circle_id))
    states.advance(referral, "complete", REFERRAL, completed_at=clock.now())
    announce_completion(referral)


@operation(Permission.REFERRAL_ACCEPT, policy.is_receiver)
def decline_referral(actor: Actor, referral: Referral, *, reason: str) -> Referral:
    """Say that this circle cannot, and why; the payload is destroyed unopened."""
    if reason not in DECLINE_REASONS:
        raise InvalidInput({"reason": ["Choose from the answers listed."]})
    case = _locked(actor, referral)
    states.advance(referral, "decline", REFERRAL, decline_reason=reason)
    tell(Said.GROUND, reason)
    opening = open_case_view(actor, case)
    end_grant(opening, referral.grant_id, "declined")
    bury(Ended.DECLINED, referral.id, case_id=referral.case_id)
    release.destroy_payload(referral.id)
    destroy_summary(referral.id)
    half = DECIDE_WITHIN[Urgency(referral.urgency)] / 2
    events.publish(
        ReferralDeclined(referral.id, referral.case_id, referral.from_circle_id, clock.now() + half)
    )
    return referral


@operation(Permission.REFERRAL_COMPLETE, policy.is_receiver)
def start_service(actor: Actor, referral: Referral) -> Referral:
    """First contact was made: the service has begun."""
    _hold(referral)
    states.advance(referral, "start", REFERRAL)
    return referral


@operation(Permission.REFERRAL_COMPLETE, policy.is_receiver)
def complete_referral(actor: Actor, referral: Referral) -> Referral:
    """What was promised is done; the sender learns that, not what was written."""
    _hold(referral)
    states.advance(referral, "complete", REFERRAL, completed_at=clock.now())
    announce_completion(referral)
    return referral


@operation(Permission.REFERRAL_ACCEPT, policy.is_receiver)
def name_worker(actor: Actor, referral: Referral, *, worker_id: UUID) -> Referral:
    """Name a colleague who sees to a referral under way, instead of whoever did before.

    Who sees to it already is told nothing again.
    `InvalidInput` for somebody who does not work on cases here, `StateConflict` before it is
    accepted and after its end.
    """
    _hold(referral)
    if referral.state not in UNDER_WAY:
        raise StateConflict(referral.state, "name_worker")
    worker = _colleague(actor, referral, worker_id)
    if referral.worker_id == worker.id:
        return referral
    referral.worker_id = worker.id
    session().flush()
    events.publish(WorkerNamed(referral.id, referral.case_id, referral.to_circle_id, worker.id))
    return referral


def _hold(referral: Referral) -> None:
    """The referral, and first the keys of the agency that has it: its circles stay as they are."""
    hold_keys([referral.to_agency_id])
    session().refresh(referral, with_for_update=True)


def announce_completion(referral: Referral) -> None:
    """Tell the rooms above that the promise is kept."""
    events.publish(
        ReferralCompleted(
            referral.id, referral.case_id, referral.from_circle_id, referral.to_circle_id
        )
    )
