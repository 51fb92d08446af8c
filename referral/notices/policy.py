"""Whose notice it is."""

from typing import Protocol
from uuid import UUID

from referral.kernel.actor import Actor
from referral.notices.model import Channel, Notice
from referral.vault.keys import Keyring


def is_addressee(actor: Actor, notice: Notice) -> bool:
    """The notice is for the actor, or for a whole circle the actor is in."""
    if notice.member_id is not None:
        return notice.member_id == actor.member_id
    circle_id = notice.circle_id
    return circle_id is not None and isinstance(actor.keys, Keyring) and actor.keys.holds(circle_id)


class Account(Protocol):
    """A member, whom only rooms above know."""

    @property
    def id(self) -> UUID:
        """The member's id."""
        ...


def is_oneself(actor: Actor, account: Account) -> bool:
    """The account is the actor's."""
    return account.id == actor.member_id


def is_own_channel(actor: Actor, channel: Channel) -> bool:
    """The channel is the actor's."""
    return channel.member_id == actor.member_id
