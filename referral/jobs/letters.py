"""Telling members outside the system, by the carriers of the installation."""

from collections.abc import Sequence
from time import monotonic
from uuid import UUID

from referral.audit.operation import anyone, operation
from referral.followup.letters import why_no_more
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.permissions import Permission
from referral.notices import outbox
from referral.notices.carriers import NotCarried, post_office

ROUND = 45.0
"""Seconds after which what is left waits for the next run, so that a slow server ends no night."""


@operation(Permission.JOB_RUN, anyone)
def send_letters(actor: Actor, subject: None) -> int:
    """Hand letters that are due to mail server and gateway; how many were, or were tidied up.

    Not in this transaction: another machine may be slow, and a lock held meanwhile stops everybody.
    """
    tidied = outbox.tidy()
    waiting = outbox.due()
    db.after_commit(lambda: hand_over(waiting))
    return tidied + len(waiting)


def hand_over(letter_ids: Sequence[UUID]) -> None:
    """Take, hand over and settle one letter after another, each in transactions of its own.

    Whether it should go out at all is asked in the transaction that takes it.
    """
    until, down = monotonic() + ROUND, set[str]()
    for letter_id in letter_ids:
        if monotonic() > until:
            return
        with db.unit_of_work():
            db.begin_write()
            taken = outbox.take(letter_id, why_no_more, down)
        if taken is None:
            continue
        refusal = _refusal(taken)
        if refusal is not None and refusal.is_down:
            down.add(taken.medium)
        with db.unit_of_work():
            db.begin_write()
            outbox.settle(letter_id, refusal)


def _refusal(taken: outbox.Taken) -> NotCarried | None:
    try:
        post_office.carry(taken.medium, taken.dispatch)
    except NotCarried as refusal:
        return refusal
    return None
