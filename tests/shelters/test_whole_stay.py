"""One stay from the hold to the day she leaves, on both engines, as the thread runs it."""

import pytest

from referral.kernel import clock, db
from referral.referrals.queries import visible_referral
from referral.shelters import service
from referral.shelters.events import StayConfirmed, StayEnded, StayHeld, StayStarted
from referral.shelters.states import StayState
from tests.shelters.refuge import MOTHER_AND_CHILD, in_days


@pytest.mark.promise("no-name-needed")
def test_a_woman_under_a_code_alone_is_held_a_bed_arrives_and_leaves(refuge, heard):
    referral = refuge.asked()
    stay = refuge.hold(
        "P1-1",
        "P1-3",
        party=MOTHER_AND_CHILD,
        to_on=in_days(3),
        referral_id=referral.id,
        case_id=referral.case_id,
        case_code="7QK-4MD",
    )
    with db.unit_of_work():
        service.confirm_stay(refuge.keeper, stay)
    with db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=clock.now(), answers={})
    with db.unit_of_work():
        service.check_out(refuge.keeper, stay, at=clock.now(), destination="kin")
    assert stay.state == StayState.LEFT
    assert [type(e) for e in heard] == [StayHeld, StayConfirmed, StayStarted, StayEnded]
    assert {(e.referral_id, e.case_id) for e in heard} == {(referral.id, referral.case_id)}
    assert visible_referral(refuge.officer, referral.id).state == "completed"
    with db.unit_of_work():
        facts = service.read_stay(refuge.keeper, stay).line.facts
    assert (facts.case_code, facts.party.size, facts.destination) == ("7QK-4MD", 2, "kin")
