"""What a successor took over moves to a circle of its own choice as a whole."""

from uuid import UUID

import pytest

from referral.agencies.model import Circle
from referral.agencies.named_circles import name_circle
from referral.audit.tombstones import Ended
from referral.cases import queries as cases_read
from referral.cases.strands import case_view
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound
from referral.referrals import queries
from referral.referrals.service.moving import move_case, pass_on_referral
from tests.factories.gap import ended, restore_with
from tests.factories.province import case_of, consent_of
from tests.security.attacker import Attacker, snapshot
from tests.succession.conftest import Reform
from tests.succession.ending import end
from tests.succession.test_what_passes import AGREED, accept, opened, send

EARLIER = "canary-earlier-6b0e"


def supervisor(reform: Reform) -> Actor:
    return reform.worker("xa", "supervisor")


def circle_of_one(reform: Reform) -> UUID:
    member_id = supervisor(reform).member_id
    assert member_id is not None
    boss = reform.province.actor(reform.ward.administrator)
    with db.unit_of_work():
        return name_circle(boss, reform.ward.agency, member_ids=[member_id]).id


def asked(reform: Reform):
    case = case_of(reform.nurse)
    consent_of(reform.nurse, case, agency_id=reform.district.id, kinds=AGREED)
    return case, send(reform.nurse, case, reform.district).id


@pytest.mark.promise("conflict-of-interest-left-out")
def test_a_referral_to_the_ended_agency_is_passed_on_and_its_summary_shut_to_the_others(
    reform: Reform,
) -> None:
    case, referral_id = asked(reform)
    end(reform.province, reform.district, reform.ward)
    circle_id = circle_of_one(reform)
    officer = reform.officer
    with db.unit_of_work():
        row = queries.visible_referral(officer, referral_id)
        pass_on_referral(officer, row, circle_id=circle_id)
    with pytest.raises(NotFound):
        queries.visible_referral(reform.officer, referral_id)
    (line,) = queries.inbox(supervisor(reform)).rows
    assert line.summary["reason"]
    accept(supervisor(reform), referral_id)
    found = opened(supervisor(reform), case)
    assert {kind for kind, status in found.items() if status == "open"} == set(AGREED)
    assert case_view(case.id).faults == {}


@pytest.mark.promise("conflict-of-interest-left-out")
def test_what_a_consent_for_the_ended_agency_carries_goes_along_with_the_case(
    reform: Reform,
) -> None:
    case, referral_id = asked(reform)
    end(reform.province, reform.district, reform.ward)
    accept(reform.officer, referral_id)
    circle_id = circle_of_one(reform)
    officer = reform.officer
    with db.unit_of_work():
        move_case(officer, cases_read.visible_case(officer, case.id), circle_id=circle_id)
    found = opened(supervisor(reform), case)
    assert {kind for kind, status in found.items() if status == "open"} == set(AGREED)
    with pytest.raises(NotFound):
        cases_read.visible_case(reform.officer, case.id)
    assert db.session().get_one(Circle, circle_id).is_named


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_was_left_out_by_the_successor_is_so_after_a_restore_of_before_anybody_opened_it(
    reform: Reform,
) -> None:
    """In the backup the case stands under the ended circle, and no strand names its successor."""
    case = case_of(reform.old_officer, needs={"needs": ["shelter"], "other_needs": EARLIER})
    end(reform.province, reform.district, reform.ward)
    circle_id = circle_of_one(reform)
    control = Attacker.of(reform.officer, snapshot())
    control.run()
    assert any(EARLIER.encode() in raw for raw in control.texts.values())
    restore_with(ended(Ended.LEFT_OUT, reform.officer.member_id, case.id))
    thief = Attacker.of(reform.officer, snapshot())
    thief.run()
    assert not any(EARLIER.encode() in raw for raw in thief.texts.values())
    for actor in (reform.officer, supervisor(reform)):
        assert set(opened(actor, case).values()) == {"sealed"}
    officer = reform.officer
    with db.unit_of_work():
        move_case(officer, cases_read.visible_case(officer, case.id), circle_id=circle_id)
    assert opened(supervisor(reform), case)["needs"] == "open"
    with pytest.raises(NotFound):
        cases_read.visible_case(reform.officer, case.id)
    assert case_view(case.id).faults == {}
