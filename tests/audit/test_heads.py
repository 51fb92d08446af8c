"""Heads that were kept elsewhere show what a chain cannot show of itself."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from referral.agencies import directory
from referral.agencies.model import DirectoryEntry
from referral.audit import heads, restores, trail
from referral.audit import queries as audit_queries
from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody, RestorePoint
from referral.audit.verify import ChainReport, verify_all, verify_logs
from referral.cases import service as cases
from referral.jobs.heads import export_heads
from referral.kernel import clock, db, deployment
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.deployment import Deployment
from referral.kernel.errors import NotVerified
from referral.kernel.instance import EPOCH, instance
from referral.vault import primitives
from referral.vault.audit_chain import AuditRecord, Fault
from referral.vault.directory import SignedStatement
from referral.vault.restore_points import InstallationPoint
from tests.audit.conftest import Office, put_back
from tests.factories.installation import hours_pass
from tests.factories.province import case_of

TABLES = (
    AuditEntry.__table__,
    AuditEntryBody.__table__,
    AuditChain.__table__,
    Deployment.__table__,
    RestorePoint.__table__,
)


def read_some(office: Office, times: int = 4) -> UUID:
    case = case_of(office.officer)
    for _ in range(times):
        with db.unit_of_work():
            cases.read_case(office.officer, case)
    return office.police.id


@pytest.fixture
def kept(office: Office) -> Iterator[bytes]:
    """The file of heads; the rows stand after the test as they stood before it."""
    read_some(office)
    content = heads.written(heads.present_heads(directory.log_heads()))
    with put_back(*TABLES):
        yield content
    instance.remove(EPOCH)


def against(content: bytes) -> dict[UUID, ChainReport]:
    db.rollback()
    told = verify_all(directory.signing_keys, directory.least_entries(), heads.read_heads(content))
    db.rollback()
    return {line.chain_id: line for line in told}


def cut_back(chain_id: UUID, entries: int) -> None:
    """Delete the newest entries of a chain, and set its head accordingly."""
    with db.unit_of_work():
        db.begin_write()
        head = db.session().get_one(AuditChain, chain_id)
        first = db.session().scalars(
            select(AuditEntry).where(
                AuditEntry.chain_id == chain_id, AuditEntry.seq == head.seq - entries + 1
            )
        ).one()  # fmt: skip
        previous = AuditRecord.read(first.raw).previous
        db.session().execute(
            delete(AuditEntry).where(AuditEntry.chain_id == chain_id, AuditEntry.seq >= first.seq)
        )
        head.seq, head.digest = head.seq - entries, previous


def test_chains_that_only_grew_hold_against_the_heads_kept(office: Office, kept: bytes) -> None:
    read_some(office)
    assert {line.fault for line in against(kept).values()} == {""}
    assert {line.explained for line in against(kept).values()} == {""}


@pytest.mark.promise("every-opening-is-on-record")
def test_a_chain_cut_back_with_its_head_is_truncated(office: Office, kept: bytes) -> None:
    cut_back(office.police.id, 2)
    line = against(kept)[office.police.id]
    assert line.kind == Fault.TRUNCATED
    assert "the head that was kept says" in line.fault
    assert against(kept)[office.hospital.id].fault == ""


@pytest.mark.promise("every-opening-is-on-record")
def test_a_chain_cut_back_and_grown_anew_is_another(office: Office, kept: bytes) -> None:
    cut_back(office.police.id, 3)
    read_some(office)
    assert against(kept)[office.police.id].kind == Fault.REPLACED


def test_a_chain_that_is_gone_is_missed_by_the_heads_alone(office: Office, kept: bytes) -> None:
    here = heads.read_heads(kept)
    gone = UUID(int=7)
    more = heads.Heads(here.deployment, here.epoch, here.at, {**here.chains, gone: (3, b"x")}, {})
    assert against(heads.written(more))[gone].kind == Fault.DELETED


def restore(entry: bool = True) -> None:
    """What putting a backup in place leaves: the epoch raised, and an entry of it."""
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(update(Deployment).values(epoch=Deployment.epoch + 1))
        instance.write(EPOCH, str(deployment.pinned_epoch() + 1).encode())
        here = deployment.current()
        if not entry:
            return
        chains = tuple((row.id, row.seq, row.digest) for row in audit_queries.chains())
        point = (here.id, here.epoch, here.epoch - 1, clock.now(), clock.now(), 0, chains, (), ())
        restores.keep(InstallationPoint(*point))
        for chain, _, _ in chains:
            agency = None if chain == here.id else chain
            system = Actor(None, agency, SYSTEM.role, frozenset())
            trail.record(system, trail.RESTORED, kind="deployment", object_id=here.id)


@pytest.mark.parametrize("after", [False, True])
def test_a_gap_of_a_restore_is_explained(office: Office, kept: bytes, *, after: bool) -> None:
    cut_back(office.police.id, 2)
    restore()
    if after:
        read_some(office, 5)
    line = against(kept)[office.police.id]
    seq = heads.read_heads(kept).chains[office.police.id][0]
    assert line.fault == ""
    assert line.explained == f"entries {seq - 1} to {seq} were lost when a backup was put in place"


def test_a_raised_epoch_alone_explains_nothing(office: Office, kept: bytes) -> None:
    """The number is a row that a writer can change; the server's entry is signed."""
    cut_back(office.police.id, 2)
    restore(entry=False)
    with pytest.raises(NotVerified):
        against(kept)


def test_an_old_restore_explains_nothing_that_was_lost_later(office: Office, kept: bytes) -> None:
    restore()
    read_some(office)
    later = heads.written(heads.present_heads(directory.log_heads()))
    cut_back(office.police.id, 2)
    assert against(later)[office.police.id].kind == Fault.TRUNCATED


def test_a_directory_that_was_cut_back_or_exchanged_is_named(office: Office, kept: bytes) -> None:
    told = heads.read_heads(kept)
    seq = told.logs[office.police.id][0]
    assert verify_logs(told, directory.log_digest) == []
    db.rollback()
    db.begin_write()
    row = db.session().scalars(
        select(DirectoryEntry).where(
            DirectoryEntry.agency_id == office.police.id, DirectoryEntry.seq == seq
        )
    ).one()  # fmt: skip
    row.signature = primitives.random_key() * 2
    db.session().flush()
    assert SignedStatement(row.raw, row.signature).digest != told.logs[office.police.id][1]
    (found,) = verify_logs(told, directory.log_digest)
    assert found[0] == office.police.id
    assert found[1].startswith("replaced")
    db.session().delete(row)
    db.session().flush()
    (found,) = verify_logs(told, directory.log_digest)
    assert found[1].startswith("truncated")
    db.rollback()


def altered(content: bytes, **change: Any) -> bytes:
    return json.dumps({**json.loads(content), **change}).encode()


def test_heads_that_somebody_altered_are_not_believed(office: Office, kept: bytes) -> None:
    told = json.loads(kept)
    first = next(iter(told["chains"]))
    fewer = {**told["chains"], first: {**told["chains"][first], "entries": 1}}
    changes: list[dict[str, Any]] = [
        {"chains": fewer},
        {"chains": {}},
        {"directory": {}},
        {"epoch": told["epoch"] + 1},
        {"at": "2020-01-01T00:00:00+00:00"},
        {"signature": "00" * 64},
        {"deployment": str(UUID(int=1))},
        {"chains": [1]},
        {"at": "2020-01-01T00:00:00"},
        {"epoch": 2**80},
    ]
    for change in changes:
        with pytest.raises(NotVerified):
            heads.read_heads(altered(kept, **change))
    for raw in (b"", b"[]", b"\xff", b"{}"):
        with pytest.raises(NotVerified):
            heads.read_heads(raw)
    assert heads.read_heads(altered(kept)).chains == heads.read_heads(kept).chains


def test_the_command_exports_heads_and_verifies_against_them(
    office: Office, kept: bytes, tmp_path: Path
) -> None:
    runner = office.home.whole.test_cli_runner()
    out = tmp_path / "moc.json"
    made = runner.invoke(args=["audit", "heads", "--out", str(out)])
    assert made.exit_code == 0, made.output
    assert runner.invoke(args=["audit", "heads", "--out", str(out)]).exit_code != 0
    printed = runner.invoke(args=["audit", "heads"])
    assert json.loads(printed.output)["chains"] == json.loads(out.read_bytes())["chains"]
    whole = runner.invoke(args=["audit", "verify", "--head", str(out)])
    assert whole.exit_code == 0, whole.output
    assert "0 broken" in whole.output
    cut_back(office.police.id, 2)
    alone = runner.invoke(args=["audit", "verify"])
    assert alone.exit_code == 0, alone.output
    told = runner.invoke(args=["audit", "verify", "--head", str(out)])
    assert told.exit_code == 1
    assert "BROKEN, truncated" in told.output
    out.write_bytes(altered(out.read_bytes(), epoch=9))
    refused = runner.invoke(args=["audit", "verify", "--head", str(out)])
    assert refused.exit_code == 1
    assert "signature" in refused.output


def test_the_job_writes_one_file_a_day(office: Office, kept: bytes) -> None:
    def run() -> int:
        with db.unit_of_work():
            return export_heads(SYSTEM, None)

    before = set(instance.names(heads.FOLDER))
    first = run()
    assert (first, run()) == (0 if before else 1, 0)
    hours_pass(24)
    assert run() == 1
    name = f"{clock.today():%Y-%m-%d}.json"
    assert name in instance.names(heads.FOLDER)
    content = (instance.folder / heads.FOLDER / name).read_bytes()
    assert heads.read_heads(content).chains[office.police.id][0] > 0
    assert (instance.folder / heads.FOLDER / name).stat().st_mode & 0o777 == 0o600
