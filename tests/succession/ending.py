"""An agency of the small province that ends, through the real operations."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from referral.accounts.founding import countersign_plan
from referral.agencies import succession
from referral.agencies.model import Circle
from referral.cases import service as cases
from referral.kernel import clock, db
from tests.factories.province import House, Province

DAY = date(2025, 7, 1)


def on(day: date, hour: int = 2) -> None:
    """Make this day the present, at nine in the morning of the province (two o'clock UTC)."""
    clock.clock.travel(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))


def plan(province: Province, ending: House, heirs: Mapping[UUID, UUID], day: date = DAY) -> str:
    """The administrator states who succeeds; gives the digits that are read out by phone."""
    with db.unit_of_work():
        report = succession.state_succession(
            province.actor(ending.administrator), ending.agency, on=day, successors=heirs
        )
    return report.digits


def same_purpose(ending: House, successor: House) -> dict[UUID, UUID]:
    return {c.id: successor.circle_id(purpose) for purpose, c in ending.circles.items()}


def agree(province: Province, ending: House, digits: str) -> None:
    countersign_plan(province.root, ending.id, digits)


def pass_all(province: Province, ending: House) -> None:
    """The administrator is in every circle that Province makes."""
    for circle in ending.circles.values():
        with db.unit_of_work():
            row = db.session().get_one(Circle, circle.id)
            succession.pass_circle(province.actor(ending.administrator), row)


def close(province: Province, ending: House) -> None:
    with db.unit_of_work():
        cases.end_agency(province.actor(ending.administrator), ending.agency)


def end(province: Province, ending: House, successor: House, day: date = DAY) -> None:
    """Planned ten days before, and carried out on the day."""
    agree(province, ending, plan(province, ending, same_purpose(ending, successor), day))
    on(day)
    pass_all(province, ending)
    close(province, ending)
