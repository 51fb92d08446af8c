"""Two sessions that write the same section in the same instant. Run by the tests beside."""

from multiprocessing.synchronize import Barrier
from uuid import UUID

from referral.accounts.sessions import actor_for
from referral.cases import queries, service
from referral.kernel import db
from referral.kernel.errors import StateConflict, VersionConflict
from tests.factories.installation import PATIENCE

WON = "won"


def write_needs(barrier: Barrier, token: str, case_id: UUID, rounds: int) -> list[str]:
    """Write each revision as if nobody else did; what came of it, in order."""
    actor = actor_for(token)
    outcomes = []
    for revision in range(1, rounds + 1):
        case = queries.visible_case(actor, case_id)
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                service.write_section(
                    actor,
                    case,
                    kind="needs",
                    answers={"other_needs": None, "needs": ["shelter"], "children_count": revision},
                    expected_revision=revision,
                )
            outcomes.append(WON)
        except VersionConflict:
            outcomes.append("told")
    return outcomes


def close_or_write(barrier: Barrier, token: str, case_ids: list[UUID], closing: bool) -> list[str]:
    """Close each case, or write in it, each begun together with the other process."""
    actor = actor_for(token)
    outcomes = []
    for case_id in case_ids:
        case = queries.visible_case(actor, case_id)
        db.session().commit()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                if closing:
                    answers = {"closed_on": "2024-11-25", "reason": "goals_met"}
                    service.close_case(actor, case, answers=answers)
                else:
                    service.write_section(actor, case, kind="medical", answers=SEEN)
            outcomes.append(WON)
        except StateConflict:
            outcomes.append("told")
    return outcomes


SEEN = {"seen_at": "2024-11-25T15:00:00Z"}
