"""A paper that was typed in is destroyed, and by whom that is said."""

import pytest

from referral.cases import queries
from referral.cases import service as cases
from referral.followup import service
from referral.followup.queries import visible_task, visible_tasks
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.referrals import service as referrals
from referral.referrals.queries import visible_referral
from tests.factories.province import consent_of
from tests.followup.conftest import SECTIONS
from tests.followup.on_paper import (
    DAY,
    HOUR,
    follow_up,
    kept,
    read,
    write,
)


def _waits(actor):
    return [t for t in visible_tasks(actor) if t.kind == "destroy_paper"]


@pytest.mark.promise("typed-from-paper")
def test_a_kept_waits_for_who_typed_it_in_until_it_is_destroyed(commune, fresh):
    header = write(commune.officer, fresh, needs=["shelter"], **kept(clock.now() - HOUR))
    (task,) = _waits(commune.officer)
    assert (task.member_id, task.object_id) == (commune.officer.member_id, header.id)
    assert clock.local(task.due_at).date() == clock.today() + 30 * DAY
    with pytest.raises(StateConflict), db.unit_of_work():
        service.complete_task(commune.officer, visible_task(commune.officer, task.id))
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today() + DAY
        )
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today()
        )
    assert _waits(commune.officer) == []
    section = read(commune.officer, fresh, "needs")
    assert (section.revision, section.answers["needs"]) == (2, ["shelter"])
    (row,) = section.answers["paper"]
    assert (row["fate"], row["destroyed_on"]) == ("destroyed", clock.today().isoformat())
    assert "kept_until" not in row
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today()
        )


@pytest.mark.promise("typed-from-paper")
def test_a_colleague_who_corrects_the_words_is_not_handed_the_paper(commune, fresh):
    paper = kept(clock.now() - HOUR)
    write(commune.officer, fresh, **paper)
    write(commune.supervisor, fresh, revision=1, needs=["shelter"], **paper)
    (task,) = _waits(commune.officer)
    assert task.member_id == commune.officer.member_id


@pytest.mark.promise("typed-from-paper")
def test_a_follow_up_which_is_written_once_has_its_paper_destroyed_too(commune):
    yesterday = clock.now() - DAY
    follow_up(commune.officer, commune.case, yesterday, clock.today() + DAY, **kept(yesterday))
    (task,) = _waits(commune.officer)
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer, commune.case, section_id=task.object_id, destroyed_on=clock.today()
        )
    assert _waits(commune.officer) == []
    assert len([t for t in visible_tasks(commune.officer) if t.kind == "follow_up"]) == 1


@pytest.mark.promise("typed-from-paper")
def test_closing_the_case_leaves_the_paper_to_be_destroyed(commune):
    with db.unit_of_work():
        case = cases.open_case(
            commune.social_worker,
            None,
            sections={**SECTIONS, "needs": kept(clock.now() - HOUR)},
        )
    with db.unit_of_work():
        cases.close_case(
            commune.social_worker,
            case,
            answers={"closed_on": clock.today().isoformat(), "reason": "goals_met"},
        )
    (task,) = _waits(commune.social_worker)
    with db.unit_of_work():
        cases.destroy_paper(
            commune.social_worker, case, section_id=task.object_id, destroyed_on=clock.today()
        )
    assert _waits(commune.social_worker) == []


@pytest.mark.promise("typed-from-paper")
def test_nobody_else_says_that_a_paper_is_destroyed(commune, fresh):
    header = write(commune.officer, fresh, **kept(clock.now() - HOUR))
    about = {"section_id": header.id, "destroyed_on": clock.today()}
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, queries.visible_case(commune.nurse, fresh.id), **about)
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, fresh, **about)
    assert len(_waits(commune.officer)) == 1


@pytest.mark.promise("typed-from-paper")
def test_who_was_only_shown_a_section_says_nothing_of_its_paper(commune, fresh):
    header = write(commune.officer, fresh, **kept(clock.now() - HOUR))
    about = {"section_id": header.id, "destroyed_on": clock.today()}
    _share(commune, fresh, ["needs"])
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, queries.visible_case(commune.nurse, fresh.id), **about)
    assert len(_waits(commune.officer)) == 1


@pytest.mark.promise("typed-from-paper")
def test_who_has_handed_the_case_over_still_says_that_the_paper_is_destroyed(commune, fresh):
    header = write(commune.officer, fresh, **kept(clock.now() - HOUR))
    _hand_over(commune, fresh)
    assert len(_waits(commune.officer)) == 1
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer,
            queries.visible_case(commune.officer, fresh.id),
            section_id=header.id,
            destroyed_on=clock.today(),
        )
    assert _waits(commune.officer) == []


@pytest.mark.promise("typed-from-paper")
def test_what_a_new_holder_writes_leaves_the_paper_to_who_keeps_it(commune, fresh):
    header = write(commune.officer, fresh, **kept(clock.now() - HOUR))
    _hand_over(commune, fresh)
    with db.unit_of_work():
        cases.write_section(
            commune.social_worker,
            queries.visible_case(commune.social_worker, fresh.id),
            kind="needs",
            answers={"needs": ["shelter"]},
            expected_revision=1,
            section_id=header.id,
        )
    assert len(_waits(commune.officer)) == 1
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer,
            queries.visible_case(commune.officer, fresh.id),
            section_id=header.id,
            destroyed_on=clock.today(),
        )
    assert _waits(commune.officer) == []


def _share(commune, case, kinds):
    consent_of(commune.officer, case, agency_id=commune.hospital.id, kinds=kinds)
    _refer(commune, case, commune.nurse, kinds=kinds)


def _hand_over(commune, case):
    _refer(commune, case, commune.social_worker)


def _refer(commune, case, worker, *, kinds=()):
    house = commune.hospital if kinds else commune.social
    with db.unit_of_work():
        sent = referrals.send_referral(
            commune.officer,
            case,
            kind="service" if kinds else "custody",
            circle_id=house.circle_id(),
            urgency="p2",
            kinds=kinds,
            summary={"reason": "Cần hỗ trợ trong tuần."},
        )
    with db.unit_of_work():
        referrals.accept_referral(
            worker,
            visible_referral(worker, sent.id),
            worker_id=worker.member_id,
            first_contact_at=clock.now() + HOUR,
        )
