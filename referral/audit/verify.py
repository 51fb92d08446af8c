"""Checking every chain from its first entry to its head, and against heads kept elsewhere."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from uuid import UUID

from referral.audit import queries, restores
from referral.audit.heads import Heads, Place
from referral.audit.model import AuditChain
from referral.audit.trail import DONE, RESTORED, trail
from referral.kernel import deployment
from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import (
    AuditRecord,
    ChainFault,
    Fault,
    detail_digest,
    verify_chain,
)
from referral.vault.directory import NO_ENTRY, SignedStatement

REPEATED = ("seq", "at", "operation", "actor_id", "object_kind", "object_id", "outcome")
"""What the columns of an entry repeat, for reading, out of what was signed."""
GONE = "the chain is not there, nor its head"
Publics = Callable[[AuditRecord], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found of one chain; `fault` is empty when it holds, `kind` names what was done.

    `explained` tells what is missing because a backup was put in place. `details_missing` counts
    the sealed details that are gone: their entries stand without them.
    """

    chain_id: UUID
    entries: int
    head: bytes
    fault: str
    kind: Fault | None = None
    explained: str = ""
    details_missing: int = 0


@dataclass(frozen=True, slots=True)
class _Walked:
    """A chain that holds by itself, and what was met on the way through it."""

    entries: int
    head: bytes
    kept: bytes | None
    begins: Mapping[int, int]
    restored: frozenset[int]
    details_missing: int


@dataclass
class _Notes:
    """What is noted on the way: the digest where a head was kept, and where epochs begin."""

    at: int
    kept: bytes | None = None
    begins: dict[int, int] = field(default_factory=dict)
    restored: set[int] = field(default_factory=set)
    details_missing: int = 0

    def __call__(self, record: AuditRecord, digest: bytes) -> None:
        if record.seq == self.at:
            self.kept = digest
        self.begins.setdefault(record.epoch, record.seq)
        if (record.operation, record.outcome, record.signer) == (RESTORED, DONE, "server"):
            self.restored.add(record.epoch)


def verify_all(
    member_keys: Callable[[UUID, UUID], Iterable[bytes]],
    least: Mapping[UUID, int],
    kept: Heads | None = None,
) -> list[ChainReport]:
    """Verify all chains. `member_keys(agency, member)` gives the signing keys a member ever had.

    `least` names every chain that there must be, and how many entries it holds at least: what was
    deleted together with its head leaves nothing else to see. `kept` are heads that went out
    earlier. Server-signed entries are checked against this installation's server key.
    """
    here = deployment.current().id
    publics_of = signers(member_keys)
    places = dict(kept.chains) if kept else {}
    chains = sorted(queries.chains(), key=lambda chain: (chain.id != here, chain.id))
    reports, restored = [], frozenset[int]()  # the system's chain comes first: it tells of restores
    for chain in chains:
        report, walked = _report(chain, publics_of, least.get(chain.id, 0), places.get(chain.id))
        if walked is not None and chain.id == here:
            restored = walked.restored
        if walked is not None and (fault := _before_restores(chain.id, walked)):
            report = _changed(report, fault=fault, kind=Fault.REPLACED)
        elif walked is not None and kept is not None and chain.id in places:
            report = _against(report, walked, kept, restored)
        reports.append(report)
    gone = (least.keys() | places.keys()) - {chain.id for chain in chains}
    return reports + [
        ChainReport(chain_id, 0, NO_ENTRY, GONE, Fault.DELETED) for chain_id in sorted(gone)
    ]


def signers(member_keys: Callable[[UUID, UUID], Iterable[bytes]]) -> Publics:
    """The keys of which one must have signed an entry; each member's are asked for once."""

    @cache
    def keys(agency_id: UUID, member_id: UUID) -> list[bytes]:
        return list(member_keys(agency_id, member_id))

    def publics_of(record: AuditRecord) -> Iterable[bytes]:
        if record.signer == "server":
            return [trail.server.public]
        if record.actor_id is None:
            return []
        return keys(record.chain_id, record.actor_id)

    return publics_of


def _report(
    chain: AuditChain, publics_of: Publics, least: int, place: Place | None
) -> tuple[ChainReport, _Walked | None]:
    try:
        walked = _walk(chain.id, publics_of, _Notes(place[0] if place else 0))
    except ChainFault as error:
        kind, told = _told_apart(chain.id, error)
        return ChainReport(chain.id, chain.seq, chain.digest, told, kind), None
    except NotVerified as error:  # the log that states the signers' keys does not hold
        return ChainReport(chain.id, chain.seq, chain.digest, str(error), Fault.REPLACED), None
    fault = ""
    if (walked.entries, walked.head) != (chain.seq, chain.digest):
        fault = f"chain ends at entry {walked.entries}, its head says {chain.seq}"
    elif walked.entries < least:
        fault = f"chain ends at entry {walked.entries}, the directory tells of {least} at least"
    count = chain.seq if fault else walked.entries
    done = Fault.TRUNCATED if fault else None
    lost = walked.details_missing
    report = ChainReport(chain.id, count, walked.head, fault, done, details_missing=lost)
    return report, None if fault else walked


def _walk(chain_id: UUID, publics_of: Publics, notes: _Notes) -> _Walked:
    here = deployment.current().id
    with closing(_statements(chain_id, notes)) as told:
        seq, head = verify_chain(
            told, deployment=here, chain_id=chain_id, publics_of=publics_of, passing=notes
        )
    restored = frozenset(notes.restored)
    return _Walked(seq, head, notes.kept, notes.begins, restored, notes.details_missing)


def _against(
    report: ChainReport, walked: _Walked, kept: Heads, restored: frozenset[int]
) -> ChainReport:
    """The report, with what the head that was kept shows beyond it."""
    seq, digest = kept.chains[report.chain_id]
    if seq == 0 or walked.kept == digest:
        return report
    begun = [start for epoch, start in walked.begins.items() if epoch > kept.epoch]
    since = min(begun, default=walked.entries + 1)
    if since <= seq and any(epoch > kept.epoch for epoch in restored):
        told = f"entries {since} to {seq} were lost when a backup was put in place"
        return _changed(report, explained=told)
    if walked.entries < seq:
        told = f"chain ends at entry {walked.entries}, the head that was kept says {seq}"
        return _changed(report, fault=told, kind=Fault.TRUNCATED)
    told = f"the chain up to entry {seq} is another than the head that was kept tells of"
    return _changed(report, fault=told, kind=Fault.REPLACED)


def _before_restores(chain_id: UUID, walked: _Walked) -> str:
    """Each restore wrote an entry into every chain, after the last of those it put in place."""
    for point in restores.points():
        for chain, seq, _ in point.chains:
            if chain == chain_id and walked.begins.get(point.epoch) != seq + 1:
                return f"entry {seq + 1} is not the one by which a backup was put in place"
    return ""


def _changed(
    report: ChainReport, *, fault: str = "", kind: Fault | None = None, explained: str = ""
) -> ChainReport:
    return replace(report, fault=fault, kind=kind, explained=explained)


def verify_logs(
    kept: Heads, digest_of: Callable[[UUID, int], bytes | None]
) -> list[tuple[UUID, str]]:
    """The agencies whose directory log is not the one that the kept heads tell of, and why.

    What a restore has lost since is no fault: `logs_lost` tells it.
    """
    found, lost = [], dict(logs_lost(kept))
    for agency_id, (seq, digest) in sorted(kept.logs.items()):
        if agency_id in lost:
            continue
        now = digest_of(agency_id, seq)
        if now is None:
            found.append((agency_id, f"{Fault.TRUNCATED}: entry {seq} of the directory is gone"))
        elif now != digest:
            found.append((agency_id, f"{Fault.REPLACED}: entry {seq} of the directory is another"))
    return found


def logs_lost(kept: Heads) -> list[tuple[UUID, str]]:
    """The agencies whose directory log was longer than what a backup put in place, and by what."""
    since = [point for point in restores.points() if point.epoch > kept.epoch]
    if not since:
        return []
    return [
        (agency_id, f"entries {place + 1} to {seq} were lost when a backup was put in place")
        for agency_id, (seq, _) in sorted(kept.logs.items())
        if (place := since[0].log_of(agency_id)[0]) < seq
    ]


def _told_apart(chain_id: UUID, error: ChainFault) -> tuple[Fault, str]:
    """A missing entry that stands elsewhere in the chain was moved, not deleted."""
    if error.kind not in {Fault.DELETED, Fault.REORDERED}:
        return error.kind, str(error)
    with closing(queries.entries(chain_id)) as rows:
        stands = any(_signed_seq(row.raw) == error.seq for row in rows)
    return (Fault.REORDERED if stands else Fault.DELETED), str(error)


def _signed_seq(raw: bytes) -> int | None:
    try:
        return AuditRecord.read(raw).seq
    except NotVerified:
        return None


def _statements(chain_id: UUID, notes: _Notes) -> Generator[SignedStatement]:
    """The entries as they were signed; `ChainFault` when what stands beside says otherwise."""
    with closing(queries.entries_with_details(chain_id)) as rows:
        for row in rows:
            try:
                record = AuditRecord.read(row.raw)
            except NotVerified as error:
                told = f"entry {row.seq} cannot be read"
                raise ChainFault(Fault.EDITED, row.seq, told) from error
            if any(getattr(row, name) != getattr(record, name) for name in REPEATED):
                kind = Fault.EDITED if row.seq == record.seq else Fault.REORDERED
                told = f"columns of entry {row.seq} say something else than was signed"
                raise ChainFault(kind, row.seq, told)
            notes.details_missing += _is_detail_gone(record, row.body)
            yield SignedStatement(row.raw, row.signature)


def _is_detail_gone(record: AuditRecord, body: bytes | None) -> bool:
    """Whether the detail that an entry names is missing; `ChainFault` for another one."""
    if body is None:
        return record.detail_digest != NO_ENTRY
    if detail_digest(body) != record.detail_digest:
        told = f"the detail beside entry {record.seq} is another than was signed"
        raise ChainFault(Fault.EDITED, record.seq, told)
    return False
