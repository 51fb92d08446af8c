"""A closed case opens again with a reason and a next contact; what was shared does not."""

from datetime import timedelta
from uuid import UUID

import pytest

from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.followup import queries as followup
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, StateConflict
from tests.cases.district import District, statuses
from tests.factories.province import case_of

AGAIN = {"reason": "risk_again", "asked_by": "survivor"}


def tomorrow() -> str:
    return (clock.today() + timedelta(days=1)).isoformat()


def mine(actor: Actor, case_id: UUID) -> CaseFile:
    db.rollback()
    return queries.visible_case(actor, case_id)


def closed(district: District) -> UUID:
    """A case of the police, shared with the hospital and closed by their supervisor."""
    worker = district.supervisor
    case = case_of(district.officer)
    district.share(case, district.hospital, district.nurse, ["needs"])
    with db.unit_of_work():
        answers = {"closed_on": clock.today().isoformat(), "reason": "goals_met"}
        cases.close_case(worker, mine(worker, case.id), answers=answers)
    return case.id


def reopen(actor: Actor, case_id: UUID, **more: str) -> None:
    db.rollback()
    with db.unit_of_work():
        answers = {**AGAIN, "next_on": tomorrow(), **more}
        cases.reopen_case(actor, queries.visible_case(actor, case_id), answers=answers)


def tasks_of(actor: Actor, case_id: UUID) -> dict[str, str]:
    db.rollback()
    found = (line for line in followup.visible_tasks(actor) if line.case_id == case_id)
    return {line.kind: f"{clock.local(line.due_at):%Y-%m-%d}" for line in found if line.due_at}


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_what_was_shared_before_does_not_come_back(district: District) -> None:
    case_id = closed(district)
    reopen(district.supervisor, case_id)
    with pytest.raises(NotFound):
        mine(district.nurse, case_id)
    with db.unit_of_work():
        opened = cases.read_case(district.supervisor, mine(district.supervisor, case_id))
    assert not [b for b in opened.opening.view.bases.values() if b.is_live(clock.now())]
    assert opened.case.state == "open"


def test_the_next_contact_and_a_new_assessment_of_the_risk_are_due(district: District) -> None:
    case_id, worker = closed(district), district.supervisor
    assert tasks_of(worker, case_id) == {}
    reopen(worker, case_id)
    due = tasks_of(worker, case_id)
    assert set(due) == {"follow_up", "assess_risk"}
    assert due["follow_up"] == tomorrow()
    db.rollback()
    with db.unit_of_work():
        today = clock.today().isoformat()
        case = queries.visible_case(worker, case_id)
        cases.write_section(worker, case, kind="risk_triage", answers={"assessed_on": today})
    assert set(tasks_of(worker, case_id)) == {"follow_up"}


def test_it_may_be_closed_and_opened_again_and_each_time_stays_on_record(
    district: District,
) -> None:
    case_id, worker = closed(district), district.supervisor
    for _ in range(2):
        reopen(worker, case_id)
        with db.unit_of_work():
            answers = {"closed_on": clock.today().isoformat(), "reason": "moved"}
            cases.close_case(worker, mine(worker, case_id), answers=answers)
    with db.unit_of_work():
        opened = cases.read_case(worker, mine(worker, case_id))
    kinds = [section.kind for section in opened.sections]
    assert (kinds.count("reopening"), kinds.count("closure")) == (2, 1)
    closure = opened.section("closure")
    assert closure is not None
    assert closure.revision == 3


def test_only_a_closed_case_is_opened_again_and_only_by_its_custodian(district: District) -> None:
    case_id = closed(district)
    with pytest.raises(NotFound):
        reopen(district.other_nurse, case_id)
    with pytest.raises(InvalidInput):
        reopen(district.supervisor, case_id, next_on="2024-01-01")
    reopen(district.supervisor, case_id)
    with pytest.raises(StateConflict):
        reopen(district.supervisor, case_id)
    case = case_of(district.officer)
    district.share(case, district.hospital, district.nurse, ["needs"])
    with pytest.raises((NotPermitted, NotFound)):
        reopen(district.nurse, case.id)


def test_what_its_circle_wrote_opens_as_before(district: District) -> None:
    case_id = closed(district)
    before = statuses(district.supervisor, case_id)
    reopen(district.supervisor, case_id)
    after = statuses(district.supervisor, case_id)
    assert before.items() <= after.items()
