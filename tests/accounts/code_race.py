"""Two who take up one code in the same instant. Run by test_code_races."""

from multiprocessing.synchronize import Barrier

from referral.accounts import recovery, service
from referral.kernel import db
from referral.kernel.errors import InvalidInput, StateConflict
from tests.factories.installation import PATIENCE

WON, TOLD = "won", "told"


def take_up(
    barrier: Barrier, verb: str, codes: list[tuple[str, str]], passphrase: str
) -> list[str]:
    """Take up each code together with the other process; what came of it."""
    outcomes = []
    for username, code in codes:
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                if verb == "enrol":
                    service.enrol(username, code, passphrase)
                else:
                    recovery.recover(username, code, passphrase)
            outcomes.append(WON)
        except (InvalidInput, StateConflict):
            db.rollback()
            outcomes.append(TOLD)
    return outcomes
