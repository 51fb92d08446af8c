"""`flask demo`: the planned province stands, everybody can sign in, and no real one is touched."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select

from referral.accounts.founding import init_root
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.model import Agency
from referral.cases import queries as case_queries
from referral.cases.model import CaseFile, Section
from referral.cases.service import read_case
from referral.cli.demo import passages, tonight
from referral.cli.demo.accounts import ACCOUNTS_FILE, DEMO_PASSPHRASE, kept_accounts
from referral.cli.demo.agencies import cast_of
from referral.cli.demo.cases import LOCAL
from referral.cli.demo.events import LATEST, SPACING, Step, timeline
from referral.cli.demo.survivors import generate
from referral.followup.queries import visible_tasks
from referral.kernel import clock, deployment
from referral.kernel.db import db, session, unit_of_work
from referral.referrals import states as referral_states
from referral.referrals.model import Referral
from referral.referrals.queries import inbox
from referral.shelters.model import Stay
from referral.shelters.queries import board, places_near, visible_sites
from referral.vault.directory import may_hold_keys
from tests.infrastructure.application import application, environment_for, migrated_database

pytestmark = pytest.mark.heavy

SEED, COUNT = 2024, 8
SMALL = cast_of("small")
PRESENT = datetime(2024, 11, 25, 21, 40, tzinfo=LOCAL)


def run(app: Any, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["demo", *arguments])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(request, run_folder, tmp_path_factory):
    """An installation into which the command has loaded eight survivors, once an engine."""
    folder = tmp_path_factory.mktemp("demo") / "instance"
    folder.mkdir(mode=0o700)
    with migrated_database(request.param, run_folder, folder) as url:
        environment = environment_for(url, folder)
        app = application(environment)
        answer = run(app, "load", "--cases", str(COUNT), "--seed", str(SEED))
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        assert answer.exit_code == 0, answer.output
        yield environment, answer


def started(environment: dict[str, str]) -> Iterator[Any]:
    app = application(environment)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def demo(installation) -> Iterator[Any]:
    """The loaded installation, started as a server would start it.

    Without the second factor: a code is good once, and the tests sign in many times a minute.
    """
    yield from started({**installation[0], "SECOND_FACTOR": "0"})


@pytest.fixture
def guarded_demo(installation) -> Iterator[Any]:
    """The same, asking for the second factor."""
    yield from started(installation[0])


@pytest.fixture(scope="module")
def planned():
    return timeline(generate(SEED, COUNT), SMALL.sites)


def actor(username: str) -> Any:
    account = next(a for a in kept_accounts() or [] if a.username == username)
    code = pyotp.TOTP(account.totp_secret).now()
    return actor_for(sign_in(username, account.passphrase, code))


def counted(column: Any) -> Counter:
    rows = session().execute(select(column, func.count()).group_by(column))
    return Counter({row[0]: row[1] for row in rows})


def test_what_was_planned_is_what_was_written(demo, planned):
    steps = Counter(event.step for event in planned)
    states = counted(Referral.state)
    kinds = counted(Section.kind)
    assert counted(CaseFile.state) == Counter(
        {"closed": steps[Step.CLOSE], "open": COUNT - steps[Step.CLOSE]}
    )
    assert sum(states.values()) == steps[Step.SEND] + steps[Step.OFFER]
    assert counted(Referral.kind)["custody"] == steps[Step.OFFER]
    for state, step in (
        ("declined", Step.DECLINE),
        ("withdrawn", Step.WITHDRAW),
        ("cancelled", Step.CANCEL),
        ("expired", Step.EXPIRE),
    ):
        assert states[state] == steps[step], state
    assert states["completed"] == steps[Step.COMPLETE] + steps[Step.TAKE] + steps[Step.CHECK_OUT]
    for kind in ("incident_report", "identity", "safe_contact", "incident", "needs"):
        assert kinds[kind] == COUNT, kind
    assert kinds["service"] == steps[Step.SERVE] + steps[Step.CHECK_IN]
    assert kinds["consent"] == steps[Step.CONSENT]
    assert kinds["follow_up"] == steps[Step.FOLLOW_UP]
    assert sum(counted(Stay.state).values()) == steps[Step.HOLD]


def test_fourteen_agencies_and_the_operator_are_live_and_the_others_are_listed(demo):
    assert counted(Agency.state) == Counter({"live": 15, "listed": 139})


def test_every_member_signs_in_and_reaches_only_what_the_role_may_hold(guarded_demo):
    accounts = kept_accounts() or []
    assert {a.username for a in accounts} == {m.username for m in SMALL.members}
    for account in accounts:
        member = actor(account.username)
        assert member.role == account.role
        assert member.agency_name == account.agency
        assert may_hold_keys(account.role) or not member.keys.circle_ids


def test_access_log_and_directory_verify(demo):
    for command in (["audit", "verify"], ["directory", "verify"]):
        answer = demo.test_cli_runner().invoke(args=command)
        assert answer.exit_code == 0, answer.output
        assert "BROKEN" not in answer.output


def test_it_is_marked_as_a_demo_and_opens_on_its_evening(demo, installation):
    facts = deployment.current()
    assert facts.is_demo
    elapsed = clock.now() - PRESENT
    assert timedelta(0) <= elapsed < timedelta(minutes=15)
    assert "DEMO" in installation[1].stdout


def test_every_case_reads_without_a_fault_for_whoever_looks_after_it(demo):
    centre = actor("an.ctxh")
    lines = case_queries.visible_cases(centre).rows
    assert lines
    for line in lines:
        with unit_of_work():
            opened = read_case(centre, case_queries.visible_case(centre, line.id))
        assert not opened.opening.view.faults
        assert {s.status for s in opened.sections} <= {"open", "sealed"}
        if line.is_custodian:
            identity = opened.section("identity")
            assert identity is not None
            assert identity.answers["spoken_name"]


def test_the_first_pages_of_the_evening_have_work_on_them(demo):
    now = clock.now()
    waiting = [
        line
        for username in ("nghia.aluoi", "lia.hongha", "pon.hongha", "my.benhvien", "luat.phaply")
        for line in inbox(actor(username), states=("sent",)).rows
    ]
    late = [line for line in waiting if line.decide_by <= now]
    assert [line.urgency for line in late] == ["p0"]
    soon = [line for line in waiting if now < line.decide_by < now + timedelta(hours=1)]
    assert "p1" in {line.urgency for line in soon}
    assert all(line.summary for line in waiting)
    assert session().scalars(select(Stay).where(Stay.state == "held")).all()


def test_somebody_is_typing_and_a_supervisor_must_sign(demo):
    typed = {d.place for d in case_queries.visible_drafts(actor("pon.hongha"))}
    assert typed == {"incident_report"}
    supervisors = [m.username for m in SMALL.members if "supervisor" in m.roles]
    kinds = {task.kind for name in supervisors for task in visible_tasks(actor(name))}
    assert "cosign" in kinds


def test_places_are_counted_for_who_refers_and_shown_to_who_keeps_them(demo):
    officer = actor("pon.hongha")
    lines = places_near(officer, unit_code="20050", on=clock.today())
    names = {SMALL.areas[slug].name_vi for slug in ("ubnd-hong-ha", "bao-tro-xa-hoi")}
    assert {line.name_vi for line in lines} == names
    keeper = actor("lia.hongha")
    sites = visible_sites(keeper)
    assert len(sites) == 7
    assert board(keeper, sites[0], clock.today(), 3).rooms
    assert not visible_sites(officer)


def test_a_second_load_is_refused_and_if_absent_says_nothing(demo):
    before = counted(CaseFile.state)
    again = run(demo, "load")
    assert again.exit_code == 1
    assert "loaded already" in again.output
    quiet = run(demo, "load", "--if-absent")
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert counted(CaseFile.state) == before


def test_a_load_that_was_broken_off_is_not_taken_for_a_demo(demo, installation):
    file = Path(installation[0]["INSTANCE_PATH"]) / ACCOUNTS_FILE
    kept = file.read_bytes()
    file.unlink()
    try:
        answer = run(demo, "load", "--if-absent")
    finally:
        file.write_bytes(kept)
        file.chmod(0o600)
    assert answer.exit_code == 1
    assert "broken off" in answer.output


def test_the_sign_ins_are_listed_and_the_file_is_the_owners_alone(demo, installation):
    listed = json.loads(run(demo, "accounts", "--json").output)
    assert len(listed) == 35
    assert {row["passphrase"] for row in listed} == {DEMO_PASSPHRASE}
    for row in listed:
        assert set(row) >= {"username", "full_name", "role", "agency", "totp_secret"}
    shown = run(demo, "accounts").output
    assert all(row["totp_secret"] in shown for row in listed)
    file = Path(installation[0]["INSTANCE_PATH"]) / ACCOUNTS_FILE
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_installation_that_is_no_demo_is_never_touched(app):
    with app.app_context():
        init_root("gốc rễ bền lâu năm tháng", is_demo=False)
        for arguments in (("load",), ("load", "--if-absent")):
            answer = run(app, *arguments)
            assert answer.exit_code == 1
            assert "no demo" in answer.output
        assert not deployment.current().is_demo
        assert session().scalar(select(func.count()).select_from(Agency)) == 0


def test_without_tables_it_says_what_to_do(empty_url, instance):
    app = application(environment_for(empty_url, instance))
    with app.app_context():
        answer = run(app, "load")
        db.engine.dispose()
    assert answer.exit_code == 1
    assert "db upgrade" in answer.output


@pytest.mark.parametrize(("seed", "count"), [(1, 1), (2, 3), (5, 20), (2024, 37), (9, 240)])
def test_the_year_is_written_in_order_and_ends_before_the_demo_opens(seed, count):
    events = timeline(generate(seed, count), SMALL.sites)
    gaps = [later.at - sooner.at for sooner, later in pairwise(events)]
    assert all(gap >= SPACING for gap in gaps)
    assert events[-1].at < PRESENT
    assert Counter(e.step for e in events)[Step.REPORT] == count
    assert LATEST < PRESENT


def test_the_same_seed_writes_the_same_year():
    def shape(seed: int) -> list[tuple[Any, ...]]:
        return [
            (e.at, e.step, e.case.number, e.agency) for e in timeline(generate(seed), SMALL.sites)
        ]

    assert shape(4) == shape(4)
    assert shape(4) != shape(5)


def test_the_limits_of_the_plan_are_those_of_the_product():
    limits = {str(urgency): limit for urgency, limit in referral_states.DECIDE_WITHIN.items()}
    assert limits == passages.DECIDE_WITHIN


def test_an_open_case_is_left_for_every_planned_kind_of_evening():
    """Positive control: the small preset has work for each of the evening's receivers."""
    found = generate(SEED)
    made = tonight.passages(found, passages.Stays(found, SMALL.sites))
    assert [p.receiver for p in made] == [w.receiver for w in tonight.EVENING]
