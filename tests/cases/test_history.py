"""Every version of a section stays readable to who holds it, and to nobody by a changed record."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.cases import service as cases
from referral.cases.history import History
from referral.cases.model import Section, SectionRevision, SectionRevisionBody
from referral.cases.queries import visible_case
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound
from tests.cases.district import District
from tests.factories.province import case_of

COUNTS = (0, 1, 2)


def needs_of(case_id: UUID) -> Section:
    db.rollback()
    query = select(Section).where(Section.case_id == case_id, Section.kind == "needs")
    return db.session().scalars(query).one()


def corrected(actor: Actor, case_id: UUID, count: int) -> None:
    revision, section_id = needs_of(case_id).revision, needs_of(case_id).id
    db.rollback()
    with db.unit_of_work():
        cases.write_section(
            actor,
            visible_case(actor, case_id),
            kind="needs",
            answers={"needs": ["health_care"], "children_count": count},
            expected_revision=revision,
            section_id=section_id,
        )


def history(actor: Actor, case_id: UUID) -> History:
    section_id = needs_of(case_id).id
    db.rollback()
    with db.unit_of_work():
        return cases.read_history(actor, visible_case(actor, case_id), section_id=section_id)


def counts(found: History) -> list[Any]:
    return [past.answers.get("children_count") for past in found.revisions]


def three_versions(district: District) -> UUID:
    case = case_of(district.officer)
    for count in COUNTS:
        corrected(district.officer, case.id, count)
    return case.id


def test_every_version_is_read_newest_first_with_who_wrote_it(district: District) -> None:
    case_id = three_versions(district)
    corrected(district.second, case_id, 7)
    found = history(district.supervisor, case_id)
    assert counts(found)[:4] == [7, 2, 1, 0]
    assert [past.revision for past in found.revisions] == [5, 4, 3, 2, 1]
    assert found.revisions[0].author_id == district.second.member_id
    assert {past.status for past in found.revisions} == {"open"}


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_versions_of_before_a_new_key_stay_readable_to_their_holder(district: District) -> None:
    case_id = three_versions(district)
    case = visible_case(district.officer, case_id)
    basis_id = district.share(case, district.hospital, district.nurse, ["needs"])
    db.rollback()
    with db.unit_of_work():
        mine = visible_case(district.officer, case_id)
        cases.withdraw_consent(district.officer, mine, basis_id=basis_id)
    corrected(district.officer, case_id, 9)
    assert needs_of(case_id).generation == 2
    assert counts(history(district.officer, case_id))[:4] == [9, 2, 1, 0]


@pytest.mark.promise("only-what-she-agreed")
def test_who_reads_a_section_is_not_told_what_was_corrected_in_it(district: District) -> None:
    case_id = three_versions(district)
    case = visible_case(district.officer, case_id)
    district.share(case, district.hospital, district.nurse, ["needs"])
    for stranger in (district.nurse, district.other_nurse):
        with pytest.raises(NotFound):
            history(stranger, case_id)


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_version_that_was_exchanged_is_named_and_not_shown(district: District) -> None:
    case_id = three_versions(district)
    section_id = needs_of(case_id).id
    bodies = {
        row.revision: body
        for row, body in db.session().execute(
            select(SectionRevision, SectionRevisionBody)
            .join(SectionRevisionBody, SectionRevisionBody.revision_id == SectionRevision.id)
            .where(SectionRevision.section_id == section_id)
        )
    }
    old, new = bodies[2].body, bodies[3].body
    db.rollback()
    db.begin_write()
    for revision, body in ((2, new), (3, old)):
        row = db.session().get_one(SectionRevisionBody, bodies[revision].revision_id)
        row.body = body
    db.commit()
    found = history(district.officer, case_id)
    told = {past.revision: (past.status, past.answers) for past in found.revisions}
    assert told[2] == told[3] == ("not_verified", {})
    assert told[4][0] == told[1][0] == "open"
