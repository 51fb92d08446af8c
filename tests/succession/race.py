"""An officer accepts while the administrator ends the agency. Run by the tests beside."""

from collections.abc import Sequence
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from uuid import UUID

from referral.accounts.sessions import actor_for
from referral.agencies.queries import agency
from referral.cases import service as cases
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, SignInRequired, StateConflict
from referral.referrals import queries, service
from tests.factories.installation import PATIENCE

WON, TOLD = "won", "told"


def rounds(barrier: Barrier, verb: str, parts: Sequence[tuple[str, UUID]]) -> list[str]:
    """Each round begun together with the other process; what came of it."""
    outcomes = []
    for token, object_id in parts:
        actor = actor_for(token)
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                if verb == "end":
                    cases.end_agency(actor, agency(object_id))
                else:
                    service.accept_referral(
                        actor,
                        queries.visible_referral(actor, object_id),
                        worker_id=actor.member_id,
                        first_contact_at=clock.now() + timedelta(hours=1),
                    )
            outcomes.append(WON)
        except (SignInRequired, StateConflict, NotFound, InvalidInput):
            outcomes.append(TOLD)
    return outcomes
