import sqlalchemy

from tests.infrastructure.application import (
    clean_environment,
    empty_database,
    in_turn,
    migrated_database,
)

ENGINES = ("sqlite", "postgresql")


def _tables(url: str) -> set[str]:
    engine = sqlalchemy.create_engine(url)
    try:
        return set(sqlalchemy.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _add_table(url: str) -> None:
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE only_here (id int)")
    engine.dispose()


def test_each_test_has_a_migrated_database_of_its_own(engine_name, run_folder, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with (
        migrated_database(engine_name, run_folder, tmp_path / "a") as first,
        migrated_database(engine_name, run_folder, tmp_path / "b") as second,
    ):
        assert "alembic_version" in _tables(second)
        _add_table(first)
        assert _tables(first) - _tables(second) == {"only_here"}


def test_an_empty_database_has_no_tables(engine_name, run_folder, tmp_path):
    with empty_database(engine_name, run_folder, tmp_path) as url:
        assert _tables(url) == set()


def test_the_developers_own_settings_do_not_reach_a_command(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///of-the-developer.db")
    environment = clean_environment({"PORT": "8001"})
    assert "DATABASE_URL" not in environment
    assert environment["PORT"] == "8001"


def test_of_two_that_differ_by_engine_one_waits_and_what_the_engine_decides_never_does():
    names = [f"tests/web/test_x.py::test_{n}[{e}]" for n in "abcdefgh" for e in ENGINES]
    alone = ["tests/web/test_x.py::test_alone[sqlite]", "tests/web/test_x.py::test_plain"]
    decided = [f"tests/cases/test_races.py::test_two[{engine}]" for engine in ENGINES]

    waiting = in_turn([*names, *alone, *decided])

    assert {name.partition("[")[0] for name in waiting} == {n.partition("[")[0] for n in names}
    assert len(waiting) == len(names) / 2
    assert {name.partition("[")[2] for name in waiting} == {"sqlite]", "postgresql]"}
