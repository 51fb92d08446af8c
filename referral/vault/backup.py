"""Backups: one sealed stream to a key of the root, which no server holds.

The root's holder signs which key that is and which server may write: whoever has only the public
half can make no backup that this code takes. Layout: `GBVK` | suite | header | wrapped data key |
chunks, each length-prefixed. A chunk is AES-256-GCM under a key of this file alone; its nonce is
its number and whether it is the last, so that none can be dropped, moved, added or cut off.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault import primitives
from referral.vault.codec import Value, digest, pack, unpack
from referral.vault.primitives import SUITE, Purpose
from referral.vault.root import RootKey

_MAGIC = b"GBVK" + bytes([SUITE])
_PIN, _HEADER, _END = "backup key", "backup", "backup end"
CHUNK = 1 << 16
LARGEST_RECORD = 1 << 26
_OVERHEAD = 16


@dataclass(frozen=True, slots=True)
class BackupPin:
    """Where backups of a deployment are sealed to, and whose signature one must carry."""

    deployment: UUID
    exchange: bytes
    server: bytes


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What stands in clear at the head of a backup; bound to every chunk after it."""

    deployment: UUID
    epoch: int
    schema: str
    at: datetime
    pin: bytes

    def raw(self) -> bytes:
        """Canonical bytes."""
        return pack((_HEADER, 1, self.deployment, self.epoch, self.schema, self.at, self.pin))


def _private_of(root: RootKey) -> bytes:
    return primitives.derive(root.signing, "backup exchange")


def sign_pin(root: RootKey, deployment: UUID, server_public: bytes) -> bytes:
    """The root's statement of the backup key and the server's public key, for a file."""
    public = primitives.exchange_public(_private_of(root))
    raw = pack((_PIN, 1, deployment, public, server_public))
    return pack((raw, primitives.sign(root.signing, _PIN, raw)))


def read_pin(raw: bytes, root_public: bytes) -> BackupPin:
    """What `sign_pin` states; `NotVerified` unless this root signed it."""
    statement, signature = _tuple(raw, 2)
    if not isinstance(statement, bytes) or not isinstance(signature, bytes):
        raise NotVerified("not a backup key")
    primitives.verify(root_public, _PIN, statement, signature)
    label, version, deployment, exchange, server = _tuple(statement, 5)
    if (label, version) != (_PIN, 1):
        raise NotVerified("not a backup key")
    return BackupPin(deployment, exchange, server)


def _tuple(raw: bytes, size: int) -> tuple[Any, ...]:
    fields = unpack(raw)
    if not isinstance(fields, tuple) or len(fields) != size:
        raise NotVerified("not of a backup")
    return fields


def seal_backup(
    records: Iterable[Value],
    header: BackupHeader,
    pin: BackupPin,
    sign: Callable[[str, bytes], bytes],
) -> Iterator[bytes]:
    """The pieces of a backup file, in order; `sign(label, message)` is the server's."""
    head = header.raw()
    key = primitives.random_key()
    wrap = primitives.seal_to(pin.exchange, Purpose.BACKUP, (digest(head),), key)
    yield _MAGIC + _framed(head) + _framed(wrap)
    number, pending, bound = 0, b"", digest(head + wrap)
    for piece in _told(records, bound, sign):
        pending += piece
        while len(pending) > CHUNK:
            yield _framed(_chunk(key, number, bound, pending[:CHUNK], last=False))
            number, pending = number + 1, pending[CHUNK:]
    yield _framed(_chunk(key, number, bound, pending, last=True))


def _told(
    records: Iterable[Value], bound: bytes, sign: Callable[[str, bytes], bytes]
) -> Iterator[bytes]:
    """The records, framed, and at last how many they were, signed over all that came before."""
    seen, count = sha256(bound), 0
    for record in records:
        piece = _framed(pack(record))
        seen.update(piece)
        count += 1
        yield piece
    yield _framed(pack((_END, count, sign(_END, seen.digest()))))


def _framed(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _chunk(key: bytes, number: int, bound: bytes, plaintext: bytes, *, last: bool) -> bytes:
    return AESGCM(key).encrypt(_nonce(number, last=last), plaintext, bound)


def read_header(stream: BinaryIO) -> BackupHeader:
    """The clear head of a backup, not verified yet; `NotVerified` when it is none."""
    if stream.read(len(_MAGIC)) != _MAGIC:
        raise NotVerified("not a backup")
    label, version, *fields = _tuple(_piece(stream, LARGEST_RECORD), 7)
    if (label, version) != (_HEADER, 1):
        raise NotVerified("not a backup")
    return BackupHeader(*fields)


def _piece(stream: BinaryIO, most: int) -> bytes:
    size = int.from_bytes(stream.read(4), "big")
    if size > most:
        raise NotVerified("a backup has no piece of this size")
    piece = stream.read(size)
    if len(piece) != size or not size:
        raise NotVerified("the backup is cut short")
    return piece


def open_backup(stream: BinaryIO, header: BackupHeader, root: RootKey) -> Iterator[Value]:
    """The records of a backup whose header has been read, in order.

    Whether the server signed it is known at the end only: nothing may be kept of what was given
    until this has run out. `NotVerified` or `Unreadable` for anything changed, added or missing.
    """
    pin = read_pin(header.pin, root.public)
    if pin.deployment != header.deployment:
        raise NotVerified("a backup key of another deployment")
    head, wrap = header.raw(), _piece(stream, CHUNK)
    key = primitives.unseal_with(_private_of(root), Purpose.BACKUP, (digest(head),), wrap)
    bound = digest(head + wrap)
    seen, count = sha256(bound), 0
    for piece in _split(_opened(stream, key, bound)):
        record = unpack(piece)
        if isinstance(record, tuple) and record[:1] == (_END,):
            _, told, signature = _tuple(piece, 3)
            primitives.verify(pin.server, _END, seen.digest(), signature)
            if told != count:
                raise NotVerified("the backup tells of another number of records")
            count = -1
            continue
        if count < 0:
            raise NotVerified("the backup goes on after its end")
        seen.update(_framed(piece))
        count += 1
        yield record
    if count >= 0:
        raise NotVerified("the backup has no end")


def _opened(stream: BinaryIO, key: bytes, bound: bytes) -> Iterator[bytes]:
    number = 0
    ahead = _piece(stream, CHUNK + _OVERHEAD)
    while True:
        last = not (size := stream.read(4))
        try:
            yield AESGCM(key).decrypt(_nonce(number, last=last), ahead, bound)
        except InvalidTag:
            raise Unreadable from None
        if last:
            return
        ahead, number = _sized(stream, size), number + 1


def _sized(stream: BinaryIO, size: bytes) -> bytes:
    wanted = int.from_bytes(size, "big")
    if len(size) != 4 or not _OVERHEAD <= wanted <= CHUNK + _OVERHEAD:
        raise NotVerified("a backup has no piece of this size")
    piece = stream.read(wanted)
    if len(piece) != wanted:
        raise NotVerified("the backup is cut short")
    return piece


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Records out of chunks."""
    pending = b""
    for piece in pieces:
        pending += piece
        while len(pending) >= 4:
            size = int.from_bytes(pending[:4], "big")
            if size > LARGEST_RECORD:
                raise NotVerified("a backup has no record of this size")
            if len(pending) < 4 + size:
                break
            yield pending[4 : 4 + size]
            pending = pending[4 + size :]
    if pending:
        raise NotVerified("the backup ends inside a record")
