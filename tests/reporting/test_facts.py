"""A fact says what the returns count, and nothing by which she could be known."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, text

from referral.agencies import directory
from referral.agencies.model import Circle
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import KeysMissing, NotPermitted
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.reporting import service
from referral.reporting.facts import BATCH, LABEL, OpenedFact, fact_id_of
from referral.reporting.model import FactBody, FactRow, StagedFact, StagedFactBody
from referral.vault.boxes import seal_fact
from referral.vault.codec import Value, pack
from referral.vault.keys import Keyring, keyring_of
from tests.reporting.bureau import Bureau, write

TELLING = "Bị đánh ở bến đò 7731"


@pytest.fixture(autouse=True)
def no_facts_yet(bureau: Bureau) -> None:
    db.begin_write()
    for table in (FactBody, FactRow, StagedFactBody, StagedFact):
        db.session().execute(delete(table))
    db.commit()


def opened(actor: Actor) -> list[OpenedFact]:
    db.rollback()
    with db.unit_of_work():
        return list(service.read_facts(actor, None).facts)


def rows(table: type) -> int:
    db.rollback()
    return db.session().scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.promise("figures-without-cases")
def test_an_incident_and_a_service_are_each_one_fact_of_one_survivor(bureau: Bureau) -> None:
    case_id = bureau.incident(account=TELLING, weapon="yes")
    bureau.treated(case_id)
    other = bureau.incident(forms=["mental"], unit=None)
    facts = {fact.kind: fact for fact in opened(bureau.statistician) if fact.codes.get("weapon")}
    incident = facts["incident"]
    assert dict(incident.codes) == {"forms": ["physical"], "unit": "20050", "weapon": "yes"}
    assert incident.unit_code == "20050"
    assert incident.month == f"{clock.local(clock.now()):%Y-%m}"
    found = opened(bureau.statistician)
    assert sorted(fact.kind for fact in found) == ["incident", "incident", "service"]
    (delivered,) = [fact for fact in found if fact.kind == "service"]
    assert dict(delivered.codes) == {"kind": "health_care"}
    tags = {fact.case_tag for fact in found}
    assert delivered.case_tag == incident.case_tag
    assert len(tags) == 2
    assert not {str(case_id), str(other), case_id.hex, other.hex} & tags
    assert TELLING not in str(found)


def test_where_nobody_said_the_place_the_service_s_own_unit_stands(bureau: Bureau) -> None:
    bureau.incident(unit=None)
    (fact,) = opened(bureau.statistician)
    assert fact.unit_code == bureau.police.agency.unit_code


def test_sections_that_the_returns_do_not_count_write_no_fact(bureau: Bureau) -> None:
    case_id = bureau.incident()
    write(bureau.officer, case_id, "identity", {"age_band": "25_39"})
    write(bureau.officer, case_id, "needs", {"needs": ["shelter"]})
    assert len(opened(bureau.statistician)) == 1


def test_a_correction_stands_in_the_place_of_what_it_corrects(bureau: Bureau) -> None:
    case_id = bureau.incident(forms=["physical"])
    (first,) = opened(bureau.statistician)
    clock.clock.shift += timedelta(days=40)
    given = {"forms": ["mental", "sexual"], "unit": "20050"}
    write(bureau.officer, case_id, "incident", given, revision=1)
    (second,) = opened(bureau.statistician)
    assert (second.fact_id, second.case_tag) == (first.fact_id, first.case_tag)
    assert second.codes["forms"] == ["mental", "sexual"]
    assert second.month == first.month  # it happened when it was first written


def test_a_correction_finds_its_fact_among_the_others_too(bureau: Bureau) -> None:
    case_ids = [bureau.incident() for _ in range(BATCH)]
    assert (rows(StagedFact), rows(FactRow)) == (0, BATCH)
    write(bureau.officer, case_ids[3], "incident", {"forms": ["economic"]}, revision=1)
    assert (rows(StagedFact), rows(FactRow), rows(FactBody)) == (0, BATCH, BATCH)
    forms = [fact.codes["forms"] for fact in opened(bureau.statistician)]
    assert forms.count(["economic"]) == 1
    assert len(forms) == BATCH


@pytest.mark.promise("figures-without-cases")
def test_facts_move_ten_together_and_their_order_tells_nothing(bureau: Bureau) -> None:
    for _ in range(BATCH - 1):
        bureau.incident()
    assert (rows(StagedFact), rows(FactRow)) == (BATCH - 1, 0)
    bureau.incident()
    assert (rows(StagedFact), rows(StagedFactBody), rows(FactRow)) == (0, 0, BATCH)
    bureau.incident()
    assert (rows(StagedFact), rows(FactRow)) == (1, BATCH)
    assert len(opened(bureau.statistician)) == BATCH + 1


def test_the_order_in_which_facts_lie_is_not_the_order_in_which_they_were_written(
    bureau: Bureau,
) -> None:
    written: list[UUID] = []
    for _ in range(BATCH - 1):
        bureau.incident()
        written += [i for i in db.session().scalars(select(StagedFact.id)) if i not in written]
    bureau.incident()
    place = "rowid" if bureau.home.engine == "sqlite" else "ctid"
    for table in ("fact", "fact_body"):
        column = "id" if table == "fact" else "fact_id"
        query = text(f"SELECT {column} FROM {table} ORDER BY {place}")
        lie = [UUID(str(value)) for (value,) in db.session().execute(query)]
        assert set(written) < set(lie)
        assert [one for one in lie if one in written] != written  # but once in 362,880


def test_a_fact_s_row_holds_no_time_no_author_and_no_case() -> None:
    for table in (FactRow, StagedFact):
        assert set(table.__table__.columns.keys()) == {"id", "circle_id", "circle_generation"}
    for table in (FactBody, StagedFactBody):
        assert set(table.__table__.columns.keys()) == {"fact_id", "body"}


@pytest.mark.promise("keys-belong-to-people")
def test_only_a_statistician_of_the_circle_opens_facts(bureau: Bureau) -> None:
    bureau.incident()
    assert len(opened(bureau.statistician)) == 1
    for actor in (bureau.officer, bureau.coordinator, bureau.approver, bureau.boss, SYSTEM):
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.read_facts(actor, None)
    for actor in (bureau.officer, bureau.nurse, bureau.boss, bureau.coordinator):
        grasping = replace(actor, permissions=frozenset(Permission))
        with pytest.raises((KeysMissing, NotPermitted)), db.unit_of_work():
            service.read_facts(grasping, None)


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_a_fact_s_body_shows_nothing_and_differs_for_equal_facts(bureau: Bureau) -> None:
    for _ in range(2):
        bureau.incident()
    bodies = [row.body for row in db.session().scalars(select(StagedFactBody))]
    assert len(set(bodies)) == 2
    assert not [b for b in bodies if b"physical" in b or b"20050" in b or b"incident" in b]
    assert len({len(b) for b in bodies}) == 1


def statement(
    author: Keyring, kept_id: UUID, raw: bytes, agency_id: UUID, named: UUID | None = None
) -> bytes:
    """What `author` says for an agency, under the id that is the agency's or another."""
    seq = directory.directory_of(author.agency_id).head_seq
    fact_id = named or fact_id_of(agency_id, kept_id)
    return pack((fact_id, raw, agency_id, author.member_id, seq, kept_id))


CONTENT = (
    b'{"kind": "incident", "case_tag": "00", "month": "2024-11", "unit": "20050", "codes": {}}'
)


def planted(bureau: Bureau, fact_id: UUID, sealed: Value) -> None:
    """Seal something to the circle, as anybody can who reads its public key in the database."""
    receiver = directory.key_of(bureau.office.circle_id("statistics"))
    body = seal_fact(receiver, fact_id, pack(sealed))
    db.rollback()
    db.begin_write()
    db.session().add(FactRow(id=fact_id, circle_id=receiver.circle_id, circle_generation=1))
    db.session().flush()
    db.session().add(FactBody(fact_id=fact_id, body=body))
    db.commit()


def test_what_a_member_signed_is_counted_wherever_it_lies(bureau: Bureau) -> None:
    """What shows that the forgeries of the next test fail for what is wrong in them alone."""
    officer, kept_id = keyring_of(bureau.officer), new_id()
    fact_id = fact_id_of(officer.agency_id, kept_id)
    said = statement(officer, kept_id, CONTENT, officer.agency_id)
    planted(bureau, fact_id, (said, officer.sign_as(LABEL, said)))
    assert [fact.fact_id for fact in opened(bureau.statistician)] == [fact_id]


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_fact_that_no_member_signed_is_left_out_and_stops_nothing(bureau: Bureau) -> None:
    bureau.incident()
    (true,) = opened(bureau.statistician)
    officer, nurse = keyring_of(bureau.officer), keyring_of(bureau.nurse)
    keyless = keyring_of(bureau.province.worker(bureau.police, "privacy_officer"))
    mine, said = new_id(), statement
    own = officer.agency_id
    here = fact_id_of(own, mine)
    former = (here, CONTENT, own, officer.member_id, 1)

    def signed(raw: bytes, signer: Keyring, label: str = LABEL) -> Value:
        return (raw, signer.sign_as(label, raw))

    forgeries: dict[str, Value] = {
        "no signature": (said(officer, mine, CONTENT, own), b""),
        "another's signature": signed(said(officer, mine, CONTENT, own), nurse),
        "a signature for another use": signed(said(officer, mine, CONTENT, own), officer, "strand"),
        "another agency's word": signed(said(nurse, mine, CONTENT, own), nurse),
        "an agency that is not there": signed(said(officer, mine, CONTENT, new_id()), officer),
        "a role without keys": signed(said(keyless, mine, CONTENT, own), keyless),
        "another fact's id": signed(said(officer, mine, CONTENT, own, true.fact_id), officer),
        "an id that nobody's section keeps": signed(
            said(officer, new_id(), CONTENT, own, here), officer
        ),
        "the form without what its section keeps": signed(pack(former), officer),
        "no content": signed(said(officer, mine, b"", own), officer),
        "content of another shape": signed(said(officer, mine, b"[]", own), officer),
        "a part missing": signed(said(officer, mine, b"{}", own), officer),
        "no statement": signed(pack((1, 2)), officer),
        "no words at all": 5,
        "an empty list": (),
        "names for ids": signed(pack((here, CONTENT, "congan", "officer", 1, mine)), officer),
    }
    for name, sealed in forgeries.items():
        planted(bureau, here, sealed)
        assert [fact.fact_id for fact in opened(bureau.statistician)] == [true.fact_id], name
        drop(here)


def drop(fact_id: UUID) -> None:
    db.rollback()
    db.begin_write()
    db.session().execute(delete(FactBody).where(FactBody.fact_id == fact_id))
    db.session().execute(delete(FactRow).where(FactRow.id == fact_id))
    db.commit()


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_fact_copied_exchanged_or_spoilt_is_left_out(bureau: Bureau) -> None:
    for _ in range(2):
        bureau.incident()
    assert len(opened(bureau.statistician)) == 2
    copies = db.session().scalars(select(StagedFactBody)).all()
    bodies = [row.body for row in copies]
    db.rollback()
    db.begin_write()
    header: Any = db.session().scalars(select(StagedFact)).first()
    copy_id = new_id()
    db.session().add(FactRow(id=copy_id, circle_id=header.circle_id, circle_generation=1))
    db.session().flush()
    db.session().add(FactBody(fact_id=copy_id, body=bodies[0]))
    db.commit()
    assert copy_id not in {fact.fact_id for fact in opened(bureau.statistician)}
    db.rollback()
    db.begin_write()
    one, other = db.session().scalars(select(StagedFactBody)).all()
    one.body, other.body = other.body, one.body
    db.commit()
    assert opened(bureau.statistician) == []
    db.rollback()
    db.begin_write()
    one, other = db.session().scalars(select(StagedFactBody)).all()
    one.body, other.body = other.body, b""
    db.commit()
    assert len(opened(bureau.statistician)) == 1


def test_before_the_province_has_a_statistics_circle_cases_are_opened_without_facts(
    bureau: Bureau,
) -> None:
    circle_id = bureau.office.circle_id("statistics")
    db.rollback()
    db.begin_write()
    db.session().get_one(Circle, circle_id).purpose = "cases"
    db.commit()
    try:
        bureau.incident()
        assert rows(StagedFact) == 0
    finally:
        db.rollback()
        db.begin_write()
        db.session().get_one(Circle, circle_id).purpose = "statistics"
        db.commit()
