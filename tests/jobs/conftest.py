"""An installation with one due task, and the application it is worked on with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from referral.agencies.kinds import AgencyKind
from referral.followup.kinds import TaskKind
from referral.followup.tasks import open_task
from referral.kernel import clock, db
from referral.kernel.ids import new_id
from tests.factories.province import Province, case_of


@dataclass
class Desk:
    """One circle with one case; `fall_due` gives it one more task that is due."""

    circle_id: UUID
    case_id: UUID

    def fall_due(self) -> None:
        with db.unit_of_work():
            db.begin_write()
            open_task(
                TaskKind.FIND_ANOTHER,
                self.case_id,
                self.circle_id,
                due_at=clock.now() - timedelta(minutes=1),
                object_id=new_id(),
            )


@pytest.fixture
def desk(make_app: Callable[..., Any]) -> Iterator[Desk]:
    with make_app(SECOND_FACTOR="0").app_context():
        province = Province()
        house = province.house("ca", AgencyKind.COMMUNE_POLICE, "police_officer")
        officer = province.worker(house, "police_officer")
        case = case_of(officer, needs={"needs": ["health_care"]})
        yield Desk(house.circle_id(), case.id)
