"""Arriving, the house log, leaving."""

from datetime import timedelta

import pytest
import time_machine

from referral.cases import service as cases
from referral.cases.queries import visible_case
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.shelters import queries, service
from referral.shelters.events import StayConfirmed, StayHeld, StayStarted
from referral.shelters.states import StayState
from tests.shelters.refuge import in_days

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])
ROLL_CALL = {"noted_at": "2020-01-01T20:00:00Z", "kind": "roll_call", "present": "yes"}


def _note(refuge, stay, actor=None, **also):
    with db.unit_of_work():
        return service.write_stay_note(actor or refuge.night_keeper, stay, answers=ROLL_CALL | also)


def _leave(refuge, stay, at=None, destination="kin"):
    with db.unit_of_work():
        return service.check_out(refuge.keeper, stay, at=at or clock.now(), destination=destination)


def _read(refuge, stay, actor=None):
    with db.unit_of_work():
        return service.read_stay(actor or refuge.keeper, stay)


def test_who_arrives_on_a_hold_confirms_it_by_arriving(refuge, heard):
    stay = refuge.stay("P1-1")
    assert stay.state == StayState.ARRIVED
    assert [type(event) for event in heard] == [StayHeld, StayConfirmed, StayStarted]


def test_nobody_arrives_on_a_hold_that_ran_out(refuge):
    stay = refuge.hold("P1-1", to_on=in_days(3))
    late = time_machine.travel(clock.now() + timedelta(minutes=90), tick=False)
    with late, pytest.raises(StateConflict), db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=clock.now(), answers={})


@pytest.mark.parametrize("hours", [1, -48, 48])
def test_she_arrives_neither_in_the_future_nor_outside_her_days(refuge, hours):
    stay = refuge.hold("P1-1")
    at = clock.now() + timedelta(hours=hours)
    with pytest.raises(InvalidInput) as refused, db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=at, answers={})
    assert set(refused.value.fields) == {"at"}


def test_arriving_is_recorded_as_a_service_of_the_shelters_own_in_the_case(refuge):
    referral = refuge.asked()
    stay = refuge.hold("P1-1", referral_id=referral.id, case_id=referral.case_id)
    at = clock.now().replace(microsecond=0)
    with time_machine.travel(at + timedelta(minutes=1), tick=False), db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=at, answers={"extent": "full"})
    sections = {}
    for actor in (refuge.keeper, refuge.officer):
        with db.unit_of_work():
            opened = cases.read_case(actor, visible_case(actor, referral.case_id))
        sections[actor.member_id] = opened.section("service")
    mine, theirs = sections[refuge.keeper.member_id], sections[refuge.officer.member_id]
    assert mine.holder_circle == refuge.house.circle_id("shelter")
    assert mine.answers == {
        "kind": "shelter",
        "delivered_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "extent": "full",
    }
    assert theirs.answers == {}


def test_she_is_let_in_although_the_case_was_closed_or_her_consent_was_taken_back(refuge):
    referral = refuge.asked()
    stay = refuge.hold("P1-1", referral_id=referral.id, case_id=referral.case_id)
    case = visible_case(refuge.officer, referral.case_id)
    with db.unit_of_work():
        (basis,) = cases.read_case(refuge.officer, case).opening.view.bases.values()
    with db.unit_of_work():
        cases.withdraw_consent(refuge.officer, case, basis_id=basis.basis_id)
    with db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=clock.now(), answers={})
    assert stay.state == StayState.ARRIVED


def test_wrong_answers_about_the_service_are_named_and_nothing_is_changed(refuge):
    referral = refuge.asked()
    stay = refuge.hold("P1-1", referral_id=referral.id, case_id=referral.case_id)
    with pytest.raises(InvalidInput) as refused, db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=clock.now(), answers={"extent": "so-so"})
    assert set(refused.value.fields) == {"extent"}
    db.session().refresh(stay)
    assert stay.state == StayState.HELD


def test_leaving_early_frees_the_nights_that_are_left_and_keeps_those_slept(refuge):
    stay = refuge.stay("P1-1", nights=5)
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        _leave(refuge, stay)
        board = queries.board(refuge.keeper, refuge.site, in_days(-2), 5)
        states = [cell.state for cell in board.rooms[0].beds[0].cells]
        assert states == ["stay", "stay", "free", "free", "free"]
        assert refuge.hold("P1-1").state == StayState.HELD
    assert stay.to_on == in_days(2)


def test_leaving_on_the_day_of_arrival_frees_the_bed_for_that_night(refuge):
    stay = refuge.stay("P1-1", nights=2)
    _leave(refuge, stay)
    assert refuge.hold("P1-1").state == StayState.HELD


def test_who_stays_on_keeps_the_bed_and_is_never_put_out_by_the_clock(refuge):
    stay = refuge.stay("P1-1", nights=1)
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        (line,) = queries.visible_stays(refuge.keeper).rows
        assert line.is_overdue
        with pytest.raises(StateConflict):
            refuge.hold("P1-1")
        assert refuge.hold("P1-1", from_on=in_days(1), to_on=in_days(2))
        assert (
            queries.board(refuge.keeper, refuge.site, in_days(0), 1)
            .rooms[0]
            .beds[0]
            .cells[0]
            .is_overdue
        )
        _leave(refuge, stay)
        assert refuge.hold("P1-1").state == StayState.HELD


@pytest.mark.parametrize(
    ("hours", "destination", "field"),
    [(1, "kin", "at"), (-24, "kin", "at"), (0, "to her mother", "destination")],
)
def test_leaving_has_a_time_after_arriving_and_a_destination(refuge, hours, destination, field):
    stay = refuge.stay("P1-1", nights=2)
    with pytest.raises(InvalidInput) as refused:
        _leave(refuge, stay, clock.now() + timedelta(hours=hours), destination)
    assert set(refused.value.fields) == {field}


def test_who_has_not_arrived_cannot_leave_and_who_has_cannot_be_given_back(refuge):
    with pytest.raises(StateConflict):
        _leave(refuge, refuge.hold("P1-1"))
    stay = refuge.stay("P2-1")
    with pytest.raises(StateConflict), db.unit_of_work():
        service.release_stay(refuge.keeper, stay)


def test_a_night_keeper_reads_and_adds_to_the_log_and_does_nothing_else(refuge):
    stay = refuge.stay("P1-1")
    _note(refuge, stay, note="Ngủ yên.")
    (note,) = _read(refuge, stay, refuge.night_keeper).notes
    assert (note.author_id, note.answers["note"]) == (refuge.night_keeper.member_id, "Ngủ yên.")
    refused = {
        "confirm_places": lambda: service.confirm_places(refuge.night_keeper, refuge.site),
        "confirm_stay": lambda: service.confirm_stay(refuge.night_keeper, stay),
        "release_stay": lambda: service.release_stay(refuge.night_keeper, stay),
        "close_site": lambda: service.close_site(refuge.night_keeper, refuge.site),
        "check_in": lambda: service.check_in(refuge.night_keeper, stay, at=clock.now(), answers={}),
        "check_out": lambda: service.check_out(
            refuge.night_keeper, stay, at=clock.now(), destination="kin"
        ),
    }
    for attempt in refused.values():
        with pytest.raises(NotPermitted), db.unit_of_work():
            attempt()


def test_lines_of_the_log_are_added_and_stay_as_they_were(refuge):
    stay = refuge.stay("P1-1")
    for text in ("Ăn được.", "Gọi điện cho con."):
        _note(refuge, stay, refuge.keeper, kind="other", note=text, present=None)
    assert [n.answers["note"] for n in _read(refuge, stay).notes] == [
        "Ăn được.",
        "Gọi điện cho con.",
    ]


def test_a_line_comes_late_but_never_from_the_future_nor_about_a_stay_that_never_was(refuge):
    stay = refuge.stay("P1-1")
    _leave(refuge, stay)
    assert _note(refuge, stay)
    with pytest.raises(InvalidInput) as refused:
        _note(refuge, stay, noted_at="2100-01-01T00:00:00Z")
    assert set(refused.value.fields) == {"noted_at"}
    gone = refuge.hold("P2-1")
    with db.unit_of_work():
        service.release_stay(refuge.keeper, gone)
    with pytest.raises(StateConflict):
        _note(refuge, gone)
