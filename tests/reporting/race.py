"""Two statisticians who freeze the same year in the same instant. Run by test_races."""

from collections.abc import Sequence
from datetime import date
from multiprocessing.synchronize import Barrier

from referral.accounts.sessions import actor_for
from referral.kernel import clock, db
from referral.kernel.errors import StateConflict
from referral.reporting import service
from referral.reporting.service import FrozenDraft
from tests.factories.installation import PATIENCE
from tests.reporting.edition import frozen

WON, TOLD = "won", "told"


def freeze(barrier: Barrier, token: str, years: Sequence[int]) -> list[str]:
    """Freeze each year, of facts that both have opened before either freezes."""
    actor, outcomes = actor_for(token), []
    for year in years:
        draft = FrozenDraft(year, date(year, 3, 31), frozen(), clock.now())
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                service.freeze_edition(actor, None, draft=draft)
            outcomes.append(WON)
        except StateConflict:
            outcomes.append(TOLD)
        barrier.wait(PATIENCE)
    return outcomes
