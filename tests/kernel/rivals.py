"""Two processes that want the same thing in the same instant. Run by the tests beside."""

from collections.abc import Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from referral.agencies.model import Agency
from referral.agencies.states import AGENCY
from referral.kernel import db, states
from referral.kernel.deployment import Deployment
from referral.kernel.errors import StateConflict
from referral.kernel.instance import Instance
from referral.vault.primitives import random_key
from tests.factories.installation import PATIENCE, processes

WON = "won"


def make_keys(folder: Path, names: Sequence[str]) -> list[list[bytes]]:
    """What each of two processes read, key by key, each begun together."""
    context = processes()
    barrier, told = context.Barrier(2), context.Queue()
    runners = [
        context.Process(target=_make_keys, args=(folder, names, barrier, told)) for _ in range(2)
    ]
    for runner in runners:
        runner.start()
    read = [told.get(timeout=PATIENCE) for _ in runners]
    for runner in runners:
        runner.join(PATIENCE)
        assert runner.exitcode == 0
    return read


def _make_keys(folder: Path, names: Sequence[str], barrier: Barrier, told: Queue) -> None:
    files = Instance()
    files.configure(folder)
    read = []
    for name in names:
        barrier.wait(PATIENCE)
        read.append(files.read_or_make(name, random_key))
    told.put(read)


def count_up(barrier: Barrier, times: int) -> int:
    """Read a number and write it one higher, again and again."""
    barrier.wait(PATIENCE)
    for _ in range(times):
        with db.unit_of_work():
            db.begin_write()
            row = db.session().scalars(select(Deployment).with_for_update()).one()
            row.clock_shift = row.clock_shift + 1
    return times


def advance_all(barrier: Barrier, agency_ids: Sequence[UUID]) -> list[str]:
    """Move each agency on as if nobody else did; what came of it, in order."""
    outcomes = []
    for agency_id in agency_ids:
        row = db.session().get_one(Agency, agency_id)
        before = str(row.state)
        db.session().commit()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                db.begin_write()
                states.advance(row, "invite", AGENCY, phone=before)
            outcomes.append(WON)
        except StateConflict as refused:
            outcomes.append(refused.state)
    return outcomes
