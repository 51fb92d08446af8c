"""Holding, confirming and giving back: whose bed is it tonight."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.kernel.ids import new_id
from referral.shelters import queries, service
from referral.shelters.errors import BedTaken, RoomTaken
from referral.shelters.events import HoldLapsed, StayConfirmed, StayHeld, StayReleased
from referral.shelters.model import Claim
from referral.shelters.states import StayState
from tests.shelters.refuge import MOTHER_AND_CHILD, in_days, register


def _later(minutes: float) -> time_machine.travel:
    return time_machine.travel(clock.now() + timedelta(minutes=minutes), tick=False)


def _claims(stay) -> list[Claim]:
    return list(db.session().scalars(select(Claim).where(Claim.stay_id == stay.id)))


def test_a_woman_and_her_child_are_given_a_bed_and_a_cot(refuge, heard):
    stay = refuge.hold("P1-1", "P1-3", party=MOTHER_AND_CHILD)
    assert stay.state == StayState.HELD
    assert {claim.kind for claim in _claims(stay)} == {"hold"}
    assert len(_claims(stay)) == 2
    assert [type(event) for event in heard] == [StayHeld]


@pytest.mark.parametrize(
    ("codes", "party"),
    [
        (["P1-1"], {"adults": 1, "children": 1}),
        (["P1-1", "P1-3"], {"adults": 2, "children": 0}),
    ],
)
def test_nobody_is_left_without_a_bed_and_no_adult_gets_a_cot(refuge, codes, party):
    with pytest.raises(InvalidInput) as refused:
        refuge.hold(*codes, party=party)
    assert set(refused.value.fields) == {"bed_ids"}


@pytest.mark.parametrize(
    "party", [{}, {"adults": 0}, {"adults": -1, "children": 2}, {"adults": True}, {"adults": "1"}]
)
def test_a_party_is_counted_in_people(refuge, party):
    with pytest.raises(InvalidInput) as refused:
        refuge.hold("P1-1", party=party)
    assert set(refused.value.fields) == {"party"}


def test_a_bed_cannot_be_held_for_yesterday_nor_for_no_night(refuge):
    for terms in ({"from_on": in_days(-1)}, {"to_on": in_days(0)}, {"to_on": in_days(400)}):
        with pytest.raises(InvalidInput):
            refuge.hold("P1-1", **terms)


def test_a_bed_of_another_site_cannot_be_held_here(refuge):
    other = register(refuge.keeper, refuge.house, code_name="Mai Vàng")
    with pytest.raises(InvalidInput):
        refuge.hold(bed_ids=refuge.beds("P1-1", site=other), party={"adults": 1})


@pytest.mark.promise("a-bed-is-given-once")
def test_a_bed_held_is_refused_to_the_next_and_the_refusal_names_the_bed_alone(refuge):
    refuge.hold("P1-1", to_on=in_days(3))
    with pytest.raises(BedTaken) as refused:
        refuge.hold("P1-1", from_on=in_days(2), to_on=in_days(4))
    assert refused.value.code == "P1-1"
    assert str(refused.value) == "claim is not possible from taken"


def test_one_leaves_and_another_comes_on_the_same_day(refuge):
    refuge.hold("P2-1", to_on=in_days(2))
    assert refuge.hold("P2-1", from_on=in_days(2), to_on=in_days(3)).state == StayState.HELD


def test_a_room_takes_one_household_and_the_other_beds_in_it_stay_empty(refuge):
    refuge.hold("P1-1", to_on=in_days(2))
    with pytest.raises(RoomTaken) as refused:
        refuge.hold("P1-2", from_on=in_days(1), to_on=in_days(2))
    assert refused.value.code == "P1"
    assert refuge.hold("P1-2", from_on=in_days(2), to_on=in_days(3)).state == StayState.HELD


def test_a_dormitory_takes_several_households(refuge):
    rooms = [{"name": "Phòng chung", "beds": ["1", "2"], "is_shared": True}]
    refuge.site = register(refuge.keeper, refuge.house, code_name="Sen Trắng", rooms=rooms)
    refuge.hold("P1-1")
    assert refuge.hold("P1-2").state == StayState.HELD


def test_a_hold_runs_out_to_the_second_without_any_job(refuge, heard):
    first = refuge.hold("P1-1", to_on=in_days(2))  # late in the evening it is tomorrow meanwhile
    limit = service.HOLD_LASTS.total_seconds() / 60
    with _later(limit - 0.1), pytest.raises(BedTaken):
        refuge.hold("P1-1")
    with _later(limit):
        second = refuge.hold("P1-1")
        assert second.state == StayState.HELD
        db.session().refresh(first)
        assert first.state == StayState.LAPSED
        assert all(claim.released_at for claim in _claims(first))
    assert [type(event) for event in heard] == [StayHeld, HoldLapsed, StayHeld]


def test_a_hold_that_ran_out_is_shown_as_lapsed_before_anybody_marks_it(refuge):
    refuge.hold("P1-1")
    with _later(91):
        (line,) = queries.visible_stays(refuge.keeper).rows
        assert line.state == StayState.LAPSED


def test_a_hold_that_ran_out_cannot_be_confirmed(refuge):
    stay = refuge.hold("P1-1")
    with _later(90), pytest.raises(StateConflict), db.unit_of_work():
        service.confirm_stay(refuge.keeper, stay)


def test_a_confirmed_bed_stays_taken_after_the_hold_would_have_run_out(refuge, heard):
    stay = refuge.hold("P1-1", to_on=in_days(2))
    with db.unit_of_work():
        service.confirm_stay(refuge.keeper, stay)
    assert [claim.kind for claim in _claims(stay)] == ["stay"]
    with _later(91), pytest.raises(BedTaken):
        refuge.hold("P1-1")
    assert [type(event) for event in heard] == [StayHeld, StayConfirmed]


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_is_given_back_is_free_at_once(refuge, heard, confirmed):
    stay = refuge.hold("P1-1")
    with db.unit_of_work():
        if confirmed:
            service.confirm_stay(refuge.keeper, stay)
        service.release_stay(refuge.keeper, stay)
    assert stay.state == StayState.RELEASED
    assert StayReleased in {type(event) for event in heard}
    assert refuge.hold("P1-1").state == StayState.HELD


def test_the_job_marks_what_ran_out_and_nothing_else(refuge):
    gone, kept = refuge.hold("P1-1"), refuge.hold("P2-1")
    with db.unit_of_work():
        service.confirm_stay(refuge.keeper, kept)
    with _later(90):
        for expected in (1, 0):
            with db.unit_of_work():
                assert service.release_expired_holds(SYSTEM, None) == expected
    assert (gone.state, kept.state) == (StayState.LAPSED, StayState.CONFIRMED)


def test_a_closed_site_takes_nobody_and_cannot_close_under_somebody(refuge):
    stay = refuge.hold("P1-1")
    with pytest.raises(StateConflict), db.unit_of_work():
        service.close_site(refuge.keeper, refuge.site)
    with db.unit_of_work():
        service.release_stay(refuge.keeper, stay)
    with db.unit_of_work():
        service.close_site(refuge.keeper, refuge.site)
    with pytest.raises(StateConflict):
        refuge.hold("P1-1")
    with db.unit_of_work():
        service.open_site(refuge.keeper, refuge.site)
    assert refuge.hold("P1-1").state == StayState.HELD


def test_who_cannot_place_people_cannot_hold_a_bed(refuge):
    for actor in (refuge.night_keeper, refuge.officer):
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.hold_beds(
                actor,
                refuge.site,
                bed_ids=refuge.beds("P1-1"),
                from_on=in_days(0),
                to_on=in_days(1),
                referral_id=new_id(),
                party={"adults": 1},
            )
