"""Where a member wants to be told: giving an address, confirming it, giving it up, quiet hours."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from referral.audit.model import AuditEntry
from referral.audit.operation import operation
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.notices import outbox, policy
from referral.notices.addresses import box, is_confirmed, may_be_confirmed, normalised
from referral.notices.carriers import post_office
from referral.notices.kinds import Medium
from referral.notices.messages import Message
from referral.notices.model import Channel, QuietHours

MOST_A_DAY = 10


@operation(Permission.ACCOUNT_USE, policy.is_oneself)
def add_channel(actor: Actor, account: policy.Account, *, medium: Medium, address: str) -> Channel:
    """Give an address, in the place of the one by the same way; a code is sent to it at once.

    Nothing else is before the code is typed. `InvalidInput` for what is no address.
    """
    if medium not in post_office.media:
        raise InvalidInput({"medium": [str(Message.NOT_SET_UP)]})
    found = normalised(medium, address)
    if _given_today(account.id) >= MOST_A_DAY:
        raise InvalidInput({"address": [str(Message.TOO_MANY)]})
    own = Channel.member_id == account.id
    session().execute(delete(Channel).where(own, Channel.medium == medium))
    channel_id = new_id()
    channel = Channel(
        id=channel_id,
        member_id=account.id,
        medium=medium,
        sealed=box.seal(channel_id, account.id, found),
        asked_at=clock.now(),
        tries=0,
        confirmed_epoch=None,
    )
    session().add(channel)
    session().flush()
    outbox.write(None, [channel], is_urgent=True)
    return channel


def _given_today(member_id: UUID) -> int:
    """By the log, which nobody can empty: giving an address up and again counts twice."""
    name = f"notices.{add_channel.__name__}"
    made = select(func.count(AuditEntry.id)).where(
        AuditEntry.at > clock.now() - timedelta(days=1),
        AuditEntry.operation == name,
        AuditEntry.actor_id == member_id,
    )
    return session().scalar(made) or 0


@operation(Permission.ACCOUNT_USE, policy.is_own_channel)
def confirm_channel(actor: Actor, channel: Channel, *, code: str) -> bool:
    """Type the code that was sent there; whether it counts from now on. Five wrong ones end it."""
    session().refresh(channel, with_for_update=True)
    if is_confirmed(channel):
        return True
    if not may_be_confirmed(channel):
        return False
    if not secrets.compare_digest(box.code(channel).encode(), code.strip().encode()):
        channel.tries += 1
        session().flush()
        return False
    channel.confirmed_epoch = deployment.current().epoch
    session().flush()
    return True


@operation(Permission.ACCOUNT_USE, policy.is_own_channel)
def remove_channel(actor: Actor, channel: Channel) -> None:
    """Give an address up: it is deleted, with what was about to go there."""
    session().delete(channel)
    session().flush()


@operation(Permission.ACCOUNT_USE, policy.is_oneself)
def choose_quiet_hours(
    actor: Actor, account: policy.Account, *, from_hour: int, until_hour: int
) -> QuietHours:
    """Between which full local hours only what cannot wait goes out; two equal ones: none."""
    row = session().get(QuietHours, account.id)
    if row is None:
        row = QuietHours(member_id=account.id)
        session().add(row)
    row.from_hour, row.until_hour = from_hour, until_hour
    session().flush()
    return row


def forget(member_id: UUID) -> None:
    """Delete how somebody who left was reached; what waits to go there goes with it."""
    for table in (Channel, QuietHours):
        session().execute(delete(table).where(table.member_id == member_id))
    session().flush()


def confirmed_of(member_ids: Iterable[UUID]) -> Sequence[Channel]:
    """The channels of some members that may be used."""
    here = deployment.current().epoch
    query = select(Channel).where(
        Channel.member_id.in_(set(member_ids)), Channel.confirmed_epoch == here
    )
    return session().scalars(query.order_by(Channel.id)).all()


def any_confirmed() -> bool:
    """Whether anybody is told anything outside at all."""
    here = deployment.current().epoch
    query = select(Channel.id).where(Channel.confirmed_epoch == here)
    return session().scalar(query.limit(1)) is not None
