"""Sending, cancelling, expiring."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts.recovery import NOT_READY, may_receive
from referral.agencies import directory
from referral.agencies import queries as agencies
from referral.agencies.model import Circle
from referral.agencies.states import AgencyState
from referral.audit.detail import Said, tell, tell_all
from referral.audit.operation import anyone, operation
from referral.audit.tombstones import Ended, bury
from referral.cases.forms_in_force import checked
from referral.cases.model import CaseFile
from referral.cases.opening import Opening, open_case_view
from referral.cases.policy import in_circle_of_case
from referral.cases.sharing import end_grant, make_grant, strike_grants
from referral.cases.states import CaseState
from referral.cases.strands import advance, lock
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import add_as, session
from referral.kernel.errors import InvalidInput, NotPermitted, NotVerified, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.referrals import policy, release
from referral.referrals.events import ReferralEnded, ReferralSent
from referral.referrals.model import Referral
from referral.referrals.restoring import return_to_sender, without_key
from referral.referrals.states import (
    DECIDE_WITHIN,
    EXPIRE_AFTER,
    NEVER_EXPIRE,
    REFERRAL,
    ReferralKind,
    ReferralState,
    Urgency,
)
from referral.referrals.summaries import destroy_summary, store_summary
from referral.vault.case_moves import takes_part
from referral.vault.case_view import CUSTODY_KINDS
from referral.vault.directory import VerifiedKey
from referral.vault.grants import Basis, custody_basis, sharing_basis
from referral.vault.keys import keyring_of


@operation(Permission.REFERRAL_SEND, in_circle_of_case)
def send_referral(
    actor: Actor,
    case: CaseFile,
    *,
    kind: str,
    circle_id: UUID,
    urgency: str,
    kinds: Sequence[str],
    summary: Mapping[str, Any],
    made_as: UUID | None = None,
) -> Referral:
    """Ask a circle for a service, a bed, or to look after the case.

    Two bundles are sealed to it: the summary, and the sections of `kinds` behind a release key.
    `ConsentMissing` names the sections that no live basis covers for this recipient, whoever asks.
    `made_as` is an id made elsewhere; `IdTaken` when a referral stands under it.
    """
    taken = checked("referral_summary", summary)
    lock(case, keyring_of(actor))
    _check(case, kind, urgency)
    opening = open_case_view(actor, case)
    receiver = _receiver(opening, circle_id)
    wanted = _sections(opening, kind, kinds)
    _tell_what(opening, receiver, urgency, wanted)
    basis = _basis(opening, kind, receiver, wanted)
    grant_id, bundle = make_grant(opening, basis, receiver, pending=True)
    row = _insert(
        actor, opening, kind, urgency, receiver=receiver, grant_id=grant_id, made_as=made_as
    )
    if kind == ReferralKind.CUSTODY:
        _offer_custody(opening, row, wanted)
    promised = sorted({opening.view.sections[s].kind for s in wanted})
    vouched = store_summary(opening.view, row, receiver, taken, promised)
    advance(opening.view, opening.keyring, "summary_sent", (row.id, grant_id, *vouched))
    release.store_payload(row, bundle, receiver.generation)
    _publish(actor, row)
    return row


def _publish(actor: Actor, row: Referral) -> None:
    events.publish(
        ReferralSent(
            actor,
            row.id,
            row.case_id,
            row.from_circle_id,
            row.to_circle_id,
            row.urgency,
            row.decide_by,
        )
    )


def _offer_custody(opening: Opening, row: Referral, section_ids: Sequence[UUID]) -> None:
    to = (row.to_agency_id, row.to_circle_id)
    offer = (row.id, *to, tuple(sorted(section_ids)), release.custody_promise(row))
    advance(opening.view, opening.keyring, "custody_offered", offer)


def _tell_what(
    opening: Opening, receiver: VerifiedKey, urgency: str, wanted: Sequence[UUID]
) -> None:
    tell(Said.RECIPIENT, receiver.agency_id, receiver.circle_id)
    tell(Said.URGENCY, urgency)
    tell_all(Said.KINDS, [opening.view.sections[s].kind for s in wanted])


def _check(case: CaseFile, kind: str, urgency: str) -> None:
    if case.state != CaseState.OPEN:
        raise StateConflict(case.state, "send_referral")
    wrong: dict[str, list[str]] = {}
    if kind not in set(ReferralKind):
        wrong["kind"] = ["Choose from the answers listed."]
    if urgency not in set(Urgency):
        wrong["urgency"] = ["Choose how urgent it is."]
    if wrong:
        raise InvalidInput(wrong)


def _receiver(opening: Opening, circle_id: UUID) -> VerifiedKey:
    """The key of the circle asked, or of the one to which it has moved this case."""
    opening.expect_here(opening.acting_circle())
    asked = agencies.circle(circle_id)
    circle = agencies.circle(opening.view.circle_now(circle_id))
    owner = agencies.agency(circle.agency_id)
    today = clock.today()
    over = owner.valid_to is not None and owner.valid_to < today
    off = owner.state != AgencyState.LIVE or over or owner.valid_from > today
    if off or _is_closed_to(opening, asked):
        raise InvalidInput({"circle_id": ["This service takes no referrals now. Choose another."]})
    try:
        receiver = directory.key_of(circle.id)
    except NotVerified as error:
        if circle.id not in directory.directory_of(circle.agency_id).circles:
            raise  # only a row calls this a circle
        said = "This service changes its keys just now. Call it, and send in a while."
        raise InvalidInput({"circle_id": [said]}) from error
    if not may_receive(circle.id, receiver.agency_id):
        raise InvalidInput({"circle_id": [NOT_READY]})
    return receiver


def _is_closed_to(opening: Opening, circle: Circle) -> bool:
    """A named circle is asked only where it has the case already: its work is nobody's to find."""
    stated = directory.directory_of(circle.agency_id).circles.get(circle.id)
    named = stated is not None and stated.is_named
    return named and not takes_part(opening.view, circle.id)


def _sections(opening: Opening, kind: str, kinds: Sequence[str]) -> list[UUID]:
    """The newest section of each kind asked for that this session can read.

    Custody passes only what the custodian holds: what others shared with it stays theirs.
    """
    passes = kind == ReferralKind.CUSTODY
    wanted = set(kinds) | (CUSTODY_KINDS if passes else set())
    found: dict[str, UUID] = {
        s.kind: s.section_id
        for s in opening.sections_of(wanted)
        if not passes or s.holder_agency == opening.view.custodian_agency
    }
    unknown = sorted(set(kinds) - set(found))
    if unknown:
        raise InvalidInput({"kinds": ["One of these parts has not been written yet."]})
    return list(found.values())


def _basis(
    opening: Opening, kind: str, receiver: VerifiedKey, section_ids: Sequence[UUID]
) -> Basis:
    if kind != ReferralKind.CUSTODY:
        giver_agency = opening.keyring.agency_id
        return sharing_basis(
            opening.view, receiver, section_ids, giver_agency=giver_agency, at=clock.now()
        )
    if opening.view.custodian_circle not in opening.circle_ids:
        raise NotPermitted("only the custodian hands the case over")
    return custody_basis(opening.view, receiver, section_ids)


def _insert(
    actor: Actor,
    opening: Opening,
    kind: str,
    urgency: str,
    *,
    receiver: VerifiedKey,
    grant_id: UUID,
    made_as: UUID | None,
) -> Referral:
    moment = clock.now()
    row = Referral(
        id=made_as or new_id(),
        case_id=opening.case.id,
        kind=kind,
        from_agency_id=opening.keyring.agency_id,
        from_circle_id=opening.acting_circle(),
        to_agency_id=receiver.agency_id,
        to_circle_id=receiver.circle_id,
        to_circle_generation=receiver.generation,
        urgency=urgency,
        state=ReferralState.SENT,
        state_at=moment,
        sent_at=moment,
        sent_by_id=actor.member_id,
        decide_by=moment + DECIDE_WITHIN[Urgency(urgency)],
        grant_id=grant_id,
    )
    add_as(row, is_given=made_as is not None)
    session().flush()
    return row


@operation(Permission.REFERRAL_SEND, policy.is_sender)
def cancel_referral(actor: Actor, referral: Referral) -> Referral:
    """Take back a referral nobody has accepted; the payload is destroyed."""
    case = session().get_one(CaseFile, referral.case_id)
    lock(case, keyring_of(actor))  # first, as acceptance does: else the two wait for each other
    states.advance(referral, "cancel", REFERRAL)
    end_grant(open_case_view(actor, case), referral.grant_id, "cancelled")
    _ended(referral)
    return referral


def _ended(referral: Referral) -> None:
    bury(Ended(referral.state), referral.id, case_id=referral.case_id)
    release.destroy_payload(referral.id)
    destroy_summary(referral.id)
    events.publish(
        ReferralEnded(
            referral.id,
            referral.case_id,
            referral.from_circle_id,
            referral.to_circle_id,
            referral.state,
        )
    )


def end_with_grants(grant_ids: Sequence[UUID]) -> None:
    """A basis has ended: the referrals that rested on it are withdrawn, their payload destroyed.

    What they say is read again under a lock: one that is completed in this instant stays so, and
    does not stop the withdrawal.
    """
    query = select(Referral).where(Referral.grant_id.in_(grant_ids)).order_by(Referral.id)
    locked = query.with_for_update().execution_options(populate_existing=True)
    for row in session().scalars(locked).all():
        destroy_summary(row.id)
        if (row.state, "withdraw") in REFERRAL:
            states.advance(row, "withdraw", REFERRAL)
            _ended(row)


@operation(Permission.JOB_RUN, anyone)
def expire_referrals(actor: Actor, subject: None) -> int:
    """Expire P2 and P3 referrals that nobody has answered in a week; how many.

    P0 and P1 never expire without a person.
    """
    rows = (
        session()
        .scalars(
            select(Referral)
            .where(
                Referral.state == ReferralState.SENT,
                Referral.urgency.not_in(NEVER_EXPIRE),
                Referral.decide_by <= clock.now() - EXPIRE_AFTER,
            )
            .limit(500)
        )
        .all()
    )
    for row in rows:
        states.advance(row, "expire", REFERRAL)
        strike_grants([row.grant_id])
        _ended(row)
    return len(rows)


@operation(Permission.JOB_RUN, anyone)
def return_referrals(actor: Actor, subject: None) -> int:
    """Give referrals whose release key is missing back to their sender, to be sent again."""
    return return_to_sender(without_key())


@operation(Permission.JOB_RUN, anyone)
def sweep_release_keys(actor: Actor, subject: None) -> int:
    """Remove release keys that a crash has left behind; how many."""
    return release.sweep_keys()
