"""Whether a chain still contains a head that somebody confirmed earlier."""

from uuid import UUID

from sqlalchemy import func, select

from referral.audit.heads import Place
from referral.audit.model import AuditChain, AuditEntry
from referral.audit.trail import DONE, RESTORED, trail
from referral.kernel import deployment
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import AuditRecord, Fault, expect_signature
from referral.vault.directory import NO_ENTRY, SignedStatement


def head_of(chain_id: UUID) -> Place:
    """Where a chain stands; (0, no entry) for one that is gone."""
    row = session().get(AuditChain, chain_id)
    return (row.seq, row.digest) if row else (0, NO_ENTRY)


def fault_since(chain_id: UUID, confirmed: Place) -> Fault | None:
    """What happened to the chain since its head was confirmed; None while it contains that head."""
    seq, digest = confirmed
    if seq == 0:
        return None
    if head_of(chain_id)[0] < seq:
        return Fault.TRUNCATED
    query = select(AuditEntry.raw, AuditEntry.signature).where(
        AuditEntry.chain_id == chain_id, AuditEntry.seq == seq
    )
    row = session().execute(query).one_or_none()
    if row is None:
        return Fault.DELETED
    same = SignedStatement(row.raw, row.signature).digest == digest
    return None if same else Fault.REPLACED


def is_explained_since(epoch: int) -> bool:
    """Whether the server's signed entry tells of a backup put in place in a later epoch."""
    query = select(AuditEntry.raw, AuditEntry.signature).where(
        AuditEntry.chain_id == deployment.current().id, AuditEntry.operation == RESTORED
    )
    return any(_restores(SignedStatement(*row), epoch) for row in session().execute(query))


def _restores(statement: SignedStatement, epoch: int) -> bool:
    try:
        record = AuditRecord.read(statement.raw)
        expect_signature(statement, lambda _: [trail.server.public])
    except NotVerified:
        return False
    told = (record.operation, record.outcome, record.signer)
    return told == (RESTORED, DONE, "server") and record.epoch > epoch


def has_told(chain_id: UUID, actor_id: UUID, operation: str, *, after: str) -> bool:
    """Whether the newest entry of an actor's operation has a detail.

    What is older than the actor's newest `after`, in whatever chain, does not count.
    """
    begun = select(func.max(AuditEntry.at)).where(
        AuditEntry.actor_id == actor_id, AuditEntry.operation == after
    )
    query = (
        select(AuditEntry.raw)
        .where(
            AuditEntry.chain_id == chain_id,
            AuditEntry.actor_id == actor_id,
            AuditEntry.operation == operation,
            AuditEntry.outcome == DONE,
            AuditEntry.at >= func.coalesce(begun.scalar_subquery(), AuditEntry.at),
        )
        .order_by(AuditEntry.seq.desc())
        .limit(1)
    )
    raw = session().scalar(query)
    return raw is not None and AuditRecord.read(raw).detail_digest != NO_ENTRY
