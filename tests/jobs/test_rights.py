"""The server's own jobs do all their work without the right to read one ciphertext."""

import os
import secrets
from datetime import timedelta

import pytest
import sqlalchemy
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.exc import DatabaseError

from referral.accounts.queries import oneself
from referral.agencies.kinds import AgencyKind
from referral.cases.model import CaseFile
from referral.cases.service import save_draft
from referral.jobs.rights import grants_for, is_body, take_job_rights
from referral.jobs.runner import perform
from referral.jobs.schedule import SCHEDULE
from referral.kernel import clock, db
from referral.kernel.instance import RELEASE_FOLDER, instance
from referral.notices.channels import add_channel
from referral.notices.kinds import Medium
from referral.referrals.service import accept_referral, send_referral
from tests.factories.blueprint import build_houses
from tests.factories.province import Province, case_of, consent_of
from tests.security.own_account import CARRIED
from tests.shelters import refuge as shelter

DAY = timedelta(days=1)


@pytest.fixture
def jobs_url(engine_url, make_app):
    """The address under which jobs sign in: on PostgreSQL a role of its own, made for this test."""
    if engine_url.startswith("sqlite"):
        yield ""
        return
    role = f"jobs_{secrets.token_hex(4)}"
    owner = sqlalchemy.create_engine(engine_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        with make_app().app_context():
            for statement in grants_for(role, db.db.engine):
                connection.exec_driver_sql(statement)
        url = sqlalchemy.make_url(engine_url).set(username=role)
        yield url.render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP OWNED BY {role}")
        connection.exec_driver_sql(f"DROP ROLE {role}")
    owner.dispose()


def _send(officer, case, circle_id, urgency):
    with db.unit_of_work():
        return send_referral(
            officer,
            case,
            kind="service",
            circle_id=circle_id,
            urgency=urgency,
            kinds=["needs"],
            summary={"reason": "Cần khám trong tuần."},
        )


@pytest.fixture
def waiting(make_app):
    """Something for every job: a hold, referrals, a letter, tasks, sessions, a forgotten key."""
    with make_app(SECOND_FACTOR="0", **CARRIED).app_context():
        province = Province()
        build_houses(province, shelter.PLANS)
        refuge = shelter.in_province(province)
        refuge.hold(bed_ids=refuge.beds()[:1], party=shelter.ALONE)
        hospital = refuge.province.house("yt", AgencyKind.HEALTH_FACILITY, "health_worker")
        nurse = refuge.province.worker(hospital, "health_worker")
        with db.unit_of_work():
            me = oneself(nurse)
            add_channel(nurse, me, medium=Medium.EMAIL, address="someone@example.vn")
        case = case_of(refuge.officer, needs={"needs": ["health_care"]})
        with db.unit_of_work():
            save_draft(refuge.officer, None, place=f"needs:{case.id}", typed={"other_needs": ["?"]})
        consent_of(refuge.officer, case, agency_id=hospital.id, kinds=["needs"])
        sent = [
            _send(refuge.officer, case, hospital.circle_id(), urgency)
            for urgency in ("p0", "p1", "p3")
        ]
        with db.unit_of_work():
            accept_referral(
                nurse, sent[1], worker_id=nurse.member_id, first_contact_at=clock.now() + DAY
            )
        instance.remove(f"{RELEASE_FOLDER}/{sent[0].id}")  # lost: to be sent again
        name = f"{RELEASE_FOLDER}/{case.id}"
        instance.write(name, b"forgotten")
        os.utime(instance.folder / name, (0, 0))


def _owner_counts(engine_url, *tables):
    owner = sqlalchemy.create_engine(engine_url)
    with owner.connect() as connection:
        counts = [connection.scalar(sqlalchemy.text(f"select count(*) from {t}")) for t in tables]
    owner.dispose()
    return counts


@pytest.mark.promise("keys-belong-to-people")
def test_every_job_does_its_work_without_rights_on_bodies(waiting, make_app, jobs_url, engine_url):
    gone = ("referral_payload_body", "member_session_body", "draft_body")
    assert all(count > 0 for count in _owner_counts(engine_url, *gone))
    bundles = _owner_counts(engine_url, "grant_bundle_body")
    done = dict.fromkeys((job.id for job in SCHEDULE), 0)
    with make_app(SECOND_FACTOR="0").app_context():
        take_job_rights(jobs_url)
        start = clock.now()
        for later in (11 * DAY, 100 * DAY, 108 * DAY):
            with time_machine.travel(start + later):
                for job in SCHEDULE:
                    done[job.id] += perform(job) or 0
    assert {job for job, count in done.items() if count == 0} == set()
    assert _owner_counts(engine_url, *gone) == [0, 0, 0]
    assert _owner_counts(engine_url, "grant_bundle_body") < bundles


@pytest.mark.promise("keys-belong-to-people")
def test_a_job_process_can_neither_read_nor_write_a_body(waiting, make_app, jobs_url):
    bodies = [t for name, t in sorted(db.db.metadata.tables.items()) if is_body(name)]
    assert len(bodies) > 8
    with make_app(SECOND_FACTOR="0").app_context():
        for body in bodies:
            for attempt in _attempts(body):
                _try(attempt)  # with the rights of the web, nothing is refused
        take_job_rights(jobs_url)
        assert db.session().scalar(select(func.count(CaseFile.id))) > 0
        db.rollback()
        for body in bodies:
            for attempt in _attempts(body):
                with pytest.raises(DatabaseError):
                    _try(attempt)
                db.rollback()


def _attempts(body):
    sealed = [column for column in body.columns if not column.primary_key]
    assert sealed
    reads = [select(column) for column in sealed]
    return [*reads, select(func.count()).select_from(body), update(body).values({sealed[0]: None})]


def _try(attempt):
    if attempt.is_select:
        db.session().execute(attempt).all()
    else:
        db.session().execute(attempt.where(sqlalchemy.false()))
    db.rollback()
