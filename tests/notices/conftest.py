"""An agency with two members of one circle, and another agency."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from referral.agencies.kinds import AgencyKind
from referral.kernel.actor import Actor
from tests.factories.province import Province


@dataclass
class Office:
    circle_id: UUID
    officer: Actor
    colleague: Actor
    stranger: Actor


@pytest.fixture
def office(make_app: Callable[..., Any]) -> Iterator[Office]:
    with make_app(SECOND_FACTOR="0").app_context():
        province = Province()
        police = province.house("ca", AgencyKind.COMMUNE_POLICE, "police_officer", "supervisor")
        hospital = province.house("yt", AgencyKind.HEALTH_FACILITY, "health_worker")
        yield Office(
            police.circle_id(),
            province.worker(police, "police_officer"),
            province.worker(police, "supervisor"),
            province.worker(hospital, "health_worker"),
        )
