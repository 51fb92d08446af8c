"""A case written in bulk is one like any other: it opens, is listed and found, and holds."""

import pytest
from sqlalchemy import func, select, update

from referral.agencies import directory
from referral.audit.verify import verify_all
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.bulk import write_cases
from referral.cases.forms_in_force import checked
from referral.cases.model import CaseFile, Grant, GrantBundle, Section, StrandRow
from referral.cli.demo import bulk
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.deployment import Deployment
from referral.kernel.errors import NotFound, NotPermitted
from tests.cases.district import District, read, write
from tests.factories.province import case_of


def test_what_is_invented_passes_its_forms() -> None:
    found = bulk.survivors(7, 50)
    assert found == bulk.survivors(7, 50)
    for said in found:
        for kind, answers in said.items():
            assert checked(kind, answers) == answers
    numbers = [said["identity"]["id_number"] for said in found]
    assert len(set(numbers)) == len(numbers)


def test_a_case_written_in_bulk_opens_like_one_that_an_operation_made(district: District) -> None:
    said = bulk.survivors(1, 3)
    made = bulk.fill_cases(district.officer, said)
    twin = case_of(district.officer, **said[0])
    for actor in (district.officer, district.second):
        for case_id, sections in [*zip(made, said, strict=True), (twin.id, said[0])]:
            opened = read(actor, case_id)
            assert {s.status for s in opened} == {"open"}
            assert {s.kind: s.answers for s in opened} == sections
    lines = queries.lines_of(district.officer, [*made, twin.id])
    assert lines[made[0]].card == lines[twin.id].card
    assert lines[made[0]].is_custodian
    with pytest.raises(NotFound):
        queries.visible_case(district.nurse, made[0])


def test_it_is_found_written_on_and_shared(district: District) -> None:
    (said,) = bulk.survivors(2, 1)
    (case_id,) = bulk.fill_cases(district.officer, [said])
    with db.unit_of_work():
        found = cases.search_cases(
            district.officer, None, words=said["identity"]["paper_name"].upper()
        )
    assert case_id in {hit.line.id for hit in found.rows}
    write(district.second, case_id, "needs", {"needs": ["shelter"]}, revision=1)
    write(district.officer, case_id, "incident", {"forms": ["physical"]})
    with db.unit_of_work():
        case = queries.visible_case(district.officer, case_id)
    district.share(case, district.hospital, district.nurse, ["needs"])
    opened = {s.kind: s for s in read(district.nurse, case_id)}
    assert opened["needs"].answers == {"needs": ["shelter"]}
    assert opened["identity"].status == "sealed"


def test_every_chain_and_every_foreign_key_holds_afterwards(district: District) -> None:
    bulk.fill_cases(district.officer, bulk.survivors(3, 2))
    reports = verify_all(directory.signing_keys, directory.least_entries())
    assert [report.fault for report in reports if report.fault] == []


def test_a_bare_case_is_listed_and_found_and_has_nothing_to_open(district: District) -> None:
    said = bulk.survivors(4, 20)
    made = bulk.fill_cards(district.officer, said)
    assert _found(district.officer, said[7]["safe_contact"]["phone"]) == {made[7]}
    card = queries.lines_of(district.officer, made)[made[3]].card
    assert card["paper_name"] == said[3]["identity"]["paper_name"]
    assert read(district.officer, made[3]) == []


def _found(actor: Actor, words: str) -> set[object]:
    db.rollback()
    with db.unit_of_work():
        return {hit.line.id for hit in cases.search_cases(actor, None, words=words).rows}


def test_each_row_of_a_whole_case_is_written(district: District) -> None:
    (case_id,) = bulk.fill_cases(district.officer, bulk.survivors(5, 1))
    count = {
        table: db.session().scalar(select(func.count()).where(table.case_id == case_id))
        for table in (Section, StrandRow, Grant)
    }
    assert count == {Section: 3, StrandRow: 5, Grant: 1}
    bundles = select(func.count(GrantBundle.id)).join(Grant, Grant.id == GrantBundle.grant_id)
    assert db.session().scalar(bundles.where(Grant.case_id == case_id)) == 1
    assert db.session().get_one(CaseFile, case_id).state == "open"


def test_nothing_is_written_in_bulk_where_cases_are_real(district: District) -> None:
    """It leaves no entry in the access log, so it may exist beside no real case."""
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(update(Deployment).values(is_demo=False))
        db.read_again(("deployment",))
        with pytest.raises(NotPermitted):
            write_cases(district.officer, bulk.survivors(3, 1))
        db.rollback()
    assert bulk.fill_cases(district.officer, bulk.survivors(3, 1))  # the demo it was before
