"""`flask demo move-clock`: what is reported after the demo has opened comes as its clock moves."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.cases import queries as case_queries
from referral.cases.model import CaseFile, Section
from referral.cases.service import read_case
from referral.cli.demo.accounts import kept_accounts
from referral.cli.demo.agencies import cast_of
from referral.cli.demo.cases import LOCAL
from referral.cli.demo.events import Step, later_timeline
from referral.cli.demo.streams import later
from referral.cli.demo.survivors import generate
from referral.kernel import clock
from referral.kernel.db import db, session, unit_of_work
from referral.referrals.model import Referral
from tests.infrastructure.application import application, environment_for, migrated_database

COUNT, SEED = 24, 2024


def run(app: Any, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["demo", *arguments])


@pytest.fixture(scope="module")
def environment(run_folder, tmp_path_factory):
    """A demo of a few survivors: three more are reported after it has opened."""
    folder = tmp_path_factory.mktemp("clock") / "instance"
    folder.mkdir(mode=0o700)
    with migrated_database("sqlite", run_folder, folder) as url:
        environment = environment_for(url, folder)
        app = application(environment)
        answer = run(app, "load", "--cases", str(COUNT), "--seed", str(SEED))
        close(app)
        assert answer.exit_code == 0, answer.output
        yield environment


def close(app: Any) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def demo(environment):
    app = application(environment)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def count(column: Any) -> int:
    return session().scalar(select(func.count(column))) or 0


@pytest.fixture(scope="module")
def planned():
    small = cast_of("small")
    cases = later(SEED, generate(SEED, COUNT), COUNT, small)
    return cases, later_timeline(cases, small.sites)


@pytest.mark.heavy
@pytest.mark.long
def test_reports_come_in_as_the_clock_moves_and_only_forward(demo, planned):
    cases, events = planned
    opened_at = clock.local(clock.now())
    assert (opened_at.month, opened_at.day) == (11, 25)
    assert count(CaseFile.id) == COUNT
    back = run(demo, "move-clock", "--to", "2024-11-24")
    assert back.exit_code == 1
    assert "forward only" in back.output

    # In two steps, the first within what happens in one case.
    middle = next(e.at for e in events if e.step is Step.MEET).date()
    first = run(demo, "move-clock", "--to", middle.isoformat())
    assert first.exit_code == 0, first.output
    session().rollback()
    came = sum(e.step is Step.REPORT and e.at.date() <= middle for e in events)
    assert 0 < came < len(cases)
    assert count(CaseFile.id) == COUNT + came
    now = clock.now()
    assert clock.local(now).date() == middle
    again = run(demo, "move-clock", "--to", middle.isoformat())
    assert again.exit_code == 1

    referrals = count(Referral.id)
    last = run(demo, "move-clock", "--to", "2025-01-31")
    assert last.exit_code == 0, last.output
    session().rollback()
    assert count(CaseFile.id) == COUNT + len(cases) == COUNT + 3
    assert count(Referral.id) > referrals
    written = session().scalar(select(func.max(Section.created_at)))
    assert written > datetime(2024, 12, 1, tzinfo=LOCAL)
    for command in (["audit", "verify"], ["directory", "verify"]):
        answer = demo.test_cli_runner().invoke(args=command)
        assert answer.exit_code == 0, answer.output


@pytest.mark.parametrize(("preset", "survivors", "expected"), [("standard", 240, (9, 13, 8))])
def test_thirty_reports_come_in_the_last_weeks_of_the_year(preset, survivors, expected):
    year = generate(SEED, survivors, cast_of(preset))
    cases = later(SEED, year, survivors, cast_of(preset))
    days = [(case.reported_on.month, case.reported_on.day) for case in cases]
    spans = (((11, 25), (11, 30)), ((12, 1), (12, 15)), ((12, 16), (12, 31)))
    found = tuple(sum(first <= day <= last for day in days) for first, last in spans)
    assert found == expected
    names = {case.paper_name for case in year}
    assert not names & {case.paper_name for case in cases}
    events = later_timeline(cases, cast_of(preset).sites)
    assert events[0].at > datetime(2024, 11, 25, 21, 40, tzinfo=LOCAL)


def test_without_a_demo_there_is_no_clock_to_move(app):
    with app.app_context():
        answer = run(app, "move-clock", "--to", "2024-12-01")
        assert answer.exit_code == 1
        assert "demo load" in answer.output


@pytest.mark.heavy
@pytest.mark.long
def test_very_many_cases_are_written_in_bulk_and_open_like_any_other(run_folder, tmp_path):
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    with migrated_database("sqlite", run_folder, folder) as url:
        app = application(environment_for(url, folder, SECOND_FACTOR="0"))
        answer = run(app, "load", "--preset", "bench", "--cases", "60")
        assert answer.exit_code == 0, answer.output
        assert "60 invented survivors" in answer.output
        with app.app_context():
            assert count(CaseFile.id) == 60
            worker = next(a for a in kept_accounts() or [] if a.username == "an.ctxh")
            actor = actor_for(sign_in(worker.username, worker.passphrase, ""))
            line = case_queries.visible_cases(actor).rows[0]
            with unit_of_work():
                opened = read_case(actor, case_queries.visible_case(actor, line.id))
            assert not opened.opening.view.faults
            assert opened.section("identity").answers["paper_name"]
        close(app)
