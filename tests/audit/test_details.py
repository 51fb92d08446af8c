"""The sealed detail of an entry: what it says, who opens it, and what a writer can do to it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, event, select, update

from referral.accounts.signin import sign_in
from referral.agencies import directory
from referral.audit.detail import Said, tell
from referral.audit.model import AuditEntry, AuditEntryBody
from referral.audit.opening import Detail, DetailState, details_of
from referral.audit.service import open_log, shut_log
from referral.audit.verify import ChainReport, verify_all
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.followup import service as followup
from referral.kernel import clock, db, deployment
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import (
    ConsentMissing,
    InvalidInput,
    NotPermitted,
    ReferralError,
    StateConflict,
)
from referral.referrals import service as referrals
from referral.referrals.service import list_openings
from referral.vault.audit_chain import AuditRecord, Fault
from referral.vault.codec import unpack
from referral.vault.directory import NO_ENTRY
from referral.vault.keys import keyring_of
from tests.audit.conftest import Office
from tests.factories.province import case_of, consent_of

pytestmark = pytest.mark.heavy
SUMMARY = {"age_band": "25_39", "reason": "cần khám", "needs": ["health_care"]}


def newest(chain_id: UUID) -> AuditEntry:
    db.rollback()
    query = select(AuditEntry).where(AuditEntry.chain_id == chain_id)
    found: AuditEntry = db.session().scalars(query.order_by(AuditEntry.seq.desc()).limit(1)).one()
    return found


def seen(actor: Actor, entry: AuditEntry) -> Detail:
    """The detail of an entry as an actor's keys open it."""
    record = AuditRecord.read(entry.raw)
    return details_of(keyring_of(actor), [record])[record.chain_id, record.seq]


def done(act: Callable[[], Any]) -> Any:
    db.rollback()
    with db.unit_of_work():
        return act()


def send(office: Office, case: CaseFile, *kinds: str) -> Any:
    return referrals.send_referral(
        office.officer,
        case_queries.visible_case(office.officer, case.id),
        kind="service",
        circle_id=office.hospital.circle_id(),
        urgency="p1",
        kinds=list(kinds),
        summary=SUMMARY,
    )


@pytest.fixture
def case(office: Office) -> CaseFile:
    """A case of the station, shared with the hospital."""
    made = case_of(office.officer)
    consent_of(office.officer, made, agency_id=office.hospital.id, kinds=["needs"])
    referral = done(lambda: send(office, made, "needs"))
    soon, nurse = clock.now() + timedelta(hours=2), office.nurse
    done(
        lambda: referrals.accept_referral(
            nurse, referral, worker_id=nurse.member_id, first_contact_at=soon
        )
    )
    return made


def told(office: Office, act: Callable[[], Any]) -> dict[str, tuple[Any, ...]]:
    """What the station's newest entry says after an act, as a colleague opens it."""
    reader = office.supervisor  # signed in before, which is an entry too
    done(act)
    return dict(seen(reader, newest(office.police.id)).facts)


@pytest.mark.promise("every-opening-is-on-record")
def test_a_detail_says_what_was_read_agreed_sent_and_changed(office: Office) -> None:
    officer, case = office.officer, case_of(office.officer)
    hospital, circle = office.hospital.id, office.hospital.circle_id()
    kinds = ("identity", "incident", "needs", "safe_contact")
    opened = told(office, lambda: cases.read_case(officer, case))
    assert opened == {Said.OPENED: kinds}
    consent_of(officer, case, agency_id=hospital, kinds=["needs", "incident"])
    agreed = dict(seen(officer, newest(office.police.id)).facts)
    assert agreed[Said.KINDS] == ("incident", "needs")
    assert (agreed[Said.RECIPIENT], agreed[Said.PURPOSE]) == ((hospital,), ("support",))
    sent = told(office, lambda: send(office, case, "needs"))
    assert sent[Said.RECIPIENT] == (hospital, circle)
    assert (sent[Said.KINDS], sent[Said.URGENCY]) == (("needs",), ("p1",))
    closing = {"closed_on": f"{clock.today():%Y-%m-%d}", "reason": "goals_met"}
    moved = told(office, lambda: cases.close_case(office.supervisor, case, answers=closing))
    assert moved[Said.STATE] == ("open", "closed")


@pytest.mark.promise("every-opening-is-on-record")
def test_a_refusal_says_which_rule_or_what_was_missing(office: Office, case: CaseFile) -> None:
    officer, nurse = office.officer, office.nurse
    theirs = case_queries.visible_case(nurse, case.id)
    tries: list[tuple[type[ReferralError], Callable[[], Any], Actor, dict[str, Any]]] = [
        (
            ConsentMissing,
            lambda: send(office, case, "incident", "needs"),
            officer,
            {Said.MISSING: ("incident",), Said.REASON: ("consent_missing",)},
        ),
        (
            NotPermitted,
            lambda: list_openings(nurse, theirs),
            nurse,
            {Said.RULE: ("is_custodian",), Said.REASON: ("not_permitted",)},
        ),
        (
            NotPermitted,
            lambda: cases.close_case(officer, case, answers={}),
            officer,
            {Said.PERMISSION: ("case:close",), Said.REASON: ("not_permitted",)},
        ),
        (
            StateConflict,
            lambda: cases.meet_survivor(officer, case),
            officer,
            {Said.STATE: ("open", "meet"), Said.REASON: ("state_conflict",)},
        ),
    ]
    for error, act, who, expected in tries:
        with pytest.raises(error):
            done(act)
        detail = seen(who, newest(keyring_of(who).agency_id))
        assert expected.items() <= detail.facts.items(), error


@pytest.mark.promise("every-opening-is-on-record")
def test_the_custodian_opens_what_another_agency_did_and_nobody_else_does(
    office: Office, case: CaseFile
) -> None:
    nurse = office.nurse
    done(lambda: cases.read_case(nurse, case_queries.visible_case(nurse, case.id)))
    entry = newest(office.hospital.id)
    shut = ("consent", "identity", "incident", "safe_contact")
    expected = {Said.OPENED: ("needs",), Said.SEALED: shut}
    for reader in (nurse, office.officer, office.supervisor):
        assert seen(reader, entry) == Detail(DetailState.OPEN, expected)
    done(lambda: cases.read_case(office.officer, case))
    assert seen(nurse, newest(office.police.id)).state == DetailState.SEALED
    lines = done(lambda: list_openings(office.supervisor, case)).openings
    of_nurse = [line for line in lines if line.operation == "cases.read_case"]
    assert Detail(DetailState.OPEN, expected) in [line.detail for line in of_nurse]


def test_a_custodian_by_the_row_alone_gets_no_share(office: Office, case: CaseFile) -> None:
    hospital = office.hospital.circle_id()
    kept = (case.custodian_agency_id, case.custodian_circle_id)

    def overwrite(agency_id: UUID, circle_id: UUID) -> None:
        where = update(CaseFile).where(CaseFile.id == case.id)
        db.rollback()
        db.begin_write()
        db.session().execute(
            where.values(custodian_agency_id=agency_id, custodian_circle_id=circle_id)
        )
        db.commit()
        db.session().expire_all()

    overwrite(office.hospital.id, hospital)
    try:
        done(lambda: cases.read_case(office.officer, case))
        assert hospital not in circles_of(newest(office.police.id))
        assert seen(office.nurse, newest(office.police.id)).state == DetailState.SEALED
    finally:
        overwrite(*kept)


def circles_of(entry: AuditEntry) -> set[UUID]:
    body = db.session().get_one(AuditEntryBody, entry.id).body
    return {share[0] for share in unpack(body)[2]}


def test_the_log_opens_for_supervisor_and_administrator_and_not_for_who_has_no_keys(
    office: Office,
) -> None:
    case_of(office.officer)
    administrator = office.province.actor(office.police.administrator)
    for reader in (office.supervisor, administrator):
        lines = done(lambda reader=reader: open_log(reader, None)).rows
        assert DetailState.OPEN in {line.detail.state for line in lines}
    found = {line.detail.state for line in shut_log(office.privacy_officer).rows}
    assert DetailState.SEALED in found
    assert DetailState.OPEN not in found
    for stranger in (office.officer, office.privacy_officer):
        with pytest.raises(NotPermitted):
            done(lambda stranger=stranger: open_log(stranger, None))


@pytest.fixture
def station(office: Office) -> Iterator[AuditEntry]:
    """The station's newest entry, which has a detail; its row is put back after the test."""
    done(lambda: cases.read_case(office.officer, case_of(office.officer)))
    entry = newest(office.police.id)
    body = db.session().get_one(AuditEntryBody, entry.id).body
    yield entry
    put(entry.id, body)


def put(entry_id: UUID, body: bytes | None) -> None:
    """What a writer to the database does to a detail."""
    db.rollback()
    db.begin_write()
    db.session().execute(delete(AuditEntryBody).where(AuditEntryBody.entry_id == entry_id))
    if body is not None:
        db.session().add(AuditEntryBody(entry_id=entry_id, body=body))
    db.commit()
    db.session().expire_all()


def report(chain_id: UUID) -> ChainReport:
    db.rollback()
    told = verify_all(directory.signing_keys, directory.least_entries())
    return next(line for line in told if line.chain_id == chain_id)


def test_a_detail_that_was_deleted_is_missed_and_its_entry_stands(
    office: Office, station: AuditEntry
) -> None:
    assert report(office.police.id).details_missing == 0
    put(station.id, None)
    found = report(office.police.id)
    assert (found.fault, found.details_missing) == ("", 1)
    assert seen(office.officer, station).state == DetailState.MISSING
    told = office.home.whole.test_cli_runner().invoke(args=["audit", "verify"])
    assert (told.exit_code, "sealed details missing: 1" in told.output) == (0, True)


def test_a_detail_that_was_changed_moved_or_put_in_is_found_and_not_shown(
    office: Office, station: AuditEntry
) -> None:
    other = db.session().scalars(
        select(AuditEntryBody).where(AuditEntryBody.entry_id != station.id).limit(1)
    ).one()  # fmt: skip
    right = db.session().get_one(AuditEntryBody, station.id).body
    for body in (other.body, right[:-1] + bytes([right[-1] ^ 1]), b""):
        put(station.id, body)
        assert report(office.police.id).kind == Fault.EDITED
        assert seen(office.officer, station).state == DetailState.NOT_VERIFIED
    put(station.id, right)
    bare = db.session().scalars(
        select(AuditEntry)
        .outerjoin(AuditEntryBody)
        .where(AuditEntry.chain_id == office.police.id, AuditEntryBody.entry_id.is_(None))
    ).first()  # fmt: skip
    assert bare is not None
    put(bare.id, right)
    assert report(office.police.id).kind == Fault.EDITED
    put(bare.id, None)
    assert report(office.police.id).fault == ""


def test_what_the_server_signs_has_no_detail(office: Office) -> None:
    here = deployment.current().id
    with pytest.raises(InvalidInput):
        sign_in("congan.police_officer", "không phải câu này đâu", "")
    assert AuditRecord.read(newest(here).raw).detail_digest == NO_ENTRY
    done(lambda: followup.remind_due(SYSTEM, None))
    assert AuditRecord.read(newest(here).raw).detail_digest == NO_ENTRY


def test_no_words_get_into_a_detail_and_all_details_are_of_one_size(office: Office) -> None:
    for words in ("Hồ Thị Mây", "cần khám", "", "a b", "x" * 81):
        with pytest.raises(ValueError, match="codes only"):
            tell(Said.KINDS, words)
    case_of(office.officer)
    done(lambda: cases.list_cases(office.officer, None))
    bodies = db.session().scalars(select(AuditEntryBody.body)).all()
    shares = {len(share[2]) for body in bodies for share in unpack(body)[2]}
    assert len(shares) == 1


def test_a_detail_costs_one_statement(office: Office) -> None:
    case, officer = case_of(office.officer), office.officer
    statements: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        statements.append(statement)

    def counted(act: Callable[[], Any]) -> list[str]:
        done(act)  # once before, so that this process has verified what there is
        statements.clear()
        done(act)
        return list(statements)

    event.listen(db.db.engine, "before_cursor_execute", note)
    try:
        with_detail = counted(lambda: cases.read_case(officer, case))
    finally:
        event.remove(db.db.engine, "before_cursor_execute", note)
    of_log = [s for s in with_detail if "audit_" in s]
    assert sorted(s.split()[0] for s in of_log) == ["INSERT", "INSERT", "SELECT", "UPDATE"]
    assert sum("audit_entry_body" in s for s in with_detail) == 1
