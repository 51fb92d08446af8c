"""Tombstones on their way off the host: numbered files, signed by the server, each naming the one
before, so that a missing one is noticed. Each also tells where the chains and logs stood.

The file's bytes are committed before the file is written, so that neither a crash nor a rollback
leaves two different files of one number, or a file of what never happened.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.audit import tombstones
from referral.audit.heads import Place, listed, present_heads, read_places, shown
from referral.audit.model import Tombstone, TombstoneShipment
from referral.audit.tombstones import Ended
from referral.audit.trail import trail
from referral.kernel import clock
from referral.kernel.db import after_commit, session
from referral.kernel.errors import NotVerified
from referral.kernel.instance import shipping
from referral.vault import primitives
from referral.vault.codec import digest, pack
from referral.vault.directory import NO_ENTRY

WHAT = "tombstones"
VERSION = 1
AT_ONCE = 5000
EVERY = timedelta(hours=1)
"""A file goes out this often although nothing ended, so that a silence is noticed."""


@dataclass(frozen=True, slots=True)
class Buried:
    """One tombstone, as it travels."""

    kind: str
    subject_id: UUID
    case_id: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Shipment:
    """One file: what ended since the one before, and where everything stood then."""

    deployment: UUID
    epoch: int
    number: int
    at: datetime
    previous: bytes
    buried: tuple[Buried, ...]
    chains: Mapping[UUID, Place]
    logs: Mapping[UUID, Place]
    signature: bytes = b""

    def raw(self) -> bytes:
        """The canonical bytes that are signed."""
        told = [(b.kind, b.subject_id, b.case_id, b.at) for b in self.buried]
        places = [listed(self.chains), listed(self.logs)]
        head = (WHAT, VERSION, self.deployment, self.epoch, self.number, self.at, self.previous)
        return pack((*head, told, *places))

    @property
    def digest(self) -> bytes:
        """What the next file names."""
        return digest(self.raw() + self.signature)


def written(shipment: Shipment) -> bytes:
    """The file: JSON that a person can read, with the server's signature."""
    told = {
        "what": WHAT,
        "version": VERSION,
        "deployment": str(shipment.deployment),
        "epoch": shipment.epoch,
        "number": shipment.number,
        "at": shipment.at.isoformat(),
        "previous": shipment.previous.hex(),
        "tombstones": [_told(buried) for buried in shipment.buried],
        "chains": shown(shipment.chains),
        "directory": shown(shipment.logs),
        "signature": shipment.signature.hex(),
    }
    return json.dumps(told, indent=1).encode() + b"\n"


def _told(buried: Buried) -> dict[str, str | None]:
    return {
        "kind": buried.kind,
        "subject": str(buried.subject_id),
        "case": str(buried.case_id) if buried.case_id else None,
        "at": buried.at.isoformat(),
    }


def read_shipment(raw: bytes, here: UUID, server_public: bytes) -> Shipment:
    """Inverse of `written`; `NotVerified` unless this deployment's server signed it."""
    try:
        told = json.loads(raw)
        shipment = Shipment(
            UUID(told["deployment"]),
            int(told["epoch"]),
            int(told["number"]),
            datetime.fromisoformat(told["at"]),
            bytes.fromhex(told["previous"]),
            tuple(_read_buried(item) for item in told["tombstones"]),
            read_places(told["chains"]),
            read_places(told["directory"]),
            bytes.fromhex(told["signature"]),
        )
        signed = shipment.raw()
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise NotVerified("not a file of tombstones") from error
    if shipment.deployment != here:
        raise NotVerified("tombstones of another installation")
    primitives.verify(server_public, WHAT, signed, shipment.signature)
    return shipment


def _read_buried(told: Mapping[str, Any]) -> Buried:
    case_id = UUID(told["case"]) if told["case"] else None
    at = datetime.fromisoformat(told["at"])
    return Buried(str(Ended(told["kind"])), UUID(told["subject"]), case_id, at)


def newest() -> TombstoneShipment | None:
    """The row of the file that went out last."""
    query = select(TombstoneShipment).order_by(TombstoneShipment.number.desc()).limit(1)
    return session().scalars(query).one_or_none()


def ship(logs: Mapping[UUID, Place]) -> int:
    """Put what ended into the next file; how many tombstones, at least 1 when a file was due.

    `logs` as the directory gives them. The file is written once the transaction has committed;
    one whose writing a crash prevented is written by the next call.
    """
    last = newest()
    if last is not None:
        _write(_name(last), last.raw)
    rows = tombstones.unshipped(AT_ONCE)
    if not rows and last is not None and clock.now() - last.at < EVERY:
        return 0
    shipment = _next(last, rows, logs)
    session().add(
        TombstoneShipment(
            number=shipment.number,
            epoch=shipment.epoch,
            at=shipment.at,
            digest=shipment.digest,
            raw=written(shipment),
        )
    )
    session().flush()
    for row in rows:
        row.shipment = shipment.number
    session().flush()
    after_commit(lambda: _write(_name(shipment), written(shipment)))
    return len(rows) or 1


def _name(row: TombstoneShipment | Shipment) -> str:
    """Files of all epochs lie beside one another, in order."""
    return f"{row.epoch:010d}-{row.number:08d}.json"


def _next(
    last: TombstoneShipment | None,
    rows: Sequence[Tombstone],
    logs: Mapping[UUID, Place],
) -> Shipment:
    heads = present_heads(logs)
    unsigned = Shipment(
        heads.deployment,
        heads.epoch,
        last.number + 1 if last is not None else 1,
        heads.at,
        last.digest if last is not None else NO_ENTRY,
        tuple(Buried(row.kind, row.subject_id, row.case_id, row.at) for row in rows),
        heads.chains,
        heads.logs,
    )
    values = {name: getattr(unsigned, name) for name in Shipment.__slots__}
    return Shipment(**values | {"signature": trail.server.sign_as(WHAT, unsigned.raw())})


def _write(name: str, content: bytes) -> None:
    if name not in shipping.names("."):
        shipping.write(name, content)
