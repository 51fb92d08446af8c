"""What a room below keeps of what happens to members. Subscribed by `referral.app`."""

from referral.accounts.events import PassphraseChanged
from referral.audit.tombstones import Ended, bury


def bury_passphrase(event: PassphraseChanged) -> None:
    """No restore may bring the old record back: who changed it since is enrolled anew."""
    bury(Ended.PASSPHRASE, event.member_id)
