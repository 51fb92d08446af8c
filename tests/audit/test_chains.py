"""What is taken out of a chain, put in or changed in it is found."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import directory
from referral.audit import trail
from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody
from referral.audit.queries import visible_entries
from referral.audit.verify import ChainReport, verify_all
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.kernel import clock, db, deployment
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.audit_chain import AuditRecord, Fault, sign_record
from referral.vault.directory import NO_ENTRY
from referral.vault.keys import MemberKeys, keyring_of
from tests.audit.conftest import Office
from tests.factories.installation import PATIENCE, together
from tests.factories.province import case_of

pytestmark = pytest.mark.heavy


def every() -> dict[UUID, ChainReport]:
    told = verify_all(directory.signing_keys, directory.least_entries())
    return {line.chain_id: line for line in told}


def report(chain_id: UUID) -> ChainReport:
    db.rollback()
    return every()[chain_id]


def newest(chain_id: UUID, back: int = 0) -> AuditEntry:
    query = select(AuditEntry).where(AuditEntry.chain_id == chain_id)
    found: AuditEntry = db.session().scalars(
        query.order_by(AuditEntry.seq.desc()).offset(back).limit(1)
    ).one()  # fmt: skip
    return found


@pytest.fixture
def chain(office: Office) -> Iterator[UUID]:
    """The station's chain with some entries, as it was again after the test."""
    case = case_of(office.officer)
    for _ in range(3):
        with db.unit_of_work():
            cases.read_case(office.officer, case)
    engine = db.db.engine
    with engine.begin() as writer:
        entries = writer.execute(select(AuditEntry.__table__)).mappings().all()
        bodies = writer.execute(select(AuditEntryBody.__table__)).mappings().all()
        heads = writer.execute(select(AuditChain.__table__)).mappings().all()
    db.rollback()
    assert report(office.police.id).fault == ""
    yield office.police.id
    db.rollback()
    with engine.begin() as writer:
        kept = {AuditEntry: entries, AuditEntryBody: bodies, AuditChain: heads}
        for table, rows in ((model.__table__, rows) for model, rows in kept.items()):
            writer.execute(delete(table))
            writer.execute(table.insert(), [dict(row) for row in rows])
    db.session().expire_all()
    assert report(office.police.id).fault == ""


def as_writer(change: Callable[[], object]) -> None:
    """Change rows as somebody who writes to the database and holds no key."""
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        change()
        db.session().flush()


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("raw", b""),
        ("raw", b"L\x00\x00\x00\x00"),
        ("signature", b"\x01" * 64),
        ("signature", b""),
        ("operation", "cases.print_case"),
        ("outcome", "refused"),
        ("actor_id", new_id()),
        ("object_id", None),
        ("object_kind", "referral"),
    ],
)
@pytest.mark.parametrize("back", [0, 2])
def test_an_entry_that_was_edited_is_found(
    chain: UUID, column: str, value: object, back: int
) -> None:
    seq = newest(chain, back).seq
    as_writer(lambda: setattr(newest(chain, back), column, value))
    assert report(chain).fault
    assert report(chain).kind == (Fault.FORGED if column == "signature" else Fault.EDITED)
    assert column in {"raw"} or str(seq) in report(chain).fault


def test_an_entry_moved_in_time_is_found(chain: UUID, office: Office) -> None:
    row = newest(chain, 1)
    as_writer(lambda: setattr(newest(chain, 1), "at", newest(chain, 0).at))
    assert str(row.seq) in report(chain).fault


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize("back", [0, 1, 2])
def test_an_entry_that_was_taken_out_is_found(chain: UUID, back: int) -> None:
    as_writer(lambda: db.session().delete(newest(chain, back)))
    assert report(chain).fault
    assert report(chain).kind == (Fault.DELETED if back else Fault.TRUNCATED)


def test_a_chain_that_was_emptied_is_found(chain: UUID) -> None:
    as_writer(lambda: db.session().execute(delete(AuditEntry).where(AuditEntry.chain_id == chain)))
    assert "ends at entry 0" in report(chain).fault


def test_a_gap_that_was_closed_by_renumbering_is_found(chain: UUID) -> None:
    def close_the_gap() -> None:
        gone = newest(chain, 1)
        last, seq = newest(chain, 0), gone.seq
        db.session().delete(gone)
        db.session().flush()
        last.seq = seq

    as_writer(close_the_gap)
    assert report(chain).fault
    assert report(chain).kind == Fault.DELETED


def test_entries_that_changed_places_are_found(chain: UUID) -> None:
    def swap() -> None:
        one, other = newest(chain, 1), newest(chain, 2)
        kept = (one.raw, one.signature)
        one.raw, one.signature = other.raw, other.signature
        other.raw, other.signature = kept

    as_writer(swap)
    assert report(chain).fault
    assert report(chain).kind == Fault.REORDERED


def test_a_chain_cut_back_with_its_head_differs_from_the_head_that_was_noted(chain: UUID) -> None:
    """Nothing inside can tell; the head that went out with a shift report can."""
    noted = report(chain)

    def cut_back() -> None:
        last, before = newest(chain, 0), newest(chain, 1)
        head = db.session().get_one(AuditChain, chain)
        head.seq, head.digest = before.seq, AuditRecord.read(last.raw).previous
        db.session().delete(last)

    as_writer(cut_back)
    assert (report(chain).entries, report(chain).head) != (noted.entries, noted.head)


def forged(chain: UUID, sign: Callable[[bytes], bytes], **terms: object) -> None:
    """One more entry, as somebody writes it who can reach the rows."""
    head = db.session().get_one(AuditChain, chain)
    last = AuditRecord.read(newest(chain).raw)
    record = replace(last, seq=head.seq + 1, previous=head.digest, at=clock.now(), **terms)
    signed = sign_record(record, sign)
    db.session().add(
        AuditEntry(
            id=new_id(),
            chain_id=chain,
            raw=signed.raw,
            signature=signed.signature,
            **{
                name: getattr(record, name)
                for name in (
                    "seq", "at", "operation", "actor_id", "object_kind", "object_id", "outcome",
                )
            },
        )
    )  # fmt: skip
    head.seq, head.digest = record.seq, signed.digest


@pytest.mark.promise("every-opening-is-on-record")
def test_an_entry_signed_by_somebody_else_is_found(chain: UUID, office: Office) -> None:
    officer, nurse, colleague = office.officer, office.nurse, office.supervisor
    stranger = MemberKeys.generate()
    from referral.vault import primitives

    signers = {
        "nobody": lambda message: primitives.sign(stranger.signing, "audit", message),
        "another agency": keyring_of(nurse).sign,
        "a colleague": keyring_of(colleague).sign,
        "another use of the right key": lambda m: keyring_of(officer).sign_as("directory", m),
    }
    for name, sign in signers.items():
        db.rollback()
        db.begin_write()
        forged(chain, sign, actor_id=officer.member_id)
        db.session().flush()
        found = every()
        db.rollback()
        assert "signature does not hold" in found[chain].fault, name
    db.begin_write()
    forged(chain, keyring_of(officer).sign, actor_id=officer.member_id)
    db.session().flush()
    found = every()
    db.rollback()
    assert found[chain].fault == ""


def test_an_entry_of_nobody_is_believed_from_the_server_alone(chain: UUID, office: Office) -> None:
    as_writer(
        lambda: forged(chain, keyring_of(office.officer).sign, signer="server", actor_id=None)
    )
    assert "signature does not hold" in report(chain).fault


def without(chain_id: UUID, *, head: bool) -> None:
    """Delete a chain, and its head too or make it one of a chain that has not begun."""
    db.session().execute(delete(AuditEntry).where(AuditEntry.chain_id == chain_id))
    row = db.session().get_one(AuditChain, chain_id)
    if head:
        db.session().delete(row)
    else:
        row.seq, row.digest = 0, NO_ENTRY


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize("head", [True, False])
def test_a_chain_that_went_with_its_head_is_missed(
    chain: UUID, office: Office, *, head: bool
) -> None:
    system = deployment.current().id
    for chain_id in (chain, system):
        as_writer(lambda gone=chain_id: without(gone, head=head))
        assert report(chain_id).fault
    assert report(office.hospital.id).fault == ""
    told = office.home.whole.test_cli_runner().invoke(args=["audit", "verify"])
    assert told.exit_code == 1
    assert "2 broken" in told.output


def test_the_fault_of_one_chain_leaves_the_others_whole(chain: UUID, office: Office) -> None:
    as_writer(lambda: db.session().delete(newest(chain, 1)))
    assert report(chain).fault
    assert report(office.hospital.id).fault == ""
    assert report(deployment.current().id).fault == ""


@pytest.mark.promise("every-opening-is-on-record")
def test_a_failed_sign_in_is_in_the_system_s_chain(office: Office) -> None:
    here = deployment.current().id
    before = newest(here).seq
    db.rollback()
    for username in ("congan.police_officer", "nobody.at.all"):
        with pytest.raises(InvalidInput):
            sign_in(username, "không phải câu này đâu", "")
    rows = [newest(here, 1), newest(here)]
    assert newest(here).seq == before + 2
    assert [(r.operation, r.outcome, r.actor_id) for r in rows] == [
        ("accounts.sign_in", trail.REFUSED, None)
    ] * 2
    assert [row.object_id for row in rows] == [office.officer.member_id, None]
    assert report(here).fault == ""


def read_again(barrier: Barrier, token: str, case_id: UUID, times: int) -> int:
    """Open the same case so many times."""
    actor = actor_for(token)
    case = case_queries.visible_case(actor, case_id)
    db.rollback()
    barrier.wait(PATIENCE)
    for _ in range(times):
        with db.unit_of_work():
            cases.read_case(actor, case)
    return times


def test_two_processes_that_write_together_keep_one_chain(office: Office) -> None:
    case = case_of(office.officer)
    tokens = [
        office.province.token(name) for name in ("congan.police_officer", "congan.supervisor")
    ]
    before = newest(office.police.id).seq
    db.rollback()
    parts = [[token, case.id, 25] for token in tokens]
    db.rollback()
    assert together(office.home.environment, read_again, parts) == [25, 25]
    db.session().expire_all()
    assert newest(office.police.id).seq == before + 50
    assert report(office.police.id).fault == ""


def test_the_privacy_officer_sees_the_own_agency_s_entries_newest_first_and_each_once(
    office: Office,
) -> None:
    officer, reader = office.officer, office.privacy_officer

    def note(times: int) -> None:
        with db.unit_of_work():
            db.begin_write()
            for _ in range(times):
                trail.record(officer, "cases.read_case", kind="case_file", object_id=None)

    note(60)
    first = visible_entries(reader)
    db.rollback()
    note(3)
    seen = list(first.rows)
    cursor = first.next_cursor
    while cursor:
        page = visible_entries(reader, cursor=cursor)
        seen += page.rows
        cursor = page.next_cursor
    sequences = [row.seq for row in seen]
    assert sequences == list(range(sequences[0], 0, -1))
    assert {row.chain_id for row in seen} == {office.police.id}
    count = select(func.count()).where(AuditEntry.chain_id == office.police.id)
    assert db.session().scalar(count) == len(seen) + 3
    assert Permission.AUDIT_READ in reader.permissions
    assert Permission.AUDIT_READ not in officer.permissions


def test_no_entry_can_be_written_where_the_head_was_removed(office: Office, chain: UUID) -> None:
    """A chain that is gone stops its agency rather than beginning anew in silence."""
    from sqlalchemy.exc import NoResultFound

    case = case_of(office.officer)
    as_writer(lambda: db.session().execute(delete(AuditChain).where(AuditChain.id == chain)))
    with pytest.raises(NoResultFound), db.unit_of_work():
        cases.read_case(office.officer, case)
