"""Rounds of sealing anew, by hand and by a process that dies on the way."""

import os
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.synchronize import Barrier
from uuid import UUID

from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from referral.accounts.sessions import actor_for
from referral.agencies import directory
from referral.agencies.model import Circle
from referral.agencies.named_circles import name_circle
from referral.agencies.queries import agency
from referral.agencies.rewrapping import KeyReport, key_report, rewrap_circle
from referral.agencies.service import renew_circle
from referral.cases.model import Grant, GrantBundle, Section
from referral.cases.queries import visible_case
from referral.cases.service import write_section
from referral.kernel import db
from referral.kernel.actor import Actor
from tests.factories.installation import PATIENCE
from tests.infrastructure.application import application


def carry_over(actor: Actor, circle_id: UUID, *, limit: int = 3) -> list[int]:
    """Every round to the end, each in a transaction of its own; how many each carried over."""
    carried, after = [], ""
    while True:
        with db.unit_of_work():
            circle = db.session().get_one(Circle, circle_id)
            done = rewrap_circle(actor, circle, after=after, limit=limit)
        carried.append(done.carried)
        after = done.after
        if not after:
            return carried


def report(circle_id: UUID) -> KeyReport:
    db.rollback()
    db.session().expire_all()
    return key_report(db.session().get_one(Circle, circle_id))


def die_while_carrying(
    environment: Mapping[str, str], token: str, circle_id: UUID, statement: int
) -> None:
    """In a process of its own, killed when its so many-th changing statement is sent."""
    seen = 0

    def count(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        nonlocal seen
        seen += sql.lstrip().upper().startswith(("UPDATE", "INSERT", "DELETE"))
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    app = application(environment)
    with app.app_context():
        actor = actor_for(token)
        event.listen(db.db.engine, "before_cursor_execute", count)
        carry_over(actor, circle_id, limit=2)


def hold_while_asked(barrier: Barrier, token: str, circle_id: UUID) -> str:
    """Read the circle's key as a sealer does, and end only once the other has tried."""
    actor_for(token)
    with db.unit_of_work():
        db.begin_write()
        generation = directory.key_of(circle_id).generation
        barrier.wait(PATIENCE)
        barrier.wait(PATIENCE)
    return str(generation)


def change_meanwhile(barrier: Barrier, token: str, circle_id: UUID) -> str:
    """Give the circle a new key, with little patience; what came of it."""
    actor = actor_for(token)
    _be_impatient()
    barrier.wait(PATIENCE)
    try:
        with db.unit_of_work():
            renew_circle(actor, db.session().get_one(Circle, circle_id))
        outcome = "changed"
    except OperationalError:
        db.rollback()
        outcome = "waits"
    barrier.wait(PATIENCE)
    return outcome


def _be_impatient() -> None:
    db.rollback()
    is_sqlite = db.db.engine.dialect.name == "sqlite"
    patience = "PRAGMA busy_timeout=300" if is_sqlite else "SET lock_timeout='300ms'"
    db.session().connection().exec_driver_sql(patience)
    db.session().commit()


def seal_again_and_again(barrier: Barrier, token: str, case_id: UUID, rounds: int) -> list[str]:
    """Write a section that is shared, each time together with a change of the receiver's key."""
    actor, told = actor_for(token), []
    for number in range(1, rounds + 1):
        db.rollback()
        barrier.wait(PATIENCE)
        with db.unit_of_work():
            write_section(
                actor,
                visible_case(actor, case_id),
                kind="needs",
                answers={"needs": ["shelter"], "children_count": number},
                expected_revision=number,
            )
        barrier.wait(PATIENCE)
        told.append(_standing(case_id))
        barrier.wait(PATIENCE)
    return told


def _standing(case_id: UUID) -> str:
    """Whether the newest key of the section is sealed to the newest key of its reader."""
    db.rollback()
    db.session().expire_all()
    section = db.session().scalars(
        select(Section).where(Section.case_id == case_id, Section.kind == "needs")
    ).one()  # fmt: skip
    newest = db.session().execute(
        select(GrantBundle.circle_generation, Circle.generation)
        .join(Grant, Grant.id == GrantBundle.grant_id)
        .join(Circle, Circle.id == Grant.receiver_circle_id)
        .where(Grant.case_id == case_id, Grant.form != "own")
        .order_by(GrantBundle.made_at.desc())
    ).first()  # fmt: skip
    assert newest is not None
    if section.is_stale:
        return "stale"
    return "newest" if newest[0] == newest[1] else "sealed to an old key"


def renew_again_and_again(barrier: Barrier, token: str, circle_id: UUID, rounds: int) -> list[str]:
    """Give the circle a new key, each time together with somebody who seals to it."""
    actor = actor_for(token)
    for _ in range(rounds):
        db.rollback()
        barrier.wait(PATIENCE)
        with db.unit_of_work():
            renew_circle(actor, db.session().get_one(Circle, circle_id))
        barrier.wait(PATIENCE)
        barrier.wait(PATIENCE)
    return []


def name_again_and_again(
    barrier: Barrier, token: str, member_ids: Sequence[UUID], rounds: int
) -> list[str]:
    """Make a named circle of some colleagues each round, whose key they then wait for."""
    actor = actor_for(token)
    assert actor.agency_id is not None
    for _ in range(rounds):
        with db.unit_of_work():
            name_circle(actor, agency(actor.agency_id), member_ids=member_ids)
        for _ in range(3):
            barrier.wait(PATIENCE)
    return []


def write_while_it_waits(barrier: Barrier, token: str, case_id: UUID, rounds: int) -> list[str]:
    """Write in a case of one's own each round, together with somebody of the same new circle."""
    told: list[str] = []
    for _ in range(rounds):
        barrier.wait(PATIENCE)
        actor = actor_for(token)
        case = visible_case(actor, case_id)
        db.rollback()
        barrier.wait(PATIENCE)
        try:
            with db.unit_of_work():
                write_section(
                    actor,
                    case,
                    kind="needs",
                    answers={"needs": ["shelter"], "children_count": len(told)},
                    expected_revision=1 + told.count("written"),
                )
            told.append("written")
        except OperationalError as error:
            told.append(type(error.orig).__name__)
        barrier.wait(PATIENCE)
    return told
