"""The end of an agency, as one more thing that happens in the thread."""

from collections.abc import Callable
from typing import Any

from referral.accounts.founding import countersign_plan
from referral.agencies import succession
from referral.cases import service as cases
from referral.kernel import clock
from tests.factories.province import House, Province


def merge(step: Callable[..., Any], province: Province, heir: House) -> None:
    """A small station ends, and the police of the commune go on in its place."""
    station = province.house("tramcu", "commune_police")
    administrator = province.actor(station.administrator)
    successors = {station.circle_id(): heir.circle_id()}
    plan = {"on": clock.today(), "successors": successors}
    report = step(succession.state_succession, administrator, station.agency, **plan)
    countersign_plan(province.root, station.id, report.digits)
    step(succession.pass_circle, administrator, station.circles["cases"])
    step(cases.end_agency, administrator, station.agency)
