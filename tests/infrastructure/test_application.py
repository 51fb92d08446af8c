import sqlalchemy

from tests.infrastructure.application import clean_environment, empty_database, migrated_database


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
