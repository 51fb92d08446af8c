"""An agency with two members of one circle, and another agency."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from referral.agencies.kinds import AgencyKind
from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.notices.post import PLANS as THREAD
from tests.notices.post import Post, at_noon, servers


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


@pytest.fixture
def post(settle: Callable[..., Installation]) -> Iterator[Post]:
    """At noon, with a mail server and a gateway."""
    with servers() as (box, exchange, settings):
        home = settle(THREAD, **settings)
        with at_noon():
            yield Post(box, exchange, home)
