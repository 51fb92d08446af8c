"""A session that opens neither by the database alone nor by the cookie alone.

The cookie is 32 random bytes. The row's id and the key that seals the member's keys in it are both
derived from it.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from referral.kernel.errors import SignInRequired, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.keys import MemberKeys
from referral.vault.primitives import Purpose


@dataclass(frozen=True, slots=True)
class SessionPlace:
    """What a sealed session is bound to, all rebuilt from the row."""

    deployment: UUID
    member_id: UUID
    created_at: datetime
    expires_at: datetime
    proven_at: datetime | None = None
    """When the passphrase was last given in it; none after a PIN."""

    def context(self, row_id: str) -> Value:
        """Associated data of the sealed member key."""
        proof = () if self.proven_at is None else (self.proven_at,)
        return (
            "session",
            self.deployment,
            row_id,
            self.member_id,
            self.created_at,
            self.expires_at,
            *proof,
        )


def new_token() -> str:
    """32 random bytes as the cookie or bearer token carries them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def raw_token(token: str) -> bytes:
    """The 32 bytes of a token; `SignInRequired` for anything else."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise SignInRequired from error
    if len(raw) != 32:
        raise SignInRequired
    return raw


def row_id(token: str) -> str:
    """Where the session's row stands: 64 hex letters that do not lead back to the token."""
    return primitives.derive(raw_token(token), "session id").hex()


def seal_session(token: str, place: SessionPlace, keys_raw: bytes) -> bytes:
    """The member's keys under the token."""
    key = primitives.derive(raw_token(token), "session seal")
    return primitives.seal(key, Purpose.SESSION, place.context(row_id(token)), keys_raw)


def open_session(token: str, place: SessionPlace, sealed: bytes) -> MemberKeys:
    """The member's keys; `SignInRequired` when token and row do not belong together."""
    key = primitives.derive(raw_token(token), "session seal")
    try:
        raw = primitives.unseal(key, Purpose.SESSION, place.context(row_id(token)), sealed)
        return MemberKeys.from_bytes(raw)
    except Unreadable as error:
        raise SignInRequired from error
