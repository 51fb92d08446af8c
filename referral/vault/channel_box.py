"""Where members are reached outside the system, sealed under a key of the installation.

No person's key: the job that writes to them has none. Whoever has the database alone reads no
address; whoever has the installation's folder too reads them all.
"""

from datetime import datetime
from uuid import UUID

from referral.vault import primitives
from referral.vault.codec import Value, pack
from referral.vault.primitives import Purpose

CODE_DIGITS = 6


class ChannelBox:
    """Seals and opens addresses, and makes the codes that confirm them."""

    def __init__(self, secret: bytes) -> None:
        self._key = primitives.derive(secret, "channels of notices")

    @staticmethod
    def _place(deployment: UUID, channel_id: UUID, member_id: UUID) -> Value:
        return ("channel", deployment, channel_id, member_id)

    def seal(self, deployment: UUID, channel_id: UUID, member_id: UUID, address: str) -> bytes:
        """An address, bound to the row and the member it is of, and as long as any other."""
        place = self._place(deployment, channel_id, member_id)
        plain = primitives.padded(address.encode())
        return primitives.seal(self._key, Purpose.CHANNEL, place, plain)

    def open(self, deployment: UUID, channel_id: UUID, member_id: UUID, sealed: bytes) -> str:
        """The address; `Unreadable` where it was not sealed here, for this row and member."""
        place = self._place(deployment, channel_id, member_id)
        plain = primitives.unseal(self._key, Purpose.CHANNEL, place, sealed)
        return primitives.unpadded(plain).decode()

    def code(self, channel_id: UUID, sealed: bytes, asked_at: datetime) -> str:
        """The digits that confirm what was sealed then; kept nowhere, computed when needed."""
        salt = pack((channel_id, sealed, asked_at))
        raw = primitives.derive(self._key, "code of a channel", salt=salt, size=8)
        return f"{int.from_bytes(raw, 'big') % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
