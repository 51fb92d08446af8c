"""Who is acting. The first argument of every operation."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from referral.kernel.permissions import Permission

SYSTEM_ROLE = "system"


class Signer(Protocol):
    """What the audit trail needs of an actor's keys: a signature over canonical bytes."""

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature (64 bytes) over `message`."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in member, or the system (jobs, which hold no keys and belong to no agency).

    `keys` is the session's key ring; `accounts.keyring_of(actor)` narrows it and raises
    `KeysMissing` where there is none.
    """

    member_id: UUID | None
    agency_id: UUID | None
    role: str
    permissions: frozenset[Permission]
    display_name: str = ""
    agency_name: str = ""
    agency_name_en: str = ""
    session_id: str | None = None
    proven_at: datetime | None = None
    """When the passphrase was last given in this session."""
    parked_id: str | None = None
    """Where this session is taken up again by a PIN, once one was chosen."""
    keys: Signer | None = field(default=None, repr=False)

    @property
    def is_system(self) -> bool:
        """Whether this is the job runner."""
        return self.role == SYSTEM_ROLE


SYSTEM = Actor(
    member_id=None,
    agency_id=None,
    role=SYSTEM_ROLE,
    permissions=frozenset({Permission.JOB_RUN}),
)
