"""The whole province loaded: counted by raw rows, and by what members' keys open.

Without the stories, whose survivors fill the cells of the quotas as nearly as they can.
"""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.model import Agency, Circle
from referral.cases import queries as case_queries
from referral.cases.model import CaseFile, Section
from referral.cases.service import read_case
from referral.cli.demo.accounts import kept_accounts
from referral.kernel.db import db, session, unit_of_work
from referral.referrals.model import Referral
from referral.shelters.model import Bed, Site, Stay
from tests.infrastructure.application import application, environment_for, migrated_database

pytestmark = pytest.mark.long
READERS = {
    "police_officer", "health_worker", "social_worker", "case_worker", "supervisor",
}  # fmt: skip


@pytest.fixture(scope="module")
def environment(run_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("standard") / "instance"
    folder.mkdir(mode=0o700)
    with migrated_database("sqlite", run_folder, folder) as url:
        environment = environment_for(url, folder, SECOND_FACTOR="0")
        app = application(environment)
        answer = app.test_cli_runner().invoke(
            args=["demo", "load", "--preset", "standard", "--cases", "240"]
        )
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        assert answer.exit_code == 0, answer.output
        assert "243 members, 240 invented survivors" in answer.output
        yield environment


@pytest.fixture
def province(environment):
    app = application(environment)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def counted(*columns: Any) -> Counter:
    rows = session().execute(select(*columns, func.count()).group_by(*columns))
    return Counter({row[0] if len(columns) == 1 else tuple(row[:-1]): row[-1] for row in rows})


def test_the_directory_stands(province):
    assert counted(Agency.state) == {"live": 118 + 1, "listed": 117 + 10}
    assert counted(Circle.purpose) == {"cases": 116 + 1, "statistics": 1, "shelter": 34}
    assert counted(Site.kind) == {"host_home": 52, "commune_room": 6, "institution": 2}
    beds = select(func.count()).select_from(Bed).where(Bed.is_cot.is_(False))
    assert session().scalar(beds) == 146


def test_every_case_is_written(province):
    assert counted(CaseFile.state) == {"open": 97, "closed": 143 + 40}
    kinds = counted(Section.kind)
    for kind in ("incident_report", "identity", "safe_contact", "incident", "needs"):
        assert kinds[kind] == 240 + 40, kind
    assert kinds["closure"] == 143 + 40


def test_the_referrals_of_the_year_stand_as_planned(province):
    """Ten of the evening come on top; four would go from the centre to itself, and are not sent."""
    kinds = counted(Referral.kind)
    assert kinds["service"] + kinds["shelter"] == 318 + 10 - 4
    assert kinds["shelter"] == 63 + 2
    states = counted(Referral.state)
    assert states["declined"] == 31 + 13 + 1 - 1  # redirected stands as declined; one this evening
    assert states["withdrawn"] == 22
    assert states["expired"] == 5


def test_57_came_to_a_house_and_3_are_there(province):
    states = counted(Stay.state)
    assert (states["left"], states["arrived"]) == (54, 3)


def test_members_open_what_was_written_for_them(province):
    """Each agency's first worker reads its cases: 240 incidents of the year, 24 that came again."""
    kinds: Counter = Counter()
    again, read = 0, set()
    for account in kept_accounts() or []:
        if account.agency in read or not READERS & set(account.role.split("+")):
            continue
        actor = actor_for(sign_in(account.username, account.passphrase, ""))
        lines = list(all_cases(actor))
        if lines:
            read.add(account.agency)
        for line in lines:
            with unit_of_work():
                opened = read_case(actor, case_queries.visible_case(actor, line.id))
            assert not opened.opening.view.faults
            for section in opened.sections:
                if section.holder_agency != actor.agency_id or section.status != "open":
                    continue
                if section.kind == "incident" and str(section.answers["occurred_on"]) >= "2024":
                    kinds[section.answers["gbvims_type"]] += 1
                again += section.kind == "follow_up" and section.answers["new_violence"] == "yes"
    assert kinds == {
        "rape": 16,
        "sexual_assault": 24,
        "physical_assault": 118 - 16,
        "forced_marriage": 7,
        "denial_of_resources": 18,
        "psychological_abuse": 69 - 8,
        "not_gender_based": 12,
    }
    assert again == 24


def all_cases(actor):
    cursor = None
    while True:
        page = case_queries.visible_cases(actor, cursor=cursor, size=500)
        yield from page.rows
        if (cursor := page.next_cursor) is None:
            return
