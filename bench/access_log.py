"""The access log of a busy agency: a chain of many entries, and how long its verification takes."""

import time
import tracemalloc
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert

from bench.meter import median_of
from referral.agencies import directory
from referral.audit.model import AuditChain, AuditEntry
from referral.audit.verify import REPEATED, verify_all
from referral.kernel import clock, db, deployment
from referral.kernel.actor import Actor
from referral.kernel.ids import new_id
from referral.vault import primitives
from referral.vault.audit_chain import AuditRecord, detail_digest, sign_record
from referral.vault.keys import keyring_of

BATCH = 1000


@dataclass(frozen=True)
class Verification:
    """Seconds for all entries, for one signature alone, and the most bytes held at once."""

    entries: int
    seconds: float
    signature: float
    memory: int


def grow(actor: Actor, count: int) -> None:
    """Let the actor's agency's chain grow, each entry signed as any other."""
    assert actor.agency_id is not None
    for start in range(0, count, BATCH):
        with db.unit_of_work():
            db.begin_write()
            _append(actor, actor.agency_id, min(BATCH, count - start))


def _append(actor: Actor, chain_id: UUID, count: int) -> None:
    here, sign = deployment.current(), keyring_of(actor).sign
    head = db.session().get_one(AuditChain, chain_id)
    rows = []
    for _ in range(count):
        record = AuditRecord(
            here.id, chain_id, head.seq + 1, head.digest, here.epoch, clock.now(),
            "cases.read_case", "member", actor.member_id, "case_file", new_id(), "done",
            detail_digest(None),
        )  # fmt: skip
        signed = sign_record(record, sign)
        said = {name: getattr(record, name) for name in REPEATED}
        signature = {"raw": signed.raw, "signature": signed.signature}
        rows.append({"id": new_id(), "chain_id": chain_id, **said, **signature})
        head.seq, head.digest = record.seq, signed.digest
    db.session().execute(insert(AuditEntry), rows)


def verify_seconds() -> Verification:
    """Verify every chain as `flask audit verify` does, once for time and once for memory."""
    db.db.session.remove()
    started = time.perf_counter()
    entries = _verify()
    seconds = time.perf_counter() - started
    db.db.session.remove()
    tracemalloc.start()
    _verify()
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Verification(entries, seconds, _signature(), memory)


def _verify() -> int:
    reports = verify_all(directory.signing_keys, directory.least_entries())
    assert not any(report.fault for report in reports)
    return sum(report.entries for report in reports)


def _signature() -> float:
    key, message = primitives.random_key(), bytes(300)
    public = primitives.signing_public(key)
    signature = primitives.sign(key, "audit", message)
    return median_of(500, lambda: primitives.verify(public, "audit", message, signature))
