"""Addresses of members: how they are written, and the key of the installation that seals them."""

import re
from datetime import timedelta
from uuid import UUID

from marshmallow import ValidationError, validate

from referral.kernel import clock, deployment
from referral.kernel.errors import InvalidInput
from referral.notices.kinds import Medium
from referral.notices.messages import Message
from referral.notices.model import Channel
from referral.vault.channel_box import ChannelBox
from referral.vault.primitives import random_key

WRONG = {
    Medium.EMAIL: Message.NO_MAIL,
    Medium.PHONE: Message.NO_NUMBER,
}
COUNTRY = "+84"
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
LONGEST = 254
GOOD_FOR = timedelta(minutes=30)
MOST_TRIES = 5


class AddressBox:
    """The vault's box for addresses, bound to this installation; set once by the root."""

    def __init__(self) -> None:
        self._box = ChannelBox(random_key())

    def configure(self, secret: bytes) -> None:
        """Take the installation's secret, which lies outside the database."""
        self._box = ChannelBox(secret)

    def seal(self, channel_id: UUID, member_id: UUID, address: str) -> bytes:
        """The address of a channel, sealed."""
        return self._box.seal(deployment.current().id, channel_id, member_id, address)

    def open(self, channel: Channel) -> str:
        """The address; `Unreadable` where this installation has not sealed it."""
        here = deployment.current().id
        return self._box.open(here, channel.id, channel.member_id, channel.sealed)

    def code(self, channel: Channel) -> str:
        """The digits that were sent to the channel when its code was asked for last."""
        return self._box.code(channel.id, channel.sealed, channel.asked_at)


box = AddressBox()


def normalised(medium: Medium, typed: str) -> str:
    """An address as it is used: a number with its country; `InvalidInput` for what is none."""
    found = typed.strip()
    if medium is Medium.PHONE:
        found = re.sub(r"[\s.()-]", "", found)
        found = COUNTRY + found[1:] if found.startswith("0") else found
        is_right = NUMBER.fullmatch(found) is not None
    else:
        is_right = len(found) <= LONGEST and found.isascii() and _is_mail(found)
    if not is_right:
        raise InvalidInput({"address": [str(WRONG[medium])]})
    return found


def _is_mail(found: str) -> bool:
    try:
        validate.Email()(found)
    except ValidationError:
        return False
    return True


def is_confirmed(channel: Channel) -> bool:
    """Whether its member has typed the code that was sent there, since the last restore."""
    return channel.confirmed_epoch == deployment.current().epoch


def may_be_confirmed(channel: Channel) -> bool:
    """Whether the code that was asked for last is good still."""
    is_fresh = clock.now() < channel.asked_at + GOOD_FOR
    return is_fresh and channel.tries < MOST_TRIES and not is_confirmed(channel)
