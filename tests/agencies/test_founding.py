"""An agency takes part once the root has said so, and a circle's key is what its log says."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND, agency_reports, countersign, waiting_founder
from referral.accounts.model import Member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import directory, service
from referral.agencies.model import Agency, Circle, CircleWrapBody, DirectoryEntry
from referral.agencies.queries import recipients
from referral.agencies.states import AgencyState, CirclePurpose
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.kernel import clock, db, deployment
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    InvalidInput,
    KeysMissing,
    NotFound,
    NotPermitted,
    NotVerified,
    StateConflict,
)
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault import primitives
from referral.vault.boxes import new_circle_secret
from referral.vault.directory import AgencyDirectory, found_agency
from referral.vault.keys import keyring_of, wrap_context
from referral.vault.primitives import Purpose
from referral.vault.root import new_root
from tests.agencies.conftest import Directory
from tests.agencies.newcomer import pending
from tests.factories.province import PASSPHRASE, case_of


def drop(agency_id: UUID) -> None:
    """Take the agency out of the list again, so that reports of the next test stay short."""
    db.rollback()
    db.begin_write()
    db.session().get_one(Agency, agency_id).state = AgencyState.LISTED
    db.commit()


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_an_agency_that_waits_for_the_root_receives_nothing(listed: Directory) -> None:
    agency, founder = pending("cho1")
    assert waiting_founder(agency.id) == (founder.id, accounts.fingerprint_of(founder))
    here = {line.agency_id: line for line in agency_reports()}
    assert here[agency.id].entries == 0
    assert [names for names, _ in here[agency.id].waiting] == ["cho1"]
    assert agency.id not in {r.agency_id for r in recipients(listed.officer, on=clock.today())}
    actor = actor_for(sign_in(founder.username, PASSPHRASE, ""))
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.make_circle(
            actor, agency, purpose=CirclePurpose.CASES, name_vi="cho", name_en="cho"
        )
    with pytest.raises(NotVerified):
        directory.directory_of(agency.id).member(founder.id)
    drop(agency.id)


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_a_database_that_calls_an_agency_live_gives_it_no_key(listed: Directory) -> None:
    agency, founder = pending("gia1")
    db.begin_write()
    db.session().get_one(Agency, agency.id).state = AgencyState.LIVE
    db.session().get_one(Member, founder.id).state = "active"
    circle_id = new_id()
    db.session().add(
        Circle(
            id=circle_id,
            agency_id=agency.id,
            purpose="cases",
            name_vi="g",
            name_en="g",
            generation=1,
            made_at=clock.now(),
        )
    )
    db.commit()
    with pytest.raises(NotVerified):
        directory.key_of(circle_id)
    case = case_of(listed.officer)
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.record_consent(
            listed.officer,
            case,
            kinds=["needs"],
            purpose="support",
            expires_at=clock.now() + timedelta(days=2),
            answers={"given_by": "survivor", "how": ["written"]},
            agency_id=agency.id,
        )
    from referral.referrals import service as referrals

    with pytest.raises(NotVerified), db.unit_of_work():
        referrals.send_referral(
            listed.officer,
            case_queries.visible_case(listed.officer, case.id),
            kind="service",
            circle_id=circle_id,
            urgency="p1",
            kinds=["needs"],
            summary={"reason": "Cần khám."},
        )
    db.rollback()
    with pytest.raises(InvalidInput):
        sign_in(founder.username, PASSPHRASE, "")
    drop(agency.id)


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_a_countersignature_of_another_root_founds_nothing(listed: Directory) -> None:
    agency, founder = pending("gia2")
    db.begin_write()
    statement = found_agency(
        new_root().signing,
        AgencyDirectory(deployment.current().id, agency.id),
        at=clock.now(),
        member_id=founder.id,
        exchange_public=founder.exchange_public,
        signing_public=founder.signing_public,
        kind=agency.kind,
    )
    with pytest.raises(NotVerified):
        service.found(agency, statement)
    db.rollback()
    assert db.session().get_one(Agency, agency.id).state == AgencyState.PENDING
    db.rollback()
    with pytest.raises(NotVerified):
        countersign(new_root(), agency.id, founder.id, kind="health_facility")
    db.rollback()
    countersign(listed.province.root, agency.id, founder.id, kind="health_facility")
    assert db.session().get_one(Agency, agency.id).state == AgencyState.LIVE
    assert directory.directory_of(agency.id).member(founder.id).role == "agency_administrator"
    db.rollback()
    with pytest.raises(NotVerified):
        countersign(listed.province.root, agency.id, founder.id, kind="health_facility")


def test_an_agency_is_invited_once_and_by_the_operator_alone(listed: Directory) -> None:
    agency, _ = pending("mot")
    with pytest.raises(StateConflict), db.unit_of_work():
        accounts.invite_first_administrator(
            FIRST_HAND, agency, username="khac.admin", display_name="Khác"
        )
    with pytest.raises(NotPermitted), db.unit_of_work():
        accounts.invite_first_administrator(
            listed.administrator, agency, username="khac.admin", display_name="Khác"
        )
    drop(agency.id)


def test_only_an_agency_s_own_administrator_makes_and_fills_its_circles(listed: Directory) -> None:
    stranger = listed.province.actor(listed.hospital.administrator)
    member_id = listed.officer.member_id
    assert member_id is not None
    circle = db.session().get_one(Circle, listed.police.circle_id())
    for actor in (stranger, listed.officer):
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.make_circle(
                actor,
                db.session().get_one(Agency, listed.police.id),
                purpose=CirclePurpose.CASES,
                name_vi="x",
                name_en="x",
            )
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.admit_to_circle(actor, circle, member_id=member_id)
    administrator, nurse = (
        listed.administrator,
        listed.province.worker(listed.hospital, "health_worker"),
    )
    assert nurse.member_id is not None
    with pytest.raises(NotVerified), db.unit_of_work():
        service.admit_to_circle(administrator, circle, member_id=nurse.member_id)


def planted(listed: Directory, circle_id: UUID, generation: int) -> CircleWrapBody:
    """A secret of the attacker's own, sealed to the officer as anybody with her public key can."""
    officer = listed.officer
    assert officer.member_id is not None
    context = wrap_context(deployment.current().id, circle_id, generation, officer.member_id)
    secret = new_circle_secret(circle_id, generation).secret
    body = primitives.seal_to(
        keyring_of(officer).exchange_public, Purpose.CIRCLE_SECRET, context, secret
    )
    return CircleWrapBody(
        id=new_id(),
        circle_id=circle_id,
        generation=generation,
        member_id=officer.member_id,
        body=body,
    )


@pytest.mark.promise("keys-belong-to-people")
def test_a_circle_s_secret_planted_in_the_database_is_not_believed(listed: Directory) -> None:
    circle_id = listed.police.circle_id()
    case = case_of(listed.officer)
    real = keyring_of(listed.officer).circle(circle_id).exchange_public
    db.rollback()
    db.begin_write()  # a newer generation, and a circle of another agency
    newer = planted(listed, circle_id, 2)
    foreign = planted(listed, listed.hospital.circle_id(), 1)
    db.session().add_all([newer, foreign])
    db.commit()
    keyring = keyring_of(listed.officer)
    assert keyring.circle_ids == {circle_id}
    assert keyring.circle(circle_id).exchange_public == real
    db.rollback()
    db.begin_write()
    query = select(CircleWrapBody).where(
        CircleWrapBody.circle_id == circle_id, CircleWrapBody.generation == 1
    )
    rows = {row.member_id: row for row in db.session().scalars(query)}
    mine = rows[listed.officer.member_id]  # type: ignore[index]  # a member always has one
    kept, mine.body = mine.body, planted(listed, circle_id, 1).body
    db.session().flush()
    db.commit()
    with pytest.raises(NotVerified):
        keyring_of(listed.officer).circle(circle_id)
    with pytest.raises(NotVerified), db.unit_of_work():
        cases.read_case(listed.officer, case_queries.visible_case(listed.officer, case.id))
    db.rollback()
    db.begin_write()
    db.session().get_one(CircleWrapBody, mine.id).body = kept
    for planted_id in (newer.id, foreign.id):
        db.session().delete(db.session().get_one(CircleWrapBody, planted_id))
    db.commit()
    assert keyring_of(listed.officer).circle(circle_id).exchange_public == real


def test_a_circle_s_row_moved_to_another_agency_gives_no_key(listed: Directory) -> None:
    circle_id = listed.hospital.circle_id()
    assert directory.key_of(circle_id).agency_id == listed.hospital.id
    db.rollback()
    db.begin_write()
    db.session().get_one(Circle, circle_id).agency_id = listed.police.id
    db.session().flush()
    with pytest.raises(NotVerified):
        directory.key_of(circle_id)
    db.rollback()
    with pytest.raises(NotFound):
        directory.key_of(new_id())


@pytest.fixture
def log(listed: Directory) -> Iterator[list[DirectoryEntry]]:
    """The station's log, seen by this process; as it was again after the test."""
    directory.directory_of(listed.police.id)
    query = select(DirectoryEntry).where(DirectoryEntry.agency_id == listed.police.id)
    table = DirectoryEntry.__table__
    rows = [dict(r) for r in db.session().execute(select(table)).mappings()]
    found = list(db.session().scalars(query.order_by(DirectoryEntry.seq)))
    assert len(found) >= 4
    db.rollback()
    yield found
    db.rollback()
    db.begin_write()
    db.session().execute(delete(DirectoryEntry))
    db.session().execute(table.insert(), rows)
    db.commit()
    assert directory.directory_of(listed.police.id).head_seq == len(found)


@pytest.mark.parametrize("kept", [0, 1, -1])
def test_a_log_cut_back_is_refused_by_a_process_that_has_seen_more(
    listed: Directory, log: list[DirectoryEntry], kept: int
) -> None:
    db.begin_write()
    gone = [entry.id for entry in log[kept:]]
    db.session().execute(delete(DirectoryEntry).where(DirectoryEntry.id.in_(gone)))
    db.commit()
    with pytest.raises(NotVerified):
        directory.directory_of(listed.police.id)
    with pytest.raises(NotVerified):
        directory.key_of(listed.police.circle_id())


def test_a_log_whose_last_entry_was_replaced_by_a_true_one_is_refused(
    listed: Directory, log: list[DirectoryEntry]
) -> None:
    """The administrator's own second version: each is signed, only one was seen."""
    last = log[-1]
    administrator = listed.administrator
    circle_id = listed.police.circle_id()
    db.rollback()
    db.begin_write()
    db.session().execute(delete(DirectoryEntry).where(DirectoryEntry.id == last.id))
    state = directory.pin.known(deployment.current().id, listed.police.id)
    assert state is not None
    circle = state.circles[circle_id]
    members = (keyring_of(administrator).member_id,)
    directory.append(
        keyring_of(administrator),
        listed.police.id,
        at=clock.now(),
        kind="circle_keyed",
        payload=(circle_id, circle.purpose, circle.generation, circle.public, members),
    )
    db.commit()
    with pytest.raises(NotVerified):
        directory.directory_of(listed.police.id)


@pytest.mark.parametrize("column", ["raw", "signature"])
def test_an_edited_entry_is_refused_by_a_process_that_reads_the_log_anew(
    listed: Directory, log: list[DirectoryEntry], column: str
) -> None:
    entry_id, value = log[1].id, getattr(log[1], column)
    db.rollback()
    db.begin_write()
    row = db.session().get_one(DirectoryEntry, entry_id)
    setattr(row, column, value[:-1] + bytes([value[-1] ^ 1]))
    db.commit()
    kept = dict(directory.pin._logs)
    directory.pin._logs.clear()
    try:
        with pytest.raises(NotVerified):
            directory.directory_of(listed.police.id)
        report = {line.agency_id: line for line in agency_reports()}[listed.police.id]
        assert report.fault
    finally:
        directory.pin._logs.update(kept)


def test_what_is_not_committed_is_not_remembered(listed: Directory) -> None:
    before = directory.directory_of(listed.police.id).head_seq
    db.rollback()
    db.begin_write()
    service.make_circle(
        listed.administrator,
        db.session().get_one(Agency, listed.police.id),
        purpose=CirclePurpose.CASES,
        name_vi="x",
        name_en="x",
    )
    assert directory.directory_of(listed.police.id).head_seq == before + 1
    db.rollback()
    assert directory.directory_of(listed.police.id).head_seq == before


@pytest.mark.promise("keys-belong-to-people")
def test_who_runs_the_system_opens_neither_a_case_nor_a_place_in_one(listed: Directory) -> None:
    case = case_of(listed.officer)
    boss = listed.province.worker(listed.operator, "system_administrator")
    assert Permission.AGENCY_CREATE in boss.permissions
    assert keyring_of(boss).circle_ids == frozenset()
    assert case_queries.visible_cases(boss).rows == []
    with pytest.raises(NotFound):
        case_queries.visible_case(boss, case.id)
    for actor in (boss, grasping(boss)):
        with pytest.raises(NotPermitted), db.unit_of_work():
            cases.read_case(actor, case)
        with pytest.raises((NotPermitted, KeysMissing)), db.unit_of_work():
            cases.open_case(actor, None, sections={"needs": {}})


def grasping(actor: Actor) -> Actor:
    """As if a fault gave a role every permission: keys decide still."""
    from dataclasses import replace

    return replace(actor, permissions=frozenset(Permission))
