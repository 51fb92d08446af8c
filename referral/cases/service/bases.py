"""Consents and legal bases: recorded, co-signed, withdrawn, lapsed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts.recovery import NOT_READY, agency_may_receive, may_receive
from referral.agencies.queries import agency, circle
from referral.audit.detail import Said, tell, tell_all
from referral.audit.operation import anyone, operation
from referral.audit.tombstones import Ended, bury
from referral.cases import policy
from referral.cases.events import BasisClaimed, BasisCosigned, ConsentRecorded, GrantsEnded
from referral.cases.forms.definition import PAPER
from referral.cases.forms.messages import Message
from referral.cases.forms_in_force import checked, shelf
from referral.cases.lapses import give_what_remains, lapse_of
from referral.cases.late_entry import heard_at, paper_of
from referral.cases.model import CaseFile, SharingBasis
from referral.cases.opening import Opening, open_case_view
from referral.cases.queries import visible_bases
from referral.cases.service.sections import put_section
from referral.cases.sharing import end_basis, end_grant
from referral.cases.states import LEGAL_REASONS, PURPOSES, CaseState
from referral.cases.strands import advance, lock
from referral.kernel import clock, events
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.case_view import CONSENT, CUSTODY, LEGAL, GrantState
from referral.vault.keys import keyring_of


@dataclass(frozen=True)
class Terms:
    """For whom, what, what for and until when a basis holds."""

    kinds: tuple[str, ...]
    purpose: str
    expires_at: datetime
    agency_id: UUID | None
    circle_id: UUID | None


NOT_READ_HERE = "One of these parts has not been written yet, or does not open to you."
LONGEST = timedelta(days=365)
LEGAL_LIFE = timedelta(days=7)


class CosignLimit:
    """How long a legal basis may wait for its co-signature; set by the composition root."""

    def __init__(self) -> None:
        self.within = timedelta(hours=24)

    def configure(self, within: timedelta) -> None:
        """Take the installation's limit."""
        self.within = within


cosign_limit = CosignLimit()


@operation(Permission.CONSENT_RECORD, policy.in_circle_of_case)
def record_consent(
    actor: Actor,
    case: CaseFile,
    *,
    kinds: Sequence[str],
    purpose: str,
    expires_at: datetime,
    answers: Mapping[str, Any],
    agency_id: UUID | None = None,
    circle_id: UUID | None = None,
) -> SharingBasis:
    """Write down what she agreed to: for which agency or circle, what, what for, until when.

    How it was given (written, thumbprint, oral with witness, interpreter, language) is in
    `answers`, kept sealed. `InvalidInput` names what cannot be taken. One that was given on paper
    first holds from now on, for a year from then at most, and not where she has taken back
    something of it since.
    """
    terms = Terms(_sorted(kinds), purpose, expires_at, agency_id, circle_id)
    lock(case, keyring_of(actor))
    taken = checked("consent", answers)
    given_at = heard_at(taken)
    _check(case, terms, given_at)
    opening = open_case_view(actor, case)
    if paper_of(taken) is not None:
        _refuse_taken_back(opening, terms, given_at)
    receipt = put_section(actor, opening, "consent", taken)
    basis = _insert(opening, CONSENT, terms)
    basis.receipt_section_id = receipt.id
    session().flush()
    events.publish(ConsentRecorded(case.id, agency_id, circle_id))
    return basis


@operation(Permission.REFERRAL_SEND, policy.in_circle_of_case)
def claim_legal_basis(
    actor: Actor,
    case: CaseFile,
    *,
    reason: str,
    account: str,
    kinds: Sequence[str],
    agency_id: UUID | None = None,
    circle_id: UUID | None = None,
    sheet: str | None = None,
) -> SharingBasis:
    """Share without her consent because the law allows it (danger to life, duty to report).

    `account` says why, in words, and is kept sealed. A supervisor must co-sign within the
    installation's limit, else what was given ends by itself. Nobody claims it for what they
    cannot read themselves: another agency could give it on that word.
    """
    if reason not in LEGAL_REASONS:
        raise InvalidInput({"reason": ["Choose from the answers listed."]})
    if len(account.strip()) < 10:
        raise InvalidInput({"account": ["Say in a sentence why this cannot wait for her consent."]})
    expires_at = clock.now() + LEGAL_LIFE
    tell(Said.GROUND, reason)
    terms = Terms(_sorted(kinds), "support", expires_at, agency_id, circle_id)
    lock(case, keyring_of(actor))
    _check(case, terms, clock.now())
    opening = open_case_view(actor, case)
    if any(not opening.sections_of([kind]) for kind in terms.kinds):
        raise InvalidInput({"kinds": [NOT_READ_HERE]})
    said = {"reason": reason, "account": account.strip(), "sheet": sheet}
    taken = checked("legal_basis", said)
    receipt = put_section(actor, opening, "legal_basis", taken)
    basis = _insert(opening, LEGAL, replace(terms, purpose=reason))
    basis.receipt_section_id = receipt.id
    session().flush()
    if basis.cosign_by is not None:
        events.publish(
            BasisClaimed(actor, case.id, basis.id, opening.acting_circle(), basis.cosign_by)
        )
    return basis


def _sorted(kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(kinds)))


def _check(case: CaseFile, terms: Terms, given_at: datetime) -> None:
    wrong: dict[str, list[str]] = {}
    if case.state != CaseState.OPEN:
        raise StateConflict(case.state, "record_basis")
    if unfit := _unfit_recipient(terms):
        wrong["recipient"] = [unfit]
    if not terms.kinds or any(kind not in shelf.all() for kind in terms.kinds):
        wrong["kinds"] = ["Choose from the answers listed."]
    if terms.purpose not in PURPOSES:
        wrong["purpose"] = ["Choose from the answers listed."]
    if not clock.now() < terms.expires_at <= given_at + LONGEST:
        wrong["expires_at"] = ["Choose a day from tomorrow to one year from now."]
    if wrong:
        raise InvalidInput(wrong)


def _refuse_taken_back(opening: Opening, terms: Terms, given_at: datetime) -> None:
    """What she has withdrawn since a paper was written is not put in force again by that paper.

    Whatever it was for, and to whichever circle of the same agency: she is asked anew.
    """
    agency_id = _agency_of(terms.agency_id, terms.circle_id)
    for basis in opening.view.bases.values():
        since = basis.form == CONSENT and basis.ended_at is not None and basis.ended_at > given_at
        is_same = _agency_of(basis.recipient_agency, basis.recipient_circle) == agency_id
        if since and is_same and not basis.kinds.isdisjoint(terms.kinds):
            said = str(Message.SAID_OTHERWISE_SINCE)
            raise InvalidInput({f"{PAPER.id}.0.taken_at": [said]})


def _agency_of(agency_id: UUID | None, circle_id: UUID | None) -> UUID | None:
    return circle(circle_id).agency_id if circle_id is not None else agency_id


def _unfit_recipient(terms: Terms) -> str | None:
    if (terms.agency_id is None) == (terms.circle_id is None):
        return "Choose one recipient."
    if not _is_known(terms):
        return "Choose from the answers listed."
    return None if _can_receive(terms) else NOT_READY


def _can_receive(terms: Terms) -> bool:
    """Whether who is named could open what she agrees to, and would not lose it.

    The agency's or circle's own log says so; the sender finds out before she is asked.
    """
    if terms.circle_id is not None:
        return may_receive(terms.circle_id, circle(terms.circle_id).agency_id)
    return terms.agency_id is None or agency_may_receive(terms.agency_id)


def _is_known(terms: Terms) -> bool:
    """Whether the directory has the recipient."""
    try:
        if terms.agency_id is not None:
            agency(terms.agency_id)
        if terms.circle_id is not None:
            circle(terms.circle_id)
    except NotFound:
        return False
    return True


def _insert(opening: Opening, form: str, terms: Terms) -> SharingBasis:
    cosign_by = clock.now() + cosign_limit.within if form == LEGAL else None
    basis_id = new_id()
    tell_all(Said.KINDS, terms.kinds)
    tell(Said.RECIPIENT, terms.agency_id, terms.circle_id)
    tell(Said.PURPOSE, terms.purpose)
    payload = (
        basis_id,
        form,
        terms.agency_id,
        terms.circle_id,
        terms.kinds,
        terms.purpose,
        terms.expires_at,
        cosign_by,
    )
    advance(opening.view, opening.keyring, "basis_recorded", payload)
    row = SharingBasis(
        id=basis_id,
        case_id=opening.case.id,
        form=form,
        recorded_by_agency_id=opening.keyring.agency_id,
        recorded_by_id=opening.keyring.member_id,
        recipient_agency_id=terms.agency_id,
        recipient_circle_id=terms.circle_id,
        kinds=list(terms.kinds),
        purpose=terms.purpose,
        recorded_at=clock.now(),
        expires_at=terms.expires_at,
        cosign_by=cosign_by,
    )
    session().add(row)
    session().flush()
    return row


def basis_row(actor: Actor, case: CaseFile, basis_id: UUID) -> SharingBasis:
    """A basis of this case that the actor may know of; `NotFound`."""
    for row in visible_bases(actor, case):
        if row.id == basis_id:
            return row
    raise NotFound("no such basis")


def _tell_terms(row: SharingBasis) -> None:
    """What was covered, and for whom."""
    tell_all(Said.KINDS, row.kinds)
    tell(Said.RECIPIENT, row.recipient_agency_id, row.recipient_circle_id)


@operation(Permission.BASIS_COSIGN, policy.in_circle_of_case)
def cosign_basis(actor: Actor, case: CaseFile, *, basis_id: UUID) -> SharingBasis:
    """A supervisor of the same agency takes responsibility for a legal basis, in time.

    `StateConflict` when it is too late or not needed; nobody co-signs what they claimed.
    """
    lock(case, keyring_of(actor))
    row = basis_row(actor, case, basis_id)
    late = row.cosign_by is None or clock.now() >= row.cosign_by
    if late or row.cosigned_at is not None or row.recorded_by_id == actor.member_id:
        raise StateConflict(row.form, "cosign")
    opening = open_case_view(actor, case)
    _tell_terms(row)
    advance(opening.view, opening.keyring, "basis_cosigned", (basis_id,))
    row.cosigned_at = clock.now()
    session().flush()
    events.publish(BasisCosigned(case.id, basis_id))
    return row


@operation(Permission.CONSENT_WITHDRAW, policy.in_circle_of_case)
def withdraw_consent(actor: Actor, case: CaseFile, *, basis_id: UUID) -> SharingBasis:
    """She takes her consent back: what it carried ends at once, bundles deleted.

    What another consent still covers is given anew. `StateConflict` when it has ended already,
    `NotFound` for a basis that is neither the actor's agency's nor for it.
    """
    lock(case, keyring_of(actor))
    row = basis_row(actor, case, basis_id)
    if row.ended_at is not None:
        raise StateConflict(row.form, "withdraw")
    opening = open_case_view(actor, case)
    _tell_terms(row)
    _end(opening, [row], "withdrawn")
    return row


def _end(opening: Opening, rows: Sequence[SharingBasis], reason: str) -> None:
    """End these bases together; a grant ends once, and what others still cover is given anew."""
    for row in rows:
        advance(opening.view, opening.keyring, "basis_ended", (row.id,))
        row.ended_at = clock.now()
        bury(Ended.BASIS, row.id, case_id=opening.case.id)
    session().flush()
    struck: dict[UUID, GrantState] = {}
    for row in rows:
        resting = {
            grant.grant_id: grant
            for grant in opening.view.grants.values()
            if row.id in grant.basis_ids and grant.ended_at is None and grant.grant_id not in struck
        }
        struck |= resting
        lost = {grant_id: grant.section_ids for grant_id, grant in resting.items()}
        end_basis(row.id, lost, case_id=opening.case.id, reason=reason)
    for grant in struck.values():
        if not (grant.pending or grant.is_suspended):
            give_what_remains(opening, grant.receiver_circle, grant.section_ids)


def end_with_case(opening: Opening, keeping: Collection[UUID]) -> None:
    """End what is in force of a case that closes, but for the bases that are to stay.

    What a receiver wrote stays its own. Nobody takes custody any more of what was offered and not
    taken. `InvalidInput` for one to keep that is not in force.
    """
    live = {basis.basis_id for basis in opening.view.bases.values() if basis.is_live(clock.now())}
    if not live.issuperset(keeping):
        raise InvalidInput({"keeping": ["Choose from the answers listed."]})
    ending = SharingBasis.id.in_(live.difference(keeping))
    rows = session().scalars(select(SharingBasis).where(ending).order_by(SharingBasis.id)).all()
    _end(opening, rows, "closed")
    for grant in list(opening.view.grants.values()):
        if grant.form == CUSTODY and grant.pending and grant.ended_at is None:
            end_grant(opening, grant.grant_id, "closed")
            ended = (grant.grant_id,)  # it rests on no basis
            events.publish(GrantsEnded(opening.case.id, grant.grant_id, ended, "closed"))


@operation(Permission.JOB_RUN, anyone)
def lapse_bases(actor: Actor, subject: None) -> int:
    """End every consent past its day and every legal basis not co-signed in time; how many.

    A job's work: it deletes bundles and needs no key. A grant ends with the basis unless the
    signed strands say that its other bases still cover every section of it. Where they cover some,
    the grant ends all the same, since its bundle cannot be made smaller without keys; its giver
    gets a task, and the giver's next session that opens the case gives those sections anew.
    """
    moment = clock.now()
    overdue = SharingBasis.cosign_by.is_not(None) & (
        (SharingBasis.cosign_by <= moment) & SharingBasis.cosigned_at.is_(None)
    )
    rows = (
        session()
        .scalars(
            select(SharingBasis)
            .where(SharingBasis.ended_at.is_(None), (SharingBasis.expires_at <= moment) | overdue)
            .limit(500)
        )
        .all()
    )
    for row in rows:
        row.ended_at = moment
        bury(Ended.BASIS, row.id, case_id=row.case_id)
        lapse = lapse_of(row, moment)
        end_basis(
            row.id,
            lapse.struck,
            case_id=row.case_id,
            reason="lapsed",
            givers=lapse.givers,
        )
    session().flush()
    return len(rows)
