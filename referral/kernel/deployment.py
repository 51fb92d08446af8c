"""This installation: its random id, its epoch, and whether it is a demo."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model, read_again, read_once, session
from referral.kernel.errors import HalfRestored, NotFound
from referral.kernel.instance import EPOCH, instance

FIRST_EPOCH = 1


class Deployment(Model):
    """The single row that every key and signature is bound to.

    `epoch` is 1 and rises with each restore from a backup: then it is the minute of the restore,
    since 1970, so that no number of a time that was lost comes again. `clock_shift` is in seconds
    and zero but in a demo.
    """

    __tablename__ = "deployment"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(default=1)
    is_demo: Mapped[bool] = mapped_column(default=False)
    clock_shift: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """The row's values, free of the session."""

    id: UUID
    epoch: int
    is_demo: bool
    shift: timedelta


def current() -> DeploymentFacts:
    """This installation; `NotFound` before `flask directory init-root` or the demo made one.

    `HalfRestored` when the instance folder is of another restore than the database: a restore was
    cut off, or an old copy was put in place beside `flask restore`.
    """
    return read_once(("deployment",), _read)


class Restoring:
    """The epoch that this process is about to put in place; None but inside a restore."""

    def __init__(self) -> None:
        self.epoch: int | None = None


restoring = Restoring()


def pinned_epoch() -> int:
    """The epoch as the instance folder states it, or as this process is putting it in place."""
    if restoring.epoch is not None:
        return restoring.epoch
    raw = instance.read(EPOCH)
    return int(raw) if raw else FIRST_EPOCH


def stated() -> tuple[UUID, int] | None:
    """Id and epoch as the row states them, whatever the instance folder says; None without one."""
    row = session().scalars(select(Deployment)).one_or_none()
    return None if row is None else (row.id, row.epoch)


def raise_epoch(epoch: int) -> None:
    """Begin the time after a restore; part of the transaction that puts the rows in place."""
    row = session().scalars(select(Deployment)).one()
    row.epoch = epoch
    session().flush()
    read_again(("deployment",))


def _read() -> DeploymentFacts:
    row = session().scalars(select(Deployment)).one_or_none()
    if row is None:
        raise NotFound("no deployment yet")
    if row.epoch != pinned_epoch():
        raise HalfRestored("run `flask restore` again with the same backup")
    return DeploymentFacts(row.id, row.epoch, row.is_demo, timedelta(seconds=row.clock_shift))


def create(deployment_id: UUID, *, is_demo: bool, clock_shift: timedelta) -> None:
    """Write the row; once."""
    seconds = int(clock_shift.total_seconds())
    session().add(Deployment(id=deployment_id, epoch=1, is_demo=is_demo, clock_shift=seconds))
    session().flush()
