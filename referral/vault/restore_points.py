"""What a restore put in place, signed by the server: it takes away, and gives nothing.

A backup does not know what ended after it was made. Beside the restored strands and logs stands
therefore where they stood, what had ended since, and whether that is all that had. Who has the
server key can end a grant by it, or have it confirmed anew; nobody can make one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.codec import pack, unpack

Sign = Callable[[str, bytes], bytes]
Place = tuple[UUID, int, bytes]
"""Whose, how many entries, and the digest of the newest."""
When = tuple[UUID, datetime]


class _Signed:
    """Packed with its label, so that one kind is never taken for the other.

    `FORMS` has how many of its fields each version knows; a point is written in the earliest from
    the second on that says all of it, and read in any.
    """

    LABEL = ""
    FORMS: ClassVar[Mapping[int, int]] = {}
    __slots__ = ()
    __dataclass_fields__: dict[str, Any]

    def raw(self) -> bytes:
        """The canonical bytes that are signed."""
        values = [getattr(self, name) for name in self.__dataclass_fields__]
        whole = (v for v, count in self.FORMS.items() if v > 1 and not any(values[count:]))
        version = next(whole)
        return pack((self.LABEL, version, *values[: self.FORMS[version]]))

    def signed(self, sign: Sign) -> tuple[bytes, bytes]:
        """The bytes and the server's signature."""
        raw = self.raw()
        return raw, sign(self.LABEL, raw)

    @classmethod
    def read(cls, raw: bytes, signature: bytes, server_public: bytes) -> Self:
        """Inverse of `signed`; `NotVerified` unless this server signed it."""
        primitives.verify(server_public, cls.LABEL, raw, signature)
        said: Any = unpack(raw)
        if (
            not isinstance(said, tuple)
            or said[:1] != (cls.LABEL,)
            or (*said[1:2], len(said) - 2) not in cls.FORMS.items()
        ):
            raise NotVerified("not a restore point")
        return cls(*said[2:])


@dataclass(frozen=True)
class CasePoint(_Signed):
    """A case as it was restored; `before` is the epoch that the backup was made in.

    `left_out` names circles that the case may have left by then, each with those of its members
    who were left out.
    """

    LABEL = "case restored"
    FORMS = {1: 9, 2: 10}  # noqa: RUF012 - as the class above declares it

    deployment: UUID
    case_id: UUID
    epoch: int
    before: int
    at: datetime
    suspends: int
    heads: tuple[Place, ...]
    grants: tuple[When, ...]
    bases: tuple[When, ...]
    left_out: tuple[tuple[UUID, tuple[UUID, ...]], ...] = ()

    def place_of(self, agency_id: UUID) -> tuple[int, bytes]:
        """How far this agency's strand reached, and the digest there."""
        for agency, seq, entry_digest in self.heads:
            if agency == agency_id:
                return seq, entry_digest
        return 0, b""


@dataclass(frozen=True)
class InstallationPoint(_Signed):
    """An installation as it was restored. `is_gap`: what ended meanwhile is not all known.

    `removed` had left by then, `reroled` had lost a role, `parted` had been taken out of their
    circles; `rekeyed` are circles that had been given another key, `unseconded` agencies that had
    named no second one any more, or another.
    """

    LABEL = "restored"
    FORMS = {1: 9, 2: 12, 3: 13}  # noqa: RUF012 - as the class above declares it

    deployment: UUID
    epoch: int
    before: int
    at: datetime
    made_at: datetime
    is_gap: int
    chains: tuple[Place, ...]
    logs: tuple[Place, ...]
    removed: tuple[UUID, ...]
    reroled: tuple[UUID, ...] = ()
    parted: tuple[UUID, ...] = ()
    rekeyed: tuple[UUID, ...] = ()
    unseconded: tuple[UUID, ...] = ()

    def log_of(self, agency_id: UUID) -> tuple[int, bytes]:
        """How far this agency's directory log reached, and the digest there."""
        for agency, seq, entry_digest in self.logs:
            if agency == agency_id:
                return seq, entry_digest
        return 0, b""


Point = TypeVar("Point", CasePoint, InstallationPoint)


def in_line(points: Iterable[Point], epoch: int, first: int) -> list[Point]:
    """The points from `epoch` back to `first`, the oldest first; `NotVerified` when one is missing.

    Each names the epoch that its backup was made in: what was restored over is passed by.
    """
    by_epoch = {point.epoch: point for point in points}
    line: list[Point] = []
    while epoch > first:
        if epoch not in by_epoch:
            raise NotVerified("of a time that was lost when a backup was put in place")
        line.append(by_epoch[epoch])
        epoch = by_epoch[epoch].before
    if epoch != first:
        raise NotVerified("of a time that was lost when a backup was put in place")
    return line[::-1]
