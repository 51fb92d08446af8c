"""Who has opened a case: told to its custodian from the chains of every agency."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from referral.agencies import directory
from referral.audit.opening import Detail, details_of
from referral.audit.operation import operation
from referral.audit.readings import chains_about, told_of
from referral.audit.trail import REFUSED
from referral.audit.verify import signers
from referral.cases.model import CaseFile
from referral.cases.opening import open_case_view
from referral.cases.policy import is_custodian
from referral.kernel import deployment
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotPermitted
from referral.kernel.permissions import Permission
from referral.referrals.model import Referral
from referral.vault.audit_chain import AuditRecord
from referral.vault.case_view import CaseView


@dataclass(frozen=True, slots=True)
class CaseOpening:
    """One thing done with the case, or refused."""

    at: datetime
    agency_id: UUID
    member_id: UUID | None
    role: str
    operation: str
    is_refused: bool
    detail: Detail


@dataclass(frozen=True, slots=True)
class CaseOpenings:
    """Everything the chains tell of a case, newest first.

    `not_verified` are the agencies whose chain does not hold: what they did is not shown.
    """

    case: CaseFile
    openings: tuple[CaseOpening, ...]
    not_verified: tuple[UUID, ...]


@operation(Permission.CASE_READ, is_custodian)
def list_openings(actor: Actor, case: CaseFile) -> CaseOpenings:
    """Tell the custodian who read, printed or wrote the case, or was refused, in every agency."""
    opening = open_case_view(actor, case)
    if not opening.is_custodian:
        raise NotPermitted("referrals.list_openings")
    opening.expect_here(opening.view.custodian_circle)
    referrals = session().scalars(select(Referral.id).where(Referral.case_id == case.id))
    objects = {case.id, *referrals}
    chains = (_involved(opening.view) | chains_about(objects)) - {deployment.current().id}
    since = min(entry.at for entry in opening.view.entries)
    told = told_of(objects, chains, since=since, publics_of=signers(directory.signing_keys))
    details = details_of(opening.keyring, told.records)
    return CaseOpenings(
        case,
        tuple(_line(r, details[r.chain_id, r.seq]) for r in told.records),
        tuple(sorted(told.broken)),
    )


def _involved(view: CaseView) -> set[UUID]:
    """Every agency that the case has been shared with, or that wrote in it."""
    asked = {basis.recipient_agency for basis in view.bases.values()}
    given = {grant.receiver_agency for grant in view.grants.values()}
    wrote = {entry.agency_id for entry in view.entries}
    return wrote | given | view.succeeded | {agency for agency in asked if agency is not None}


def _line(record: AuditRecord, detail: Detail) -> CaseOpening:
    return CaseOpening(
        record.at,
        record.chain_id,
        record.actor_id,
        _role(record),
        record.operation,
        record.outcome == REFUSED,
        detail,
    )


def _role(record: AuditRecord) -> str:
    """The role that the agency's signed log states now; empty for who has left."""
    if record.actor_id is None:
        return ""
    stated = directory.stated_member(record.chain_id, record.actor_id)
    return stated.role if stated else ""
