"""One way to begin a write, on both engines."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from referral.agencies.model import Agency, Circle
from referral.agencies.states import AGENCY, AgencyState
from referral.kernel import clock, db, states
from referral.kernel.deployment import Deployment
from referral.kernel.errors import StateConflict
from referral.kernel.ids import new_id
from tests.factories.installation import ENGINES, Installation, installation, tidy, together
from tests.kernel import rivals


@pytest.fixture(scope="module", params=ENGINES)
def standing(request, run_folder: Path, tmp_path_factory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder) as made:
        yield made


@pytest.fixture
def home(standing: Installation) -> Iterator[Installation]:
    with tidy():
        yield standing


def shift() -> int:
    """What the database holds, past the session's memory."""
    db.rollback()
    return shift_seen()


def shift_seen() -> int:
    """What this transaction sees."""
    return int(db.session().scalar(select(Deployment.clock_shift)) or 0)


def set_shift(value: int) -> None:
    db.begin_write()
    db.session().scalars(select(Deployment)).one().clock_shift = value
    db.session().flush()


def interrupted(value: int, reason: type[BaseException], *put_off: Callable[[], None]) -> None:
    """A unit of work that ends before its end."""
    with db.unit_of_work():
        set_shift(value)
        for action in put_off:
            db.after_commit(action)
        raise reason


def listed_agency() -> UUID:
    with db.unit_of_work():
        db.begin_write()
        row = Agency(
            id=new_id(),
            kind="commune_police",
            name_vi="a",
            name_en="a",
            unit_code="20050",
            unit_valid_from=date(2021, 7, 1),
            valid_from=date(2021, 7, 1),
            state=AgencyState.LISTED,
            state_at=clock.now(),
        )
        db.session().add(row)
        return row.id


def test_of_two_processes_that_count_together_no_step_is_lost(home: Installation) -> None:
    before = shift()
    db.rollback()
    assert together(home.environment, rivals.count_up, [[40], [40]]) == [40, 40]
    assert shift() == before + 80


def test_without_the_lock_the_same_two_steps_lose_one(tmp_path: Path) -> None:
    """What the test above would see if a write began as SQLite's driver begins it."""
    path = tmp_path / "plain.db"
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path)) as other:
        one.execute("CREATE TABLE counter (n INTEGER)")
        one.execute("INSERT INTO counter VALUES (0)")
        one.commit()
        seen = [c.execute("SELECT n FROM counter").fetchone()[0] for c in (one, other)]
        for connection, n in zip((one, other), seen, strict=True):
            connection.execute("UPDATE counter SET n = ?", (n + 1,))
            connection.commit()
        assert one.execute("SELECT n FROM counter").fetchone() == (1,)


def test_what_was_read_before_a_write_began_is_read_again_under_the_lock(
    home: Installation,
) -> None:
    row = db.session().scalars(select(Deployment)).one()
    before = row.clock_shift
    db.session().commit()
    with db.db.engine.connect() as other:
        other.execute(text("UPDATE deployment SET clock_shift = clock_shift + 7"))
        other.commit()
    assert row.clock_shift == before
    db.begin_write()
    assert row.clock_shift == before + 7


def test_a_write_begun_twice_is_one_transaction(home: Installation) -> None:
    set_shift(11)
    db.commit()
    assert not db.is_writing()
    set_shift(12)
    assert db.is_writing()
    db.begin_write()
    assert db.session().scalars(select(Deployment)).one().clock_shift == 12
    db.rollback()
    assert not db.is_writing()
    assert shift() == 11


@pytest.mark.parametrize("reason", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_unit_of_work_is_all_or_nothing(home: Installation, reason: type[BaseException]) -> None:
    with db.unit_of_work():
        set_shift(21)
    with pytest.raises(reason):
        interrupted(22, reason)
    assert shift() == 21
    assert not db.is_writing()


def test_what_is_put_off_happens_after_the_commit_and_only_then(home: Installation) -> None:
    seen: list[int] = []

    def look() -> None:
        with db.db.engine.connect() as other:
            seen.append(other.execute(text("SELECT clock_shift FROM deployment")).scalar_one())

    with db.unit_of_work():
        set_shift(31)
        db.after_commit(look)
        assert seen == []
    assert seen == [31]
    with pytest.raises(RuntimeError):
        interrupted(32, RuntimeError, look)
    with db.unit_of_work():
        set_shift(33)
    assert seen == [31]


def test_a_commit_that_fails_keeps_nothing_and_runs_nothing(home: Installation) -> None:
    seen: list[str] = []
    with pytest.raises(IntegrityError):
        failing_at_its_commit(lambda: seen.append("sent"))
    assert seen == []
    assert not db.is_writing()
    assert shift() != 42
    with db.unit_of_work():
        set_shift(43)
    assert (shift(), seen) == (43, [])


def failing_at_its_commit(put_off: Callable[[], None]) -> None:
    """A circle of an agency that is not there reaches the database with the commit."""
    with db.unit_of_work():
        set_shift(42)
        db.after_commit(put_off)
        db.session().add(
            Circle(
                id=new_id(),
                agency_id=new_id(),
                purpose="cases",
                name_vi="a",
                name_en="a",
                generation=1,
                made_at=clock.now(),
            )
        )


def test_a_moment_without_its_zone_is_refused_and_one_with_it_comes_back_as_utc(
    home: Installation,
) -> None:
    agency_id = listed_agency()
    local = datetime(2024, 11, 25, 8, 30, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Agency, agency_id).state_at = local
    db.session().expunge_all()
    read = db.session().get_one(Agency, agency_id).state_at
    assert read == local
    assert read.tzinfo is UTC
    db.begin_write()
    db.session().get_one(Agency, agency_id).state_at = local.replace(tzinfo=None)
    with pytest.raises(StatementError, match="zone"):
        db.session().flush()


def test_sqlite_erases_what_it_deletes_and_waits_for_the_disk(home: Installation) -> None:
    if home.engine != "sqlite":
        pytest.skip("settings of the embedded engine")
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    found = {name: db.session().execute(text(f"PRAGMA {name}")).scalar_one() for name in wanted}
    assert found == wanted


def test_of_two_processes_that_advance_at_once_one_wins_and_the_other_sees_where_it_stands(
    home: Installation,
) -> None:
    agency_ids = [listed_agency() for _ in range(12)]
    db.rollback()
    outcomes = together(home.environment, rivals.advance_all, [[agency_ids], [agency_ids]])
    for pair in zip(*outcomes, strict=True):
        assert sorted(pair) == [AgencyState.PENDING, rivals.WON]
    db.session().expunge_all()
    rows = db.session().scalars(select(Agency).where(Agency.id.in_(agency_ids))).all()
    assert {(row.state, row.phone) for row in rows} == {(AgencyState.PENDING, AgencyState.LISTED)}


def test_a_step_that_the_table_does_not_know_changes_nothing(home: Installation) -> None:
    row = db.session().get_one(Agency, listed_agency())
    assert states.can_advance(row, "invite", AGENCY)
    assert not states.can_advance(row, "found", AGENCY)
    db.begin_write()
    with pytest.raises(StateConflict) as refused:
        states.advance(row, "found", AGENCY, phone="changed")
    assert (refused.value.state, refused.value.event) == (AgencyState.LISTED, "found")
    assert (row.state, row.phone) == (AgencyState.LISTED, "")


def test_an_advance_notes_when_and_writes_its_columns_with_it(home: Installation) -> None:
    row = db.session().get_one(Agency, listed_agency())
    before = clock.now()
    with db.unit_of_work():
        db.begin_write()
        states.advance(row, "invite", AGENCY, phone="0234")
    db.session().expunge_all()
    kept = db.session().get_one(Agency, row.id)
    assert (kept.state, kept.phone) == (AgencyState.PENDING, "0234")
    assert before <= kept.state_at <= clock.now()


def test_what_is_read_once_a_transaction_is_read_again_under_the_lock(home: Installation) -> None:
    asked: list[int] = []

    def read() -> int:
        asked.append(shift_seen())
        return len(asked)

    key = ("counted",)
    assert [db.read_once(key, read), db.read_once(key, read)] == [1, 1]
    db.begin_write()
    assert db.read_once(key, read) == 2
    set_shift(60)  # which flushes: no end of the transaction
    assert db.read_once(key, read) == 2
    db.read_again(key)
    assert db.read_once(key, read) == 3
    db.rollback()
    assert db.read_once(key, read) == 4
    db.commit()
    assert db.read_once(key, read) == 5


def test_what_was_read_inside_an_undone_part_is_forgotten(home: Installation) -> None:
    db.begin_write()
    key = ("counted",)
    part = db.session().begin_nested()
    assert db.read_once(key, lambda: "inside") == "inside"
    part.rollback()
    assert db.read_once(key, lambda: "after") == "after"
    db.rollback()
