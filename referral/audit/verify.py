"""Checking every chain from its first entry to its head."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from referral.audit import queries
from referral.audit.model import AuditChain
from referral.audit.trail import trail
from referral.kernel import deployment
from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import AuditRecord, verify_chain
from referral.vault.directory import NO_ENTRY, SignedStatement

REPEATED = ("seq", "at", "operation", "actor_id", "object_kind", "object_id", "outcome")
"""What the columns of an entry repeat, for reading, out of what was signed."""
GONE = "the chain is not there, nor its head"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found of one chain; `fault` is empty when it holds."""

    chain_id: UUID
    entries: int
    head: bytes
    fault: str


def verify_all(
    member_keys: Callable[[UUID, UUID], Iterable[bytes]], least: Mapping[UUID, int]
) -> list[ChainReport]:
    """Verify all chains. `member_keys(agency, member)` gives the signing keys a member ever had.

    `least` names every chain that there must be, and how many entries it holds at least: what was
    deleted together with its head leaves nothing else to see. Server-signed entries are checked
    against this installation's server key.
    """
    here = deployment.current().id

    def publics_of(record: AuditRecord) -> Iterable[bytes]:
        if record.signer == "server":
            return [trail.server.public]
        if record.actor_id is None:
            return []
        return member_keys(record.chain_id, record.actor_id)

    chains = queries.chains()
    reports = [_report(chain, here, publics_of, least.get(chain.id, 0)) for chain in chains]
    gone = least.keys() - {chain.id for chain in chains}
    return reports + [ChainReport(chain_id, 0, NO_ENTRY, GONE) for chain_id in sorted(gone)]


def _report(
    chain: AuditChain,
    here: UUID,
    publics_of: Callable[[AuditRecord], Iterable[bytes]],
    least: int,
) -> ChainReport:
    try:
        with closing(_statements(chain.id)) as told:
            seq, head = verify_chain(
                told, deployment=here, chain_id=chain.id, publics_of=publics_of
            )
    except NotVerified as error:
        return ChainReport(chain.id, chain.seq, chain.digest, str(error))
    fault = ""
    if (seq, head) != (chain.seq, chain.digest):
        fault = f"chain ends at entry {seq}, its head says {chain.seq}"
    elif seq < least:
        fault = f"chain ends at entry {seq}, the directory tells of {least} at least"
    return ChainReport(chain.id, chain.seq if fault else seq, head, fault)


def _statements(chain_id: UUID) -> Generator[SignedStatement]:
    """The entries as they were signed; `NotVerified` when the columns beside say otherwise."""
    with closing(queries.entries(chain_id)) as rows:
        for row in rows:
            record = AuditRecord.read(row.raw)
            if any(getattr(row, name) != getattr(record, name) for name in REPEATED):
                raise NotVerified(f"columns of entry {row.seq} say something else than was signed")
            yield SignedStatement(row.raw, row.signature)
