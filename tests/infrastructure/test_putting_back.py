import pytest
from sqlalchemy import create_engine

from tests.infrastructure.putting_back import database_at

ROWS = "(1, 'left'), (2, 'a\tb\\c\nd'), (3, NULL)"


@pytest.fixture
def begun(empty_url):
    """A database with some beds, and a connection that stands open elsewhere."""
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE bed (id INTEGER PRIMARY KEY, code TEXT UNIQUE)")
        connection.exec_driver_sql(f"INSERT INTO bed VALUES {ROWS}")
    database = database_at(empty_url)
    with engine.connect() as elsewhere:
        yield database, elsewhere
    database.close()
    engine.dispose()


def write(connection, statement):
    connection.exec_driver_sql(statement)
    connection.commit()


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO bed VALUES (4, 'new')",
        "UPDATE bed SET code = 'right' WHERE id = 1",
        "DELETE FROM bed WHERE id = 2",
        "DELETE FROM bed",
    ],
)
def test_every_kind_of_change_is_told_and_put_back(begun, change):
    database, elsewhere = begun
    before = sorted(database.rows()["bed"])
    for _ in range(2):
        write(elsewhere, change)
        assert database.changed() == {"bed"}
        database.put_back(is_open=True)
        assert database.changed() == set()
        assert sorted(database.rows()["bed"]) == before


def test_what_is_written_again_as_it_was_or_not_committed_is_no_change(begun):
    database, elsewhere = begun
    write(elsewhere, "UPDATE bed SET code = 'left' WHERE id = 1")
    assert database.changed() == set()
    elsewhere.exec_driver_sql("DELETE FROM bed")
    assert database.changed() == set()
    elsewhere.rollback()


def test_a_later_moment_is_put_back_where_it_was_remembered(begun):
    database, elsewhere = begun
    write(elsewhere, "DELETE FROM bed WHERE id = 3")
    database.remember()
    write(elsewhere, "DELETE FROM bed")
    database.put_back(is_open=True)
    assert [row[0] for row in sorted(database.rows()["bed"])] == [1, 2]
