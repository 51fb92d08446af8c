"""This installation: its random id, its epoch, and whether it is a demo."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from referral.kernel.db import Model, read_once, session
from referral.kernel.errors import NotFound


class Deployment(Model):
    """The single row that every key and signature is bound to.

    `epoch` rises with each restore from a backup; `clock_shift` is in seconds and zero but in a
    demo.
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
    """This installation; `NotFound` before `flask directory init-root` or the demo made one."""
    return read_once(("deployment",), _read)


def _read() -> DeploymentFacts:
    row = session().scalars(select(Deployment)).one_or_none()
    if row is None:
        raise NotFound("no deployment yet")
    return DeploymentFacts(row.id, row.epoch, row.is_demo, timedelta(seconds=row.clock_shift))


def create(deployment_id: UUID, *, is_demo: bool, clock_shift: timedelta) -> None:
    """Write the row; once."""
    seconds = int(clock_shift.total_seconds())
    session().add(Deployment(id=deployment_id, epoch=1, is_demo=is_demo, clock_shift=seconds))
    session().flush()
