"""Migrations: the same tables as the models, up and down, with rows in them, on both engines."""

from datetime import date
from pathlib import Path

import pytest
from flask_migrate.cli import db as db_commands
from sqlalchemy import create_engine, inspect, text

from referral.accounts import parking, sheets
from referral.accounts.queries import oneself
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.kernel import clock, db
from referral.reporting.model import Edition
from referral.reporting.queries import is_verified
from referral.reporting.service import FrozenDraft, freeze_edition
from referral.reporting.tables import digest
from tests.factories.province import PASSPHRASE, Province, case_of
from tests.infrastructure.application import Environment, environment_for, let_go, rooms
from tests.reporting.edition import frozen

VERSIONS = Path(__file__).resolve().parents[2] / "migrations" / "versions"


def tables(url: str) -> set[str]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def migrate(environment: Environment, *arguments: str) -> None:
    """`flask db` in this process; the template of the run is made by the command in its own."""
    app = rooms(environment)
    answer = app.test_cli_runner().invoke(db_commands, arguments)
    let_go(app)
    assert answer.exit_code == 0, answer.output


def test_every_version_is_numbered_and_can_be_undone() -> None:
    found = sorted(path.name for path in VERSIONS.glob("*.py"))
    assert [name[:4] for name in found] == [f"{n:04d}" for n in range(1, len(found) + 1)]
    assert all("def downgrade()" in (VERSIONS / name).read_text() for name in found)


def test_the_models_ask_for_nothing_that_the_migrations_do_not_make(
    empty_url: str, instance: Path, caplog: pytest.LogCaptureFixture
) -> None:
    environment = environment_for(empty_url, instance)
    migrate(environment, "upgrade")
    migrate(environment, "check")
    app = rooms(environment)
    with app.app_context(), db.unit_of_work():
        db.session().execute(text("DROP TABLE staged_fact_body"))
    let_go(app)
    with pytest.raises(AssertionError):
        migrate(environment, "check")
    assert "staged_fact_body" in caplog.text


def test_a_filled_database_goes_down_to_nothing_and_comes_up_again(
    empty_url: str, instance: Path
) -> None:
    environment = environment_for(empty_url, instance, SECOND_FACTOR="0")
    migrate(environment, "upgrade")
    before = tables(empty_url)
    app = rooms(environment)
    with app.app_context():
        province = Province()
        police = province.house("congan", "commune_police", "police_officer")
        officer = province.worker(police, "police_officer")
        case_of(officer)
        prepared = parking.prepare_pin(officer, "402817")
        with db.unit_of_work():
            parking.choose_pin(officer, oneself(officer), prepared=prepared)
            sheets.make_code_sheet(officer, oneself(officer))
    let_go(app)
    migrate(environment, "downgrade", "base")
    assert tables(empty_url) == {"alembic_version"}
    migrate(environment, "upgrade")
    assert tables(empty_url) == before


def test_cards_keep_what_they_say_when_drawers_come_and_go(empty_url: str, instance: Path) -> None:
    """SQLite makes a table anew to add a reference, and drops with the old one what hangs on it."""
    environment = environment_for(empty_url, instance, SECOND_FACTOR="0")
    migrate(environment, "upgrade")
    app = rooms(environment)
    with app.app_context():
        province = Province()
        officer = province.worker(
            province.house("congan", "commune_police", "police_officer"), "police_officer"
        )
        case_of(officer)
    let_go(app)
    before = cards(empty_url)
    assert len(before) == 1
    migrate(environment, "downgrade", "0011")
    assert cards(empty_url) == before
    migrate(environment, "upgrade")
    assert cards(empty_url) == before


def cards(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    query = "SELECT card.id, body FROM card JOIN card_body ON card_body.card_id = card.id"
    with engine.connect() as connection:
        rows = [(str(row[0]), bytes(row[1])) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_migration_after_which_a_reference_leads_nowhere_is_undone(
    empty_url: str, instance: Path, engine_name: str
) -> None:
    environment = environment_for(empty_url, instance)
    migrate(environment, "upgrade", "0011")
    before = tables(empty_url)
    engine = create_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO card_body (card_id, body) VALUES ('0', '')"))
    engine.dispose()
    with pytest.raises(AssertionError):
        migrate(environment, "upgrade")
    assert tables(empty_url) == before


def test_editions_keep_their_figures_when_their_signatures_come_and_go(
    empty_url: str, instance: Path
) -> None:
    """What was frozen before anybody signed, or lost its signatures, says that of itself."""
    environment = environment_for(empty_url, instance, SECOND_FACTOR="0")
    migrate(environment, "upgrade")
    app = rooms(environment)
    with app.app_context():
        office = Province().house("thongke", "lead_department", "statistician")
        token = sign_in(office.users["statistician"], PASSPHRASE, "")
        with db.unit_of_work():
            draft = FrozenDraft(2024, date(2024, 3, 31), frozen(), clock.now())
            edition_id = freeze_edition(actor_for(token), None, draft=draft).id
        assert is_verified(db.session().get_one(Edition, edition_id))
    let_go(app)
    migrate(environment, "downgrade", "0001")
    assert editions(empty_url) == [("draft", digest(frozen()))]
    migrate(environment, "upgrade")
    assert editions(empty_url) == [("draft", digest(frozen()))]
    with app.app_context():
        edition = db.session().get_one(Edition, edition_id)
        assert edition.frozen == frozen()
        assert (edition.freeze_statement, edition.decision_statement) == (None, None)
        assert not is_verified(edition)
    let_go(app)


def editions(url: str) -> list[tuple[str, str]]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT state, digest FROM edition"))]
    engine.dispose()
    return rows


@pytest.mark.promise("a-bed-is-given-once")
def test_the_migrated_database_itself_refuses_two_claims_on_one_bed_in_one_night(
    empty_url: str, instance: Path
) -> None:
    migrate(environment_for(empty_url, instance), "upgrade")
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    question = (
        "SELECT count(*) FROM pg_constraint WHERE conname = 'claim_no_overlap'"
        if engine.dialect.name == "postgresql"
        else "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'claim'"
    )
    with engine.connect() as connection:
        found = connection.execute(text(question)).scalar_one()
    engine.dispose()
    assert found == (1 if "postgresql" in empty_url else 2)
