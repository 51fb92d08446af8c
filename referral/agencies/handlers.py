"""What agencies do when one of them has ended."""

from sqlalchemy import select

from referral.agencies.events import AgencyEnded
from referral.agencies.model import CircleArea
from referral.kernel.db import session
from referral.kernel.ids import new_id


def pass_areas(event: AgencyEnded) -> None:
    """A circle that succeeds others serves the units that they served."""
    for circle_id, heir in event.successors.items():
        codes = select(CircleArea.unit_code)
        served = set(session().scalars(codes.where(CircleArea.circle_id == circle_id)))
        known = set(session().scalars(codes.where(CircleArea.circle_id == heir.circle_id)))
        session().add_all(
            CircleArea(id=new_id(), circle_id=heir.circle_id, unit_code=code)
            for code in sorted(served - known)
        )
        session().flush()
