"""A case moves to another circle in the very instant in which somebody else works on it."""

from uuid import UUID

import pytest

from referral.agencies import named_circles
from referral.cases import queries
from referral.cases.model import Section
from referral.cases.strands import case_view
from referral.kernel import db
from referral.kernel.errors import NotFound
from referral.referrals import queries as referral_queries
from referral.referrals.model import Referral
from tests.cases.district import AGREED, District, read
from tests.cases.race import TOLD, WON, Deed
from tests.cases.test_races import at_once
from tests.factories.province import House, case_of, consent_of

ROUNDS = 3


def circle_for(district: District, house: House, username: str) -> UUID:
    """A named circle of one person, made by the administrator."""
    member_id = district.province.actor(username).member_id
    assert member_id is not None
    boss = district.province.actor(house.administrator)
    with db.unit_of_work():
        return named_circles.name_circle(boss, house.agency, member_ids=[member_id]).id


@pytest.mark.promise("conflict-of-interest-left-out")
def test_an_edit_in_the_instant_of_a_move_goes_along_or_is_refused(district: District) -> None:
    circle_id = circle_for(district, district.police, "congan.police_officer")
    deeds: list[Deed] = []
    for _ in range(ROUNDS):
        case = case_of(district.officer)
        deeds.append((case.id, circle_id, case.id))
    parts = (("congan.police_officer", "move"), ("congan.second", "edit"))
    for deed, (moved, edited) in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert moved == WON
        view = case_view(deed[0])
        assert (view.faults, view.custodian_circle) == ({}, circle_id)
        found = {s.kind: s for s in read(district.officer, deed[0])}
        assert found["needs"].revision == (2 if edited == WON else 1)
        assert {s.status for s in found.values()} == {"open"}
        header = db.session().get_one(Section, found["needs"].section_id)
        assert (header.holder_circle_id, header.is_stale) == (circle_id, True)
        with pytest.raises(NotFound):
            queries.visible_case(district.second, deed[0])


@pytest.mark.promise("second-click-does-nothing")
def test_a_referral_is_accepted_or_passed_on_and_never_both(district: District) -> None:
    district.province.member(district.hospital, "health_worker", "yte.second")
    district.hospital.users["health_worker"] = "yte.health_worker"
    circle_id = circle_for(district, district.hospital, "yte.second")
    deeds: list[Deed] = []
    for _ in range(ROUNDS):
        case = case_of(district.officer)
        consent_of(district.officer, case, agency_id=district.hospital.id, kinds=AGREED)
        deeds.append((case.id, circle_id, district.send(case, district.hospital, AGREED)))
    parts = (("yte.health_worker", "accept"), ("yte.second", "pass on"))
    for deed, outcome in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert sorted(outcome) == [TOLD, WON]
        row = db.session().get_one(Referral, deed[2])
        accepted = outcome[0] == WON
        assert row.state == ("accepted" if accepted else "sent")
        assert (row.to_circle_id == circle_id) is not accepted
        assert case_view(deed[0]).faults == {}
        second = district.province.actor("yte.second")
        if not accepted:
            assert referral_queries.visible_referral(second, deed[2])
            district.accept(second, deed[2])
        assert {s.kind for s in read(second, deed[0]) if s.status == "open"} == set(AGREED)
