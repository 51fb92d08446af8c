"""An agency with two members of one circle, and another agency."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from referral.agencies.kinds import AgencyKind
from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation


@dataclass
class Office:
    circle_id: UUID
    officer: Actor
    colleague: Actor
    stranger: Actor


PLANS = (
    Plan("ca", AgencyKind.COMMUNE_POLICE, ("police_officer", "supervisor")),
    Plan("yt", AgencyKind.HEALTH_FACILITY, ("health_worker",)),
)


@pytest.fixture
def office(settle: Callable[..., Installation]) -> Office:
    province = settle(PLANS).province
    police, hospital = province.houses.values()
    return Office(
        police.circle_id(),
        province.worker(police, "police_officer"),
        province.worker(police, "supervisor"),
        province.worker(hospital, "health_worker"),
    )
