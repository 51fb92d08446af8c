"""An agency that waits for the root."""

from datetime import date

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND
from referral.accounts.model import Member
from referral.agencies import service
from referral.agencies.model import Agency
from referral.kernel import db
from tests.factories.province import PASSPHRASE


def pending(name: str) -> tuple[Agency, Member]:
    """An agency whose first administrator has enrolled and waits for the root."""
    with db.unit_of_work():
        agency = service.create_agency(
            FIRST_HAND,
            None,
            kind="health_facility",
            name_vi=name,
            name_en=name,
            unit_code="20050",
            unit_valid_from=date(2021, 7, 1),
            valid_from=date(2021, 7, 1),
        )
    with db.unit_of_work():
        founder, code = accounts.invite_first_administrator(
            FIRST_HAND, agency, username=f"{name}.admin", display_name=name
        )
    with db.unit_of_work():
        accounts.enrol(founder.username, code, PASSPHRASE)
    return agency, founder
