"""A role that holds keys shows a second factor, each code once: of a phone, or printed on paper."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from referral.accounts.founding import countersign
from referral.accounts.model import Member, MemberBody
from referral.accounts.service import confirm_member, fingerprint_of
from referral.accounts.sessions import actor_for
from referral.accounts.signin import WRONG, doorkeeper, needs_factor, sign_in
from referral.kernel import clock, db
from referral.kernel.deployment import Deployment
from referral.kernel.errors import InvalidInput, SignInRequired
from tests.accounts import rivals
from tests.accounts.station import Station
from tests.accounts.test_proof import left_of, sheet_of
from tests.agencies.newcomer import pending
from tests.factories.installation import together
from tests.factories.province import PASSPHRASE

SETTINGS = {"SECOND_FACTOR": "1"}


def code_of(station: Station, member: Member, *, late: int = 0) -> str:
    """The code a phone shows now, or showed so many steps ago."""
    moment = clock.clock.unshifted() - timedelta(seconds=30 * late)
    return pyotp.TOTP(station.province.factors[member.username]).at(moment)


def forget_step(member_id: object) -> None:
    """As if no code had been shown yet."""
    with db.unit_of_work():
        db.begin_write()
        row = db.session().scalars(select(Member).where(Member.id == member_id)).one()
        row.factor_step = 0


@pytest.fixture
def member(station: Station) -> Member:
    made = station.confirmed()
    forget_step(made.id)
    db.rollback()
    return made


def refused(member: Member, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        sign_in(member.username, PASSPHRASE, code)
    assert error.value.fields == {"passphrase": [WRONG]}


def test_a_code_is_good_once(station: Station, member: Member) -> None:
    code = code_of(station, member)
    assert actor_for(sign_in(member.username, PASSPHRASE, code)).permissions
    refused(member, code)
    forget_step(member.id)
    assert sign_in(member.username, PASSPHRASE, code)


def test_a_code_before_one_that_was_used_is_good_no_more(station: Station, member: Member) -> None:
    earlier = code_of(station, member, late=1)
    assert sign_in(member.username, PASSPHRASE, code_of(station, member, late=-1))
    refused(member, earlier)


@pytest.mark.parametrize("code", ["", "000 000x", "123", "đủ sáu số"])
def test_without_the_right_code_nothing_opens(member: Member, code: str) -> None:
    refused(member, code)


def test_a_code_long_past_or_of_another_phone_opens_nothing(
    station: Station, member: Member
) -> None:
    refused(member, code_of(station, member, late=20))
    other = station.confirmed()
    theirs, mine = code_of(station, other), code_of(station, member)
    if theirs != mine:
        refused(member, theirs)
    assert sign_in(member.username, PASSPHRASE, f" {mine[:3]} {mine[3:]} ")


def test_a_member_whose_factor_was_struck_from_the_database_stays_out(
    station: Station, member: Member
) -> None:
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(MemberBody, member.id).factor = None
        db.session().get_one(Member, member.id).has_factor = False
    refused(member, code_of(station, member))


def test_a_session_from_before_the_confirmation_ends_with_it(station: Station) -> None:
    newcomer = station.enrolled()
    token = sign_in(newcomer.username, PASSPHRASE, "")
    assert not actor_for(token).permissions
    with db.unit_of_work():
        confirm_member(
            station.administrator,
            station.member(newcomer.id),
            fingerprint_read=fingerprint_of(newcomer),
        )
    with pytest.raises(SignInRequired):
        actor_for(token)
    refused(newcomer, "")
    assert actor_for(sign_in(newcomer.username, PASSPHRASE, code_of(station, newcomer))).permissions


def test_a_founder_s_session_ends_when_the_root_has_signed(station: Station) -> None:
    founder = pending(f"moi{len(station.province.houses)}{clock.now():%f}")[1]
    token = sign_in(founder.username, PASSPHRASE, "")
    db.rollback()
    countersign(station.province.root, founder.agency_id, founder.id, kind="health_facility")
    with pytest.raises(SignInRequired):
        actor_for(token)
    refused(founder, "")


def test_nobody_is_confirmed_while_a_session_of_theirs_begins(station: Station) -> None:
    newcomer = station.enrolled()
    engine, blocked = db.db.engine, []

    def confirm_meanwhile(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("INSERT INTO member_session "):
            return
        with engine.connect() as other:
            impatient = "PRAGMA busy_timeout=1" if is_sqlite else "SET lock_timeout = 1"
            other.exec_driver_sql(impatient)
            other.commit()
            with pytest.raises(OperationalError):
                other.execute(update(Member).where(Member.id == newcomer.id).values(state="active"))
            other.rollback()
            other.invalidate()
        blocked.append(statement)

    is_sqlite = engine.dialect.name == "sqlite"
    event.listen(engine, "before_cursor_execute", confirm_meanwhile)
    try:
        sign_in(newcomer.username, PASSPHRASE, "")
    finally:
        event.remove(engine, "before_cursor_execute", confirm_meanwhile)
    assert len(blocked) == 1


def test_only_a_demo_may_do_without(station: Station, member: Member) -> None:
    gate = doorkeeper.gate

    def demo(value: bool) -> None:
        with db.unit_of_work():
            db.begin_write()
            db.session().scalars(select(Deployment)).one().is_demo = value

    try:
        doorkeeper.gate.second_factor = False
        assert not needs_factor(member)
        assert sign_in(member.username, PASSPHRASE, "")
        demo(False)
        assert needs_factor(station.member(member.id))
        db.rollback()
        refused(member, "")
    finally:
        gate.second_factor = True
        demo(True)


@pytest.mark.promise("printed-code-is-good-once")
def test_each_code_signs_in_once_and_a_new_sheet_voids_the_old(
    station: Station, member: Member
) -> None:
    actor = actor_for(sign_in(member.username, PASSPHRASE, code_of(station, member)))
    first, second, third = sheet_of(actor)[:3]
    with_code = actor_for(sign_in(member.username, PASSPHRASE, first))
    assert with_code.permissions
    assert left_of(with_code) == 9
    refused(member, first)
    spoken = second.lower().replace("-", " ")
    assert sign_in(member.username, PASSPHRASE, spoken)
    assert left_of(actor) == 8
    newer = sheet_of(actor)
    refused(member, third)
    assert sign_in(member.username, PASSPHRASE, newer[0])


def test_a_sheet_is_its_member_s_alone(station: Station, member: Member) -> None:
    other = station.confirmed()
    forget_step(other.id)
    theirs = actor_for(sign_in(other.username, PASSPHRASE, code_of(station, other)))
    refused(member, sheet_of(theirs)[0])
    refused(member, "ABCDE-12345")


@pytest.mark.promise("printed-code-is-good-once")
def test_of_two_who_show_the_same_code_at_once_one_is_let_in(
    station: Station, member: Member
) -> None:
    actor = actor_for(sign_in(member.username, PASSPHRASE, code_of(station, member)))
    code = sheet_of(actor)[0]
    told = together(station.home.environment, rivals.enter, [(member.username, code)] * 2)
    assert sorted(told) == [rivals.WON, rivals.WRONG]
    assert left_of(actor) == 9
