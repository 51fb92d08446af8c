"""Heads kept outside: where every chain and every log stood at a moment, signed by the server.

A chain cut back together with its head holds by itself. Only a head that somebody kept elsewhere
shows what is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from referral.audit import queries
from referral.audit.trail import trail
from referral.kernel import clock, deployment
from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.audit_chain import LABEL
from referral.vault.codec import Value, pack

HEADS = "audit heads"
VERSION = 1
FOLDER = "heads"

Place = tuple[int, bytes]
"""How many entries, and the digest of the newest."""


@dataclass(frozen=True, slots=True)
class Heads:
    """Where the chains of the access log and the logs of the directory stood."""

    deployment: UUID
    epoch: int
    at: datetime
    chains: Mapping[UUID, Place]
    logs: Mapping[UUID, Place]

    def raw(self) -> bytes:
        """The canonical bytes that are signed."""
        named = [listed(self.chains), listed(self.logs)]
        return pack((HEADS, VERSION, self.deployment, self.epoch, self.at, *named))


def listed(places: Mapping[UUID, Place]) -> Value:
    """Places as they are signed."""
    return [(key, *places[key]) for key in sorted(places)]


def present_heads(logs: Mapping[UUID, Place]) -> Heads:
    """Where everything stands now; `logs` as the directory gives them."""
    here = deployment.current()
    chains = {row.id: (row.seq, row.digest) for row in queries.chains()}
    return Heads(here.id, here.epoch, clock.now(), chains, logs)


def written(heads: Heads) -> bytes:
    """The file: JSON that a person can read, with the server's signature."""
    content = {
        "what": HEADS,
        "version": VERSION,
        "deployment": str(heads.deployment),
        "epoch": heads.epoch,
        "at": heads.at.isoformat(),
        "chains": shown(heads.chains),
        "directory": shown(heads.logs),
        "signed_by": trail.server.public.hex(),
        "signature": trail.server.sign(heads.raw()).hex(),
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def shown(places: Mapping[UUID, Place]) -> dict[str, Any]:
    """Places as a file shows them."""
    return {
        str(key): {"entries": places[key][0], "digest": places[key][1].hex()}
        for key in sorted(places)
    }


def read_heads(raw: bytes) -> Heads:
    """Inverse of `written`; `NotVerified` unless this installation's server signed it."""
    return read_signed_heads(raw, deployment.current().id, trail.server.public)


def read_signed_heads(raw: bytes, here: UUID, server_public: bytes) -> Heads:
    """`read_heads` for a deployment that need not be here."""
    try:
        told = json.loads(raw)
        heads = Heads(
            UUID(told["deployment"]),
            int(told["epoch"]),
            datetime.fromisoformat(told["at"]),
            read_places(told["chains"]),
            read_places(told["directory"]),
        )
        signature = bytes.fromhex(told["signature"])
        signed = heads.raw()
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise NotVerified("not a file of heads") from error
    if heads.deployment != here:
        raise NotVerified("heads of another installation")
    primitives.verify(server_public, LABEL, signed, signature)
    return heads


def read_places(told: Mapping[str, Any]) -> dict[UUID, Place]:
    """Inverse of `shown`."""
    return {
        UUID(key): (int(place["entries"]), bytes.fromhex(place["digest"]))
        for key, place in told.items()
    }


def spoken(digest: bytes) -> str:
    """A digest as it is compared by phone or on paper: eight groups of four."""
    text = digest[:16].hex()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
