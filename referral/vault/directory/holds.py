"""What a restore keeps from those whom a log of before still names: it only takes away."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Hold:
    """From `epoch` on nobody counts whom the log named up to `place` and who is meant here.

    `removed` had left by then, and the log does not know it; `reroled` had lost a role, and wait to
    be named with those they have; `parted` had been taken out of every circle they were in, since
    their keys may be in wrong hands. With `everyone` nobody knows who had: each waits to be named
    anew, an administrator by the root. `rekeyed` are circles that had been given another key.
    `is_unseconded`: the second agency that the log names up to `place` was so no more.
    """

    epoch: int
    place: int
    digest: bytes
    everyone: bool
    removed: frozenset[UUID]
    reroled: frozenset[UUID] = frozenset()
    parted: frozenset[UUID] = frozenset()
    rekeyed: frozenset[UUID] = frozenset()
    is_unseconded: bool = False

    def keeps(self, member_id: UUID, since: int) -> bool:
        """Whether somebody whom the log has named since this place waits."""
        is_meant = self.everyone or member_id in self.removed | self.reroled | self.parted
        return since <= self.place and is_meant

    def parts(self, member_id: UUID) -> bool:
        """Whether somebody had no circle's key any more, if the log had gone on."""
        return member_id in self.removed | self.parted


def is_kept(holds: Iterable[Hold], member_id: UUID, since: int, *, epoch: int) -> bool:
    """Whether any of the holds in force in an epoch keeps this member."""
    return any(hold.epoch <= epoch and hold.keeps(member_id, since) for hold in holds)
