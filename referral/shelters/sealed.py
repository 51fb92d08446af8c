"""What a body says, under the key of the circle that works the place."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from referral.agencies.directory import sealing_secret
from referral.kernel import deployment
from referral.kernel.errors import KeysMissing, ReferralError, Unreadable
from referral.shelters.model import Site, SiteBody, Stay, StayBody, StayNote, StayNoteBody
from referral.vault.boxes import open_in_circle, seal_in_circle
from referral.vault.keys import Keyring
from referral.vault.primitives import Purpose

PURPOSES = {Site: Purpose.SITE, Stay: Purpose.STAY, StayNote: Purpose.STAY}
Header = Site | Stay | StayNote
Body = SiteBody | StayBody | StayNoteBody


def seal(keyring: Keyring, circle_id: UUID, header: Header, content: dict[str, Any]) -> bytes:
    """The content under the circle's newest key, whose generation the header then names."""
    secret = sealing_secret(keyring, circle_id)
    header.circle_generation = secret.generation
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    purpose = PURPOSES[type(header)]
    return seal_in_circle(secret, purpose, deployment.current().id, header.id, raw)


def unseal(keyring: Keyring, circle_id: UUID, header: Header, body: Body | None) -> dict[str, Any]:
    """What `seal` sealed; `KeysMissing` without that generation, `Unreadable` when changed."""
    if body is None:
        raise Unreadable
    content: dict[str, Any] = json.loads(_raw(keyring, circle_id, header, body))
    return content


def _raw(keyring: Keyring, circle_id: UUID, header: Header, body: Body) -> bytes:
    """As the circle that works the place now, or as one that it succeeds and that sealed it."""
    purpose, here = PURPOSES[type(header)], deployment.current().id
    missing: type[ReferralError] = KeysMissing
    for _, sealer in keyring.line_of(circle_id):
        try:
            secret = keyring.circle(sealer, header.circle_generation)
            return open_in_circle(secret, purpose, here, header.id, body.body)
        except KeysMissing:
            continue
        except Unreadable:
            missing = Unreadable
    raise missing


def unseal_or_nothing(
    keyring: Keyring, circle_id: UUID, header: Header, body: Body | None
) -> dict[str, Any]:
    """What `seal` sealed, for a line of a list; empty when this session cannot open it."""
    try:
        return unseal(keyring, circle_id, header, body)
    except (KeysMissing, Unreadable):
        return {}


@dataclass(frozen=True)
class Party:
    """How many sleep there: adults, and children with them."""

    adults: int
    children: int

    @property
    def size(self) -> int:
        """All of them."""
        return self.adults + self.children


@dataclass(frozen=True)
class StayFacts:
    """The body of a stay: whom it is for. Moments are ISO 8601, UTC."""

    referral_id: UUID
    case_id: UUID | None
    case_code: str
    party: Party
    arrived_at: str | None = None
    left_at: str | None = None
    destination: str | None = field(default=None, repr=False)

    def to_content(self) -> dict[str, Any]:
        """As it is sealed."""
        return {
            "referral_id": str(self.referral_id),
            "case_id": str(self.case_id) if self.case_id else None,
            "case_code": self.case_code,
            "adults": self.party.adults,
            "children": self.party.children,
            "arrived_at": self.arrived_at,
            "left_at": self.left_at,
            "destination": self.destination,
        }

    @classmethod
    def from_content(cls, content: dict[str, Any]) -> "StayFacts":
        """Inverse of `to_content`."""
        return cls(
            UUID(content["referral_id"]),
            UUID(content["case_id"]) if content["case_id"] else None,
            content["case_code"],
            Party(content["adults"], content["children"]),
            content["arrived_at"],
            content["left_at"],
            content["destination"],
        )
