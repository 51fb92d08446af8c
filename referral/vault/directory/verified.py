"""Keys and members that a verified log states; nothing but its replay makes one."""

from dataclasses import dataclass, field
from uuid import UUID

from referral.kernel.errors import NotPermitted
from referral.vault import primitives
from referral.vault.codec import digest
from referral.vault.directory.roles import may_hold_keys

WITNESS = object()
"""Only `log` shows it."""


@dataclass(frozen=True, slots=True)
class VerifiedKey:
    """A circle's public key that the verified log of its agency states."""

    deployment: UUID
    agency_id: UUID
    circle_id: UUID
    generation: int
    public: bytes
    witness: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.witness is not WITNESS:
            raise TypeError("only a verified directory makes this")


@dataclass(frozen=True, slots=True)
class VerifiedMember:
    """A member whose keys and role the verified log of its agency states."""

    deployment: UUID
    agency_id: UUID
    member_id: UUID
    role: str
    exchange_public: bytes
    signing_public: bytes
    witness: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.witness is not WITNESS:
            raise TypeError("only a verified directory makes this")

    def verify(self, label: str, message: bytes, signature: bytes) -> None:
        """`NotVerified` unless this member signed `message` for this labelled use."""
        primitives.verify(self.signing_public, label, message, signature)

    @property
    def holds_keys(self) -> bool:
        """Whether a circle secret may be sealed to this role at all."""
        return may_hold_keys(self.role)


def fingerprint(exchange_public: bytes, signing_public: bytes) -> str:
    """Twelve groups of four digits to compare by phone; about 160 bits."""
    return digits_of(digest(exchange_public + signing_public))


def digits_of(of_what: bytes) -> str:
    """A digest as twelve groups of four digits, to be read out on the phone."""
    number = int.from_bytes(of_what[:20], "big")
    digits = f"{number % 10**48:048d}"
    return " ".join(digits[i : i + 4] for i in range(0, 48, 4))


def require_key_holder(member: VerifiedMember) -> None:
    """`NotPermitted` for a role that never holds a circle secret."""
    if not member.holds_keys:
        raise NotPermitted("this role holds no keys")
