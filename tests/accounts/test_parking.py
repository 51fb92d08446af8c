"""A locked session opens by its PIN, five times tried at most, and by nothing held alone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from referral.accounts import parking, session_list
from referral.accounts.model import (
    Member,
    MemberSession,
    MemberSessionBody,
    ParkedSession,
    ParkedSessionBody,
)
from referral.accounts.parking import MOST_TRIES, WrongPin, server_secret, take_up
from referral.accounts.queries import oneself
from referral.accounts.sessions import actor_for, lifetimes
from referral.accounts.signin import doorkeeper, sign_in
from referral.audit.model import AuditEntry
from referral.jobs.purging import purge_sessions
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import Busy, NotFound, ProofNeeded, SignInRequired
from referral.kernel.instance import SESSION_KEY, instance
from referral.vault.parked_session import parked_id
from referral.vault.passphrase import Derivation
from tests.accounts import rivals
from tests.accounts.station import Station
from tests.factories.installation import hours_pass, together
from tests.factories.province import PASSPHRASE

PIN, WRONG = "402817", "958206"


@pytest.fixture
def member(station: Station) -> Member:
    return station.confirmed()


@pytest.fixture
def derivation() -> Iterator[None]:
    """The gate as it was, after the test."""
    kept = doorkeeper.gate.derivation
    yield
    doorkeeper.gate.derivation = kept


def opened(member: Member) -> Actor:
    return actor_for(sign_in(member.username, PASSPHRASE, ""))


def with_pin(member: Member, pin: str = PIN) -> tuple[Actor, str]:
    """Somebody at work who has chosen a PIN, and the browser's token for it."""
    actor = opened(member)
    db.rollback()
    prepared = parking.prepare_pin(actor, pin)
    with db.unit_of_work():
        token = parking.choose_pin(actor, oneself(actor), prepared=prepared)
    return actor, token


def parked(member: Member) -> str:
    actor, token = with_pin(member)
    assert parking.park(actor)
    return token


def row(token: str) -> ParkedSession | None:
    db.rollback()
    return db.session().get(ParkedSession, parked_id(token))


def bodies(member: Member) -> int:
    query = select(func.count()).select_from(MemberSessionBody).join(MemberSession)
    return int(db.session().scalar(query.where(MemberSession.member_id == member.id)) or 0)


def refused(token: str, pin: str = WRONG) -> int:
    with pytest.raises(WrongPin) as wrong:
        take_up(token, pin)
    return wrong.value.left


@pytest.mark.promise("lock-opens-by-its-pin")
def test_locking_leaves_nothing_that_opens_without_the_pin(member: Member) -> None:
    token = parked(member)
    assert bodies(member) == 0
    with pytest.raises(SignInRequired):
        actor_for(token)
    again = actor_for(take_up(token, PIN))
    assert again.member_id == member.id
    assert again.parked_id == parked_id(token)
    assert again.proven_at is None, "a PIN is no passphrase"


@pytest.mark.promise("lock-opens-by-its-pin")
def test_neither_database_nor_browser_nor_server_nor_two_of_them_open_it(member: Member) -> None:
    """With the raw material of each: the row as it stands, the cookie, the key file."""
    token, other = parked(member), parked(member)
    secret = instance.read(SESSION_KEY)
    assert secret is not None
    assert len(secret) == 32
    db.rollback()
    for raw in db.session().scalars(select(ParkedSessionBody.body)):
        assert secret not in raw
    # browser and database without the server's file, with the right PIN
    server_secret.configure(b"\0" * 32)
    try:
        refused(token, PIN)
    finally:
        server_secret.configure(secret)
    # server and database without the browser: the row's id is no token
    with pytest.raises(SignInRequired):
        take_up(parked_id(token), PIN)
    # server and browser without the database: another session's body under this row
    with db.unit_of_work():
        db.begin_write()
        mine = db.session().get_one(ParkedSessionBody, parked_id(token))
        kept, theirs = mine.body, db.session().get_one(ParkedSessionBody, parked_id(other)).body
        mine.body = theirs
    refused(token, PIN)
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(ParkedSessionBody, parked_id(token)).body = kept
    assert take_up(token, PIN)


@pytest.mark.promise("lock-opens-by-its-pin")
def test_five_wrong_tries_destroy_it_and_each_is_on_record(member: Member) -> None:
    token = parked(member)
    assert [refused(token) for _ in range(MOST_TRIES)] == [4, 3, 2, 1, 0]
    assert row(token) is None
    with pytest.raises(SignInRequired):
        take_up(token, PIN)
    entries = select(func.count()).select_from(AuditEntry)
    mine = entries.where(AuditEntry.object_id == member.id, AuditEntry.outcome == "refused")
    assert db.session().scalar(mine.where(AuditEntry.operation == parking.TAKE_UP)) == MOST_TRIES


def test_the_right_pin_costs_no_try_and_gives_none_back(member: Member) -> None:
    token = parked(member)
    assert [refused(token) for _ in range(3)] == [4, 3, 2]
    parking.park(actor_for(take_up(token, PIN)))
    assert refused(token) == 1


@pytest.mark.promise("lock-opens-by-its-pin")
def test_of_many_wrong_pins_at_once_no_more_than_five_are_tried(
    station: Station, member: Member
) -> None:
    token = parked(member)
    guesses = [[f"{n}5820{k}" for k in range(4)] for n in (3, 4, 5)]
    outcomes = together(station.home.environment, rivals.guess, [(token, pins) for pins in guesses])
    told = [outcome for part in outcomes for outcome in part]
    assert told.count(rivals.WRONG) == MOST_TRIES
    assert told.count(rivals.GONE) == len(told) - MOST_TRIES
    assert row(token) is None


class Dying(Derivation):
    """Stands for the end of a process in the middle of a try."""

    def key(self, *_asked: object) -> bytes:  # type: ignore[override]  # never gives a key
        raise SystemExit


@pytest.mark.usefixtures("derivation")
def test_a_try_that_a_crash_cut_off_stays_counted(member: Member) -> None:
    token = parked(member)
    alive = doorkeeper.gate.derivation
    for number in range(1, MOST_TRIES + 1):
        doorkeeper.gate.derivation = Dying()
        with pytest.raises(SystemExit):
            take_up(token, PIN)
        left = row(token)
        assert left is not None
        assert left.tries == number
    doorkeeper.gate.derivation = alive
    with pytest.raises(SignInRequired):
        take_up(token, PIN)


@pytest.mark.usefixtures("derivation")
def test_a_try_that_nobody_had_time_to_judge_is_given_back(member: Member) -> None:
    token = parked(member)
    doorkeeper.gate.derivation = Derivation(parallel=0, queue=0)
    with pytest.raises(Busy):
        take_up(token, PIN)
    left = row(token)
    assert left is not None
    assert left.tries == 0


@pytest.mark.promise("lock-opens-by-its-pin")
def test_a_job_locks_what_is_idle_and_ends_what_is_past_its_day(member: Member) -> None:
    """Without keys and without rights on bodies: to lock is to delete."""
    _, token = with_pin(member)
    db.rollback()
    hours_pass(lifetimes.park.total_seconds() / 3600)
    with db.unit_of_work():
        assert purge_sessions(SYSTEM, None) >= 1
    assert bodies(member) == 0
    locked = row(token)
    assert locked is not None
    assert (locked.session_id, locked.parked_at is not None) == (None, True)
    assert actor_for(take_up(token, PIN))
    db.rollback()
    hours_pass(12)
    with pytest.raises(SignInRequired):
        take_up(token, PIN)
    with db.unit_of_work():
        purge_sessions(SYSTEM, None)
    assert row(token) is None


def test_what_a_pin_takes_up_never_outlives_the_twelve_hours(member: Member) -> None:
    token = parked(member)
    begun = clock.now()
    db.rollback()
    hours_pass(11.9)
    again = actor_for(take_up(token, PIN))
    ends = db.session().get_one(MemberSession, again.session_id).expires_at
    assert ends <= begun + lifetimes.parked


def test_another_pin_takes_the_place_of_the_one_before(member: Member) -> None:
    actor, token = with_pin(member)
    db.rollback()
    prepared = parking.prepare_pin(actor, WRONG)
    with db.unit_of_work():
        newer = parking.choose_pin(actor, oneself(actor), prepared=prepared)
    assert row(token) is None
    parking.park(actor)
    assert actor_for(take_up(newer, WRONG))


def test_choosing_a_pin_wants_the_passphrase_shown_lately(member: Member) -> None:
    token = parked(member)
    again = actor_for(take_up(token, PIN))
    db.rollback()
    prepared = parking.prepare_pin(again, WRONG)
    with pytest.raises(ProofNeeded), db.unit_of_work():
        parking.choose_pin(again, oneself(again), prepared=prepared)


@pytest.mark.promise("lost-phone-ends-everything")
def test_whoever_has_the_duty_ends_all_sessions_of_a_colleague_and_reads_nothing(
    station: Station, member: Member
) -> None:
    duty = opened(station.confirmed("duty_officer"))
    open_one, token = opened(member), parked(member)
    assert len(session_list.own_sessions(open_one)) == 2
    with db.unit_of_work():
        told = session_list.end_sessions_for(duty, oneself(open_one))
    assert told.id == member.id
    assert row(token) is None
    assert bodies(member) == 0
    with pytest.raises(SignInRequired):
        take_up(token, PIN)
    assert opened(member).permissions, "signing in stays possible"


def test_a_session_is_told_of_and_ended_by_its_owner_alone(
    station: Station, member: Member
) -> None:
    here, token = opened(member), parked(member)
    elsewhere = opened(member)
    lines = session_list.own_sessions(here)
    assert [(line.is_here, line.is_locked) for line in lines].count((True, False)) == 1
    assert {line.id for line in lines} == {here.session_id, elsewhere.session_id, parked_id(token)}
    stranger = station.administrator
    theirs = oneself(stranger)
    with pytest.raises(NotFound), db.unit_of_work():
        session_list.end_own_session(stranger, theirs, session_id=str(elsewhere.session_id))
    with db.unit_of_work():
        session_list.end_own_session(here, oneself(here), session_id=parked_id(token))
    assert row(token) is None
    with db.unit_of_work():
        session_list.end_other_sessions(here, oneself(here))
    assert [line.id for line in session_list.own_sessions(here)] == [here.session_id]
