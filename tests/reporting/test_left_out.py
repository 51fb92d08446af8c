"""One fact that cannot be relied on neither replaces another nor stops the figures."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from referral.agencies import directory
from referral.kernel import clock, db
from referral.kernel.ids import new_id
from referral.reporting import service
from referral.reporting.compose import compose, threshold, units_on_system
from referral.reporting.facts import LABEL, OpenedFacts, fact_id_of
from referral.reporting.model import FactBody, FactRow, StagedFact, StagedFactBody
from referral.reporting.spreadsheet import notes
from referral.vault.boxes import seal_fact
from referral.vault.codec import pack
from referral.vault.keys import Keyring, keyring_of
from tests.reporting.bureau import Bureau, write


@pytest.fixture(autouse=True)
def no_facts_yet(bureau: Bureau) -> None:
    db.begin_write()
    for table in (FactBody, FactRow, StagedFactBody, StagedFact):
        db.session().execute(delete(table))
    db.commit()


def opened(bureau: Bureau) -> OpenedFacts:
    db.rollback()
    with db.unit_of_work():
        return service.read_facts(bureau.statistician, None)


def content(**parts: Any) -> bytes:
    said = {
        "kind": "incident",
        "case_tag": "00",
        "month": f"{clock.today():%Y-%m}",
        "unit": "20050",
        "codes": {"forms": ["physical"]},
        **parts,
    }
    return json.dumps(said).encode()


def sealed(bureau: Bureau, author: Keyring, fact_id: UUID, kept_id: UUID, raw: bytes) -> bytes:
    """What a member signs with raw keys, for their own agency, under any id."""
    seq = directory.directory_of(author.agency_id).head_seq
    said = pack((fact_id, raw, author.agency_id, author.member_id, seq, kept_id))
    receiver = directory.key_of(bureau.office.circle_id("statistics"))
    return seal_fact(receiver, fact_id, pack((said, author.sign_as(LABEL, said))))


def plant(bureau: Bureau, fact_id: UUID, body: bytes) -> None:
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        circle_id = bureau.office.circle_id("statistics")
        db.session().add(FactRow(id=fact_id, circle_id=circle_id, circle_generation=1))
        db.session().flush()
        db.session().add(FactBody(fact_id=fact_id, body=body))


@pytest.mark.promise("changed-record-is-not-shown")
def test_no_agency_puts_its_word_in_the_place_of_another_s_fact(bureau: Bureau) -> None:
    """The nurse reads the case, so she learns the id that its section keeps; her keys are real."""
    case_id = bureau.incident()
    bureau.treated(case_id)
    before = opened(bureau)
    (theirs,) = [fact for fact in before.facts if fact.kind == "incident"]
    nurse = keyring_of(bureau.nurse)
    for kept_id in (theirs.fact_id, new_id()):
        body = sealed(bureau, nurse, theirs.fact_id, kept_id, content(unit="19750"))
        db.rollback()
        with db.unit_of_work():
            db.begin_write()
            db.session().get_one(StagedFactBody, theirs.fact_id).body = body
        after = opened(bureau)
        assert (before.not_verified, after.not_verified) == (0, 1)
        assert [fact.kind for fact in after.facts] == ["service"]
    write(bureau.officer, case_id, "incident", {"forms": ["mental"], "unit": "20050"}, revision=1)
    healed = opened(bureau)
    assert healed.not_verified == 0
    assert theirs.fact_id in {fact.fact_id for fact in healed.facts}


@pytest.mark.promise("figures-without-cases")
def test_a_correction_stands_in_the_place_of_what_it_corrects(bureau: Bureau) -> None:
    case_id = bureau.incident()
    (before,) = opened(bureau).facts
    write(bureau.officer, case_id, "incident", {"forms": ["mental"], "unit": "20050"}, revision=1)
    (after,) = opened(bureau).facts
    assert after.fact_id == before.fact_id
    assert after.codes["forms"] == ["mental"]


SHAPELESS = [
    content(month="2024-13"),
    content(month="0000-01"),
    content(month=202411),
    content(month="2024-11-25"),
    content(unit=20050),
    content(unit=None),
    content(case_tag=["00"]),
    content(codes=[]),
    content(codes=None),
    content(codes={"forms": 5}),
    content(codes={"forms": [["physical"]]}),
    content(kind="service", codes={}),
    content(kind="service", codes={"kind": "unheard_of"}),
    content(kind="service", codes={"kind": ["health_care"]}),
    content(kind="detection"),
    content(kind=["incident"]),
    b"[" * 100_000,
]


def test_a_fact_of_another_shape_is_left_out_counted_and_stops_no_edition(bureau: Bureau) -> None:
    for _ in range(threshold.persons):
        bureau.incident()
    officer = keyring_of(bureau.officer)
    for raw in SHAPELESS:
        kept_id = new_id()
        fact_id = fact_id_of(officer.agency_id, kept_id)
        plant(bureau, fact_id, sealed(bureau, officer, fact_id, kept_id, raw))
    plant(bureau, new_id(), b"anything")
    found, lost = opened(bureau), len(SHAPELESS) + 1
    assert (len(found.facts), found.not_verified) == (threshold.persons, lost)
    year, live = clock.today().year, units_on_system()
    draft = compose(found, live, year=year)
    assert draft.frozen["coverage"]["not_verified"] == lost
    assert f"Not verified and left out of the tables: {lost} records." in notes(draft.frozen, "en")
    whole = compose(OpenedFacts(found.facts, 0, found.opened_at), live, year=year)
    assert draft.frozen["tables"] == whole.frozen["tables"]
    assert not [line for line in notes(whole.frozen, "en") if "Not verified" in line]
