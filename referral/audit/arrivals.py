"""Tombstones that come back: what a folder of files kept elsewhere tells, and whether it is all.

Every file that the server signed is believed, wherever it stands: it can only take away. Whether
none is missing follows from the files naming one another, back to the one that the backup knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from referral.audit.heads import Heads, read_signed_heads
from referral.audit.model import Tombstone, TombstoneShipment
from referral.audit.shipments import Buried, Shipment, newest, read_shipment, written
from referral.audit.tombstones import Ended
from referral.kernel.db import session
from referral.kernel.errors import NotVerified
from referral.kernel.ids import new_id
from referral.vault.directory import NO_ENTRY

Told = TypeVar("Told")


@dataclass
class Arrived:
    """What lay in a folder; `refused` are files that this server did not sign, by name."""

    shipments: list[Shipment] = field(default_factory=list)
    heads: list[Heads] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def latest(self) -> Shipment | None:
        """The file that went out last."""
        return max(self.shipments, key=lambda s: (s.epoch, s.number), default=None)

    @property
    def epochs(self) -> set[int]:
        """Every epoch that anything here tells of."""
        return {told.epoch for told in self.shipments} | {told.epoch for told in self.heads}

    def subjects(self, *kinds: Ended) -> dict[UUID, Buried]:
        """What ended, of some kinds, by id; the first word of each."""
        wanted, found = {str(kind) for kind in kinds}, dict[UUID, Buried]()
        for shipment in sorted(self.shipments, key=lambda s: (s.epoch, s.number)):
            for buried in shipment.buried:
                if buried.kind in wanted:
                    found.setdefault(buried.subject_id, buried)
        return found


def read_files(paths: Iterable[Path], here: UUID, server_public: bytes) -> Arrived:
    """Everything that files of tombstones and files of heads tell."""
    arrived = Arrived()
    for path in sorted(paths):
        raw = path.read_bytes()
        shipment = _taken(read_shipment, raw, here, server_public)
        heads = _taken(read_signed_heads, raw, here, server_public)
        if shipment is not None:
            arrived.shipments.append(shipment)
        elif heads is not None:
            arrived.heads.append(heads)
        else:
            arrived.refused.append(path.name)
    return arrived


def _taken(
    read: Callable[[bytes, UUID, bytes], Told], raw: bytes, here: UUID, server_public: bytes
) -> Told | None:
    try:
        return read(raw, here, server_public)
    except NotVerified:
        return None


def gap_of(arrived: Arrived) -> str:
    """Why the files do not tell all that ended since the backup; empty when they do.

    Asked once the backup's rows are in place.
    """
    latest, last = arrived.latest, newest()
    known = (last.number, last.digest) if last is not None else (0, NO_ENTRY)
    if latest is None or latest.number <= known[0]:
        return "no file of tombstones is newer than the backup"
    by_digest = {shipment.digest: shipment for shipment in arrived.shipments}
    step = latest
    while step.previous != known[1]:
        before = by_digest.get(step.previous)
        if before is None or before.number <= known[0]:
            return f"the file of tombstones before number {step.number} is missing"
        step = before
    return _beyond(latest, arrived.heads)


def _beyond(latest: Shipment, heads: Iterable[Heads]) -> str:
    for told in heads:
        here = dict(latest.chains)
        more = any(seq > here.get(chain, (0, b""))[0] for chain, (seq, _) in told.chains.items())
        if told.epoch > latest.epoch or (told.epoch == latest.epoch and more):
            return f"the heads of {told.at:%Y-%m-%d %H:%M} UTC tell of more than the last file"
    return ""


def unknown(arrived: Arrived) -> list[Buried]:
    """What ended, the first first, and the backup does not know: asked once its rows are in place.

    The folder holds every file there ever was. What the backup knows has had its consequences in
    it, and may have been put right again since: a passphrase was changed, and is the one in use.
    """
    rows = session().execute(
        select(Tombstone.kind, Tombstone.subject_id, Tombstone.case_id, Tombstone.at)
    )
    known = {Buried(*row) for row in rows}
    told = (buried for shipment in arrived.shipments for buried in shipment.buried)
    new = {buried: None for buried in told if buried not in known}
    return sorted(new, key=lambda buried: buried.at)


def take_in(new: Iterable[Buried]) -> None:
    """Keep what came back, so that the next backup knows it; it has left the host already."""
    last = newest()
    session().add_all(
        Tombstone(
            id=new_id(),
            kind=buried.kind,
            subject_id=buried.subject_id,
            case_id=buried.case_id,
            at=buried.at,
            shipment=last.number if last is not None else None,
        )
        for buried in new
    )
    session().flush()


def go_on_from(latest: Shipment | None) -> None:
    """Let the next file name the last one that left, so that none is taken for another."""
    last = newest()
    if latest is None or (last is not None and latest.number <= last.number):
        return
    session().add(
        TombstoneShipment(
            number=latest.number,
            epoch=latest.epoch,
            at=latest.at,
            digest=latest.digest,
            raw=written(latest),
        )
    )
    session().flush()
