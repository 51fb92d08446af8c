"""A locked session: it opens by a browser's secret, a PIN and the server's secret together.

Two layers. Outside, an envelope under a key of the browser's secret and of the server's, which
lies outside the database; inside, a record under the PIN (Argon2id), as under a passphrase. Six
digits are few, so that the layer outside is what holds: whoever has row, browser and server can
try them all.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from referral.kernel.errors import InvalidInput, SignInRequired, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.keys import MemberKeys
from referral.vault.passphrase import Cost, Derivation, open_record, seal_record
from referral.vault.primitives import Purpose
from referral.vault.sealed_session import raw_token

FEWEST_DIGITS = 3
WELL_KNOWN = frozenset(
    {"112233", "123321", "147258", "147852", "159357", "159753", "258456", "357159",
     "741852", "789456", "852456", "963852"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParkedPlace:
    """What a parked session is bound to, all rebuilt from its row."""

    deployment: UUID
    member_id: UUID
    begun_at: datetime
    expires_at: datetime

    def context(self, parked_id: str) -> Value:
        """Associated data of both layers."""
        return (
            "parked session",
            self.deployment,
            parked_id,
            self.member_id,
            self.begun_at,
            self.expires_at,
        )


@dataclass(frozen=True, slots=True)
class ParkingKey:
    """The server's secret, which opens nothing by itself, and the work that a PIN costs."""

    server: bytes
    derivation: Derivation
    cost: Cost


def check_pin(pin: str) -> None:
    """`InvalidInput` unless six digits, and not among the first that anybody tries."""
    if not re.fullmatch("[0-9]{6}", pin):
        raise InvalidInput({"pin": ["Six digits are needed."]})
    digits = [int(digit) for digit in pin]
    steps = {(b - a) % 10 for a, b in pairwise(digits)}
    is_row, is_twice = len(steps) == 1, pin[:3] == pin[3:]
    if is_row or is_twice or len(set(digits)) < FEWEST_DIGITS or pin in WELL_KNOWN:
        raise InvalidInput({"pin": ["These digits are guessed too easily. Choose others."]})


def parked_id(token: str) -> str:
    """Where the row of a parked session stands: 64 hex letters that do not lead back."""
    return primitives.derive(raw_token(token), "parked session id").hex()


def _outer(token: str, server: bytes) -> bytes:
    return primitives.derive(raw_token(token) + server, "parked session seal")


def seal_parked(
    key: ParkingKey, token: str, pin: str, place: ParkedPlace, keys: MemberKeys
) -> bytes:
    """The member's keys under the PIN, and that under browser and server."""
    context = place.context(parked_id(token))
    inner = seal_record(key.derivation, pin, key.cost, context, keys.to_bytes())
    return primitives.seal(_outer(token, key.server), Purpose.PARKED_SESSION, context, inner)


def open_parked(
    key: ParkingKey, token: str, pin: str, place: ParkedPlace, sealed: bytes
) -> MemberKeys:
    """The member's keys; `Unreadable` for another PIN alone.

    `SignInRequired` where browser, server and row do not belong together: no PIN was tried then.
    """
    context = place.context(parked_id(token))
    try:
        inner = primitives.unseal(
            _outer(token, key.server), Purpose.PARKED_SESSION, context, sealed
        )
    except Unreadable as error:
        raise SignInRequired from error
    return MemberKeys.from_bytes(open_record(key.derivation, pin, context, inner))
