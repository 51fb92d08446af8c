"""Who opened a case: told to the custodian from every agency's chain, and only what holds."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from referral.audit import readings
from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.errors import NotPermitted
from referral.kernel.ids import new_id
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from referral.referrals.service import CaseOpenings, list_openings
from referral.vault.audit_chain import AuditRecord
from tests.audit.conftest import Office, put_back
from tests.factories.province import case_of, consent_of


@pytest.fixture
def case(office: Office) -> Iterator[CaseFile]:
    """A case that police and hospital have read; the chains are put back after the test."""
    officer = office.officer
    made = case_of(officer)
    case_of(officer)
    consent_of(officer, made, agency_id=office.hospital.id, kinds=["needs", "safe_contact"])
    with db.unit_of_work():
        sent = referrals.send_referral(
            officer,
            case_queries.visible_case(officer, made.id),
            kind="service",
            circle_id=office.hospital.circle_id(),
            urgency="p1",
            kinds=["needs", "safe_contact"],
            summary={"age_band": "25_39", "reason": "cần khám", "needs": ["health_care"]},
        )
    nurse = office.nurse
    with db.unit_of_work():
        row = referral_queries.visible_referral(nurse, sent.id)
        referrals.read_summary(nurse, row)
    with db.unit_of_work():
        row = referral_queries.visible_referral(nurse, sent.id)
        soon = clock.now() + timedelta(hours=2)
        assert nurse.member_id is not None
        referrals.accept_referral(nurse, row, worker_id=nurse.member_id, first_contact_at=soon)
    for verb in (cases.read_case, cases.print_case):
        with db.unit_of_work():
            verb(nurse, case_queries.visible_case(nurse, made.id))
    with db.unit_of_work():
        cases.read_case(office.supervisor, case_queries.visible_case(office.supervisor, made.id))
    with put_back(AuditEntry.__table__, AuditEntryBody.__table__, AuditChain.__table__):
        yield made


def told(office: Office, case: CaseFile) -> CaseOpenings:
    db.rollback()
    with db.unit_of_work():
        return list_openings(office.supervisor, case)


def of_hospital(office: Office, found: CaseOpenings) -> list[str]:
    return [line.operation for line in found.openings if line.agency_id == office.hospital.id]


NURSE_DID = [
    "cases.print_case",
    "cases.read_case",
    "referrals.accept_referral",
    "referrals.read_summary",
]


@pytest.mark.promise("every-opening-is-on-record")
def test_the_custodian_is_told_who_opened_it_in_every_agency(
    office: Office, case: CaseFile
) -> None:
    found = told(office, case)
    assert found.not_verified == ()
    assert of_hospital(office, found) == NURSE_DID
    theirs = {(o.member_id, o.role) for o in found.openings if o.agency_id == office.hospital.id}
    assert theirs == {(office.nurse.member_id, "health_worker")}
    ours = [o for o in found.openings if o.agency_id == office.police.id]
    assert {o.member_id for o in ours} == {office.officer.member_id, office.supervisor.member_id}
    assert ours[0].operation == "cases.read_case"
    assert ours[-1].operation == "cases.open_case"
    moments = [o.at for o in found.openings]
    assert moments == sorted(moments, reverse=True)
    assert told(office, case).openings[0].operation == "referrals.list_openings"


@pytest.mark.promise("every-opening-is-on-record")
def test_a_refusal_stands_in_the_list(office: Office, case: CaseFile) -> None:
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.close_case(office.nurse, case, answers={})
    newest = told(office, case).openings[0]
    assert (newest.operation, newest.is_refused) == ("cases.close_case", True)
    assert newest.member_id == office.nurse.member_id


def test_who_only_reads_a_case_is_not_told_who_else_does(office: Office, case: CaseFile) -> None:
    with pytest.raises(NotPermitted), db.unit_of_work():
        list_openings(office.nurse, case_queries.visible_case(office.nurse, case.id))


def test_whoever_makes_itself_custodian_in_a_row_is_told_nothing(
    office: Office, case: CaseFile
) -> None:
    with db.unit_of_work():
        db.begin_write()
        row = db.session().get_one(CaseFile, case.id)
        row.custodian_circle_id = office.hospital.circle_id()
    with pytest.raises(NotPermitted), db.unit_of_work():
        list_openings(office.nurse, case_queries.visible_case(office.nurse, case.id))


def entry(office: Office, operation: str) -> AuditEntry:
    query = select(AuditEntry).where(
        AuditEntry.chain_id == office.hospital.id, AuditEntry.operation == operation
    )
    found: AuditEntry = db.session().scalars(query.order_by(AuditEntry.seq.desc())).first()
    return found


def as_writer(change: Callable[[], object]) -> None:
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        change()
        db.session().flush()


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("object_id", new_id()),
        ("operation", "cases.list_cases"),
        ("actor_id", new_id()),
        ("outcome", "refused"),
    ],
)
def test_changed_columns_hide_nothing(
    office: Office, case: CaseFile, column: str, value: object
) -> None:
    as_writer(lambda: setattr(entry(office, "cases.print_case"), column, value))
    found = told(office, case)
    assert of_hospital(office, found) == NURSE_DID
    assert {o.member_id for o in found.openings if o.operation == "cases.print_case"} == {
        office.nurse.member_id
    }


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize("attack", ["edit", "delete", "sign", "cut", "time", "gone"])
def test_a_chain_that_was_tampered_with_is_named_and_not_told_from(
    office: Office, case: CaseFile, attack: str
) -> None:
    def change() -> None:
        row = entry(office, "cases.read_case")
        if attack == "edit":
            row.raw = row.raw.replace(b"cases.read_case", b"cases.seen_case")
        elif attack == "delete":
            db.session().delete(row)
        elif attack == "sign":
            row.signature = b"\x01" * 64
        elif attack == "cut":
            db.session().delete(entry(office, "cases.print_case"))
        elif attack == "time":
            long_ago = clock.now() - timedelta(days=400)
            for each in db.session().scalars(
                select(AuditEntry).where(AuditEntry.chain_id == office.hospital.id)
            ):
                each.at = long_ago
        else:
            head = db.session().get_one(AuditChain, office.hospital.id)
            db.session().delete(head)

    as_writer(change)
    found = told(office, case)
    assert found.not_verified == (office.hospital.id,)
    assert of_hospital(office, found) == []
    assert [o for o in found.openings if o.agency_id == office.police.id]


def test_the_walk_begins_where_the_case_began(office: Office, case: CaseFile) -> None:
    """Whatever stands in a chain from before is left alone, so that old chains stay quick."""
    later = clock.now() + readings.SLACK + timedelta(hours=1)
    asked: list[AuditRecord] = []

    def publics_of(record: AuditRecord) -> list[bytes]:
        asked.append(record)
        return []

    found = readings.told_of({case.id}, {office.hospital.id}, since=later, publics_of=publics_of)
    assert (found.records, found.broken, asked) == ([], {}, [])
    db.rollback()
