"""What two people do about one case in the same instant. Run by test_races."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from uuid import UUID

from referral.accounts.sessions import actor_for
from referral.cases import queries
from referral.cases import service as cases
from referral.followup.service import record_follow_up
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    ConsentMissing,
    KeysMissing,
    NotFound,
    NotPermitted,
    StateConflict,
)
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.installation import PATIENCE

WON, TOLD = "won", "told"
Deed = tuple[UUID, UUID, UUID]
"""Case, basis and referral of one round."""


def rounds(barrier: Barrier, token: str, verb: str, deeds: Sequence[Deed]) -> list[str]:
    """Do it to each in turn, each begun together with the other process; what came of it."""
    actor, outcomes = actor_for(token), []
    for deed in deeds:
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            VERBS[verb](actor, deed)
            outcomes.append(WON)
        except (StateConflict, NotFound, NotPermitted, ConsentMissing, KeysMissing):
            outcomes.append(TOLD)
    return outcomes


def _withdraw(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        case = queries.visible_case(actor, deed[0])
        cases.withdraw_consent(actor, case, basis_id=deed[1])


def _cosign(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        case = queries.visible_case(actor, deed[0])
        cases.cosign_basis(actor, case, basis_id=deed[1])


def _accept(actor: Actor, deed: Deed) -> None:
    assert actor.member_id is not None
    with db.unit_of_work():
        referrals.accept_referral(
            actor,
            referral_queries.visible_referral(actor, deed[2]),
            worker_id=actor.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def _complete(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        referrals.complete_referral(actor, referral_queries.visible_referral(actor, deed[2]))


def _accept_and_complete(actor: Actor, deed: Deed) -> None:
    _accept(actor, deed)
    _complete(actor, deed)


def _cancel(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        referrals.cancel_referral(actor, referral_queries.visible_referral(actor, deed[2]))


def _move(actor: Actor, deed: Deed) -> None:
    """The second place of a deed is the circle that the case moves to."""
    with db.unit_of_work():
        case = queries.visible_case(actor, deed[0])
        referrals.move_case(actor, case, circle_id=deed[1])


def _pass_on(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        referral = referral_queries.visible_referral(actor, deed[2])
        referrals.pass_on_referral(actor, referral, circle_id=deed[1])


def _edit(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        cases.write_section(
            actor,
            queries.visible_case(actor, deed[0]),
            kind="needs",
            answers={"needs": ["shelter"]},
            expected_revision=1,
        )


def _close(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        case = queries.visible_case(actor, deed[0])
        cases.close_case(actor, case, answers={"closed_on": "2024-11-25", "reason": "goals_met"})


def _hand_over(actor: Actor, deed: Deed) -> None:
    """The second place of a deed is the circle that is offered custody."""
    with db.unit_of_work():
        referrals.send_referral(
            actor,
            queries.visible_case(actor, deed[0]),
            kind="custody",
            circle_id=deed[1],
            urgency="p1",
            kinds=["needs"],
            summary={"age_band": "25_39", "reason": "Chuyển nơi ở."},
        )


def _follow_up(actor: Actor, deed: Deed) -> None:
    with db.unit_of_work():
        case = queries.visible_case(actor, deed[0])
        today = f"{clock.today()}"
        answers = {"met_on": today, "meeting": "phone", "next_on": today}
        record_follow_up(actor, case, answers=answers)


VERBS: dict[str, Callable[[Actor, Deed], None]] = {
    "withdraw": _withdraw,
    "cosign": _cosign,
    "accept": _accept,
    "complete": _complete,
    "accept and complete": _accept_and_complete,
    "cancel": _cancel,
    "close": _close,
    "hand over": _hand_over,
    "edit": _edit,
    "follow up": _follow_up,
    "move": _move,
    "pass on": _pass_on,
}
