"""Two administrators change who does what in the same instant, in processes of their own."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from referral.accounts.model import Member
from referral.accounts.queries import named_at
from referral.agencies import directory
from referral.kernel import db
from tests.accounts.rivals import GONE, TOLD, WON, WRONG, reroled
from tests.accounts.station import PLANS, Station
from tests.factories.installation import together


@pytest.fixture
def station(settle: Callable[..., Any]) -> Station:
    """One of each test's own: they end with other administrators than they began with."""
    return Station.of(settle(PLANS))


def two(station: Station) -> tuple[Member, Member]:
    """The administrator, and a second one."""
    second = station.confirmed("agency_administrator")
    return station.member(station.administrator.member_id), second


def at_once(station: Station, *parts: tuple[Member, UUID, str]) -> list[str]:
    """What came of it when each (who, whom, role) begins together."""
    asked = [
        [station.province.token(who.username), whom, role, named_at(station.member(whom))]
        for who, whom, role in parts
    ]
    db.rollback()
    outcomes = together(station.home.environment, reroled, asked)
    db.rollback()
    db.session().expire_all()
    return sorted(outcomes)


def administrators(station: Station) -> int:
    return len(directory.directory_of(station.police.id).administrators())


@pytest.mark.promise("second-click-does-nothing")
def test_of_two_changes_of_one_colleague_the_second_is_told(station: Station) -> None:
    first, second = two(station)
    member = station.confirmed()
    parts = (first, member.id, "supervisor"), (second, member.id, "duty_officer")
    assert at_once(station, *parts) == [TOLD, WON]
    stated = directory.directory_of(station.police.id).member(member.id).role
    assert stated == station.member(member.id).role
    assert stated in {"supervisor", "duty_officer"}


@pytest.mark.promise("second-click-does-nothing")
@pytest.mark.parametrize("role", ["police_officer", ""])
def test_two_who_take_each_other_from_administration_or_the_agency_leave_one(
    station: Station, role: str
) -> None:
    first, second = two(station)
    assert at_once(station, (first, second.id, role), (second, first.id, role)) == [GONE, WON]
    assert administrators(station) == 1


@pytest.mark.promise("second-click-does-nothing")
def test_two_who_give_administration_up_leave_one(station: Station) -> None:
    first, second = two(station)
    parts = [(who, who.id, "police_officer") for who in (first, second)]
    assert at_once(station, *parts) == [WON, WRONG]
    assert administrators(station) == 1
