"""Case, then the agency's keys, then its chain: who waits for each other in that order never locks.

The race itself needs luck: what is looked at here is the order in which PostgreSQL is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from referral.agencies.model import Circle
from referral.agencies.named_circles import name_circle
from referral.agencies.succession import pass_circle
from referral.cases import queries as cases_read
from referral.kernel import db
from referral.referrals.service.moving import move_case
from tests.factories.province import case_of
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, agree, close, on, pass_all, plan, same_purpose
from tests.succession.test_what_passes import write

TABLES = ("case_file", "agency", "audit_chain")


@contextmanager
def locks() -> Iterator[list[str]]:
    """The tables whose rows are locked, in the order of the first lock of each."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, sql: str, *_more: object) -> None:
        words = " ".join(sql.split())
        for table in TABLES:
            locked = f"FROM {table} " in words and (" FOR UPDATE" in words or " FOR " in words)
            if (locked or words.startswith(f"UPDATE {table} ")) and table not in seen:
                seen.append(table)

    engine = db.db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_every_writer_takes_the_case_then_the_keys_then_the_chain(
    reform: Reform, engine_name: str
) -> None:
    if engine_name != "postgresql":
        pytest.skip("the embedded engine has one lock")
    case = case_of(reform.old_officer)
    member_id = reform.worker("huyen", "supervisor").member_id
    assert member_id is not None
    boss = reform.province.actor(reform.district.administrator)
    with db.unit_of_work():
        circle_id = name_circle(boss, reform.district.agency, member_ids=[member_id]).id

    def edit() -> None:
        write(reform.old_officer, case, "needs", {"needs": ["shelter"]}, revision=1)

    def move() -> None:
        officer = reform.old_officer
        with db.unit_of_work():
            move_case(officer, cases_read.visible_case(officer, case.id), circle_id=circle_id)

    def end() -> None:
        close(reform.province, reform.district)

    _in_order(edit)
    _in_order(move)
    heirs = same_purpose(reform.district, reform.ward) | {circle_id: reform.ward.circle_id()}
    agree(reform.province, reform.district, plan(reform.province, reform.district, heirs))
    on(DAY)
    pass_all(reform.province, reform.district)
    supervisor = reform.worker("huyen", "supervisor")
    with db.unit_of_work():
        pass_circle(supervisor, db.session().get_one(Circle, circle_id))
    _in_order(end)


def _in_order(deed: Callable[[], None]) -> None:
    db.rollback()
    with locks() as seen:
        deed()
    assert seen == [table for table in TABLES if table in seen]
    assert {"case_file", "agency"} <= set(seen)
