"""Checking every chain from its first entry to its head."""

import functools
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

from referral.audit import queries
from referral.audit.trail import trail
from referral.kernel import deployment
from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import AuditRecord, verify_chain
from referral.vault.directory import SignedStatement

REPEATED = ("seq", "at", "operation", "actor_id", "object_kind", "object_id", "outcome")
"""What the columns of an entry repeat, for reading, out of what was signed."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found of one chain; `fault` is empty when it holds."""

    chain_id: UUID
    entries: int
    head: bytes
    fault: str


def verify_all(
    member_keys: Callable[[UUID, UUID], Iterable[bytes]],
) -> list[ChainReport]:
    """Verify all chains. `member_keys(agency, member)` gives the signing keys a member ever had.

    Server-signed entries are checked against this installation's server key.
    """
    here = deployment.current()
    keys_of = functools.cache(member_keys)

    def publics_of(record: AuditRecord) -> Iterable[bytes]:
        if record.signer == "server":
            return [trail.server.public]
        if record.actor_id is None:
            return []
        return keys_of(record.chain_id, record.actor_id)

    reports = []
    for chain in queries.chains():
        fault, seq, head = "", 0, chain.digest
        try:
            with closing(_statements(chain.id)) as told:
                seq, head = verify_chain(
                    told, deployment=here.id, chain_id=chain.id, publics_of=publics_of
                )
            if (seq, head) != (chain.seq, chain.digest):
                fault = f"chain ends at entry {seq}, its head says {chain.seq}"
        except NotVerified as error:
            fault = str(error)
        reports.append(ChainReport(chain.id, chain.seq if fault else seq, head, fault))
    return reports


def _statements(chain_id: UUID) -> Generator[SignedStatement]:
    """The entries as they were signed; `NotVerified` when the columns beside say otherwise."""
    with closing(queries.entries(chain_id)) as rows:
        for row in rows:
            record = AuditRecord.read(row.raw)
            if any(getattr(row, name) != getattr(record, name) for name in REPEATED):
                raise NotVerified(f"columns of entry {row.seq} say something else than was signed")
            yield SignedStatement(row.raw, row.signature)
