"""Case, then the agencies' keys, then places, referrals and the chain: nobody waits in a circle.

`tests/agencies/test_key_races.py` has the race itself; `tests/sweeps/test_locks.py` every request.
"""

from collections.abc import Callable, Iterator

import pytest

from referral.agencies.model import Circle
from referral.agencies.named_circles import name_circle
from referral.agencies.succession import pass_circle
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.kernel import db
from referral.referrals.service.moving import move_case
from tests.factories.province import case_of
from tests.infrastructure.locks import out_of_order, watched
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, agree, close, on, pass_all, plan, same_purpose
from tests.succession.test_what_passes import write


@pytest.fixture
def engine_name() -> str:
    """The embedded engine has one lock."""
    return "postgresql"


@pytest.fixture
def in_order(reform: Reform) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Does a deed, and looks at what it locks."""

    def check(deed: Callable[[], None]) -> None:
        db.rollback()
        with watched(db.db.engine) as transactions:
            deed()
        assert [fault for locks in transactions for fault in out_of_order(locks)] == []
        assert {"case_file", "agency"} <= {lock.table for locks in transactions for lock in locks}

    yield check
    db.rollback()


def named(reform: Reform, role: str) -> Circle:
    """A named circle of one, made by the administrator: it waits for a key of its own."""
    member_id = reform.worker("huyen", role).member_id
    assert member_id is not None
    boss = reform.province.actor(reform.district.administrator)
    with db.unit_of_work():
        return name_circle(boss, reform.district.agency, member_ids=[member_id])


def test_every_writer_takes_the_case_then_the_keys_then_the_chain(
    reform: Reform, in_order: Callable[[Callable[[], None]], None]
) -> None:
    case = case_of(reform.old_officer)
    circle_id = named(reform, "supervisor").id

    def edit() -> None:
        write(reform.old_officer, case, "needs", {"needs": ["shelter"]}, revision=1)

    def move() -> None:
        officer = reform.old_officer
        with db.unit_of_work():
            move_case(officer, cases_read.visible_case(officer, case.id), circle_id=circle_id)

    def end() -> None:
        close(reform.province, reform.district)

    in_order(edit)
    in_order(move)
    heirs = same_purpose(reform.district, reform.ward) | {circle_id: reform.ward.circle_id()}
    agree(reform.province, reform.district, plan(reform.province, reform.district, heirs))
    on(DAY)
    pass_all(reform.province, reform.district)
    supervisor = reform.worker("huyen", "supervisor")
    with db.unit_of_work():
        pass_circle(supervisor, db.session().get_one(Circle, circle_id))
    in_order(end)


def test_who_gives_a_circle_its_key_before_an_edit_or_a_reading_takes_the_case_first(
    reform: Reform, in_order: Callable[[Callable[[], None]], None]
) -> None:
    case = case_of(reform.old_officer)

    def edit() -> None:
        write(reform.old_officer, case, "needs", {"needs": ["shelter"]}, revision=1)

    def look() -> None:
        officer = reform.old_officer
        with db.unit_of_work():
            cases.read_case(officer, cases_read.visible_case(officer, case.id))

    for deed in (edit, look):
        circle = named(reform, "police_officer")
        in_order(deed)
        db.session().expire_all()
        assert circle.generation == 2, "it was this deed that gave the key"
