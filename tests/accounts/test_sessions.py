"""A session ends when it should, and opens by nothing but its own token and its own row."""

import base64
import logging

import pytest
from sqlalchemy import func, select, text

from referral.accounts.model import Member, MemberSession, MemberSessionBody
from referral.accounts.sessions import (
    actor_for,
    end_sessions_of,
    lifetimes,
    purge_ended,
)
from referral.accounts.signin import sign_in, sign_out
from referral.accounts.states import MemberState
from referral.cases import service as cases
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotPermitted, SignInRequired
from referral.kernel.permissions import Permission
from tests.accounts.station import Station
from tests.factories.installation import hours_pass
from tests.factories.province import PASSPHRASE

OFFICER = "congan.police_officer"


def minutes(limit: str) -> float:
    return getattr(lifetimes, limit).total_seconds() / 60


def ended(token: str) -> bool:
    db.rollback()
    try:
        actor_for(token)
    except SignInRequired:
        return True
    return False


@pytest.fixture
def token(station: Station) -> str:
    return sign_in(OFFICER, PASSPHRASE, "")


def test_a_session_ends_when_it_was_idle(token: str) -> None:
    hours_pass((minutes("idle") - 1) / 60)
    assert not ended(token)
    hours_pass(minutes("idle") / 60)
    assert ended(token)


def test_using_a_session_keeps_it_but_never_past_its_end(token: str) -> None:
    for _ in range(int(minutes("absolute") // 10) - 1):
        hours_pass(10 / 60)
        assert not ended(token)
    hours_pass(10 / 60)
    assert ended(token)
    assert purge_ended(clock.now()) > 0
    db.rollback()


def test_signing_out_ends_this_session_at_once_and_no_other(token: str) -> None:
    other = sign_in(OFFICER, PASSPHRASE, "")
    sign_out(actor_for(token))
    assert ended(token)
    assert not ended(other)
    kept = select(func.count()).select_from(MemberSessionBody)
    headers = select(func.count()).select_from(MemberSession)
    assert db.session().scalar(kept) == db.session().scalar(headers)


def test_all_sessions_of_a_member_end_together(station: Station) -> None:
    tokens = [sign_in(OFFICER, PASSPHRASE, "") for _ in range(2)]
    bystander = sign_in(station.police.administrator, PASSPHRASE, "")
    with db.unit_of_work():
        db.begin_write()
        end_sessions_of(station.officer.member_id)
    assert [ended(one) for one in tokens] == [True, True]
    assert not ended(bystander)


@pytest.mark.parametrize("stray", ["", "x", "é", "A" * 43, "%%%", "c" * 42 + "A"])
def test_a_token_that_is_none_opens_nothing(station: Station, stray: str) -> None:
    assert ended(stray)


@pytest.mark.promise("keys-belong-to-people")
def test_neither_the_database_nor_the_cookie_alone_opens_a_session(token: str) -> None:
    actor = actor_for(token)
    other = sign_in(OFFICER, PASSPHRASE, "")
    theirs = actor_for(other)

    def body(session_id: str | None) -> MemberSessionBody:
        return db.session().get_one(MemberSessionBody, session_id)

    db.rollback()
    db.begin_write()  # the cookie with another session's ciphertext under its row
    kept = body(actor.session_id).body
    body(actor.session_id).body = body(theirs.session_id).body
    db.commit()
    assert ended(token)
    db.begin_write()  # the cookie alone: nothing under its row
    db.session().delete(body(actor.session_id))
    db.commit()
    assert ended(token)
    db.begin_write()
    db.session().add(MemberSessionBody(session_id=actor.session_id, body=kept))
    db.commit()
    assert not ended(token)
    assert actor.session_id is not None
    assert ended(actor.session_id)  # the database alone: the row's id is no cookie
    as_cookie = base64.urlsafe_b64encode(bytes.fromhex(actor.session_id)).decode().rstrip("=")
    assert ended(as_cookie)


@pytest.mark.parametrize("column", ["member_id", "expires_at", "created_at"])
def test_a_session_given_to_somebody_else_or_more_time_opens_no_more(
    station: Station, token: str, column: str
) -> None:
    values = {
        "member_id": station.administrator.member_id,
        "expires_at": clock.now() + 10 * lifetimes.absolute,
        "created_at": clock.now(),
    }
    session_id = actor_for(token).session_id
    db.rollback()
    db.begin_write()
    setattr(db.session().get_one(MemberSession, session_id), column, values[column])
    db.commit()
    assert ended(token)


def test_the_token_stands_nowhere_in_the_database_and_in_no_log(
    station: Station, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = sign_in(OFFICER, PASSPHRASE, "")
    actor = actor_for(token)
    db.rollback()
    raw = base64.urlsafe_b64decode(token + "=")
    found = everything()
    assert str(actor.session_id).encode() in found  # what is looked for would be found
    for shape in (token.encode(), raw, raw.hex().encode(), base64.b64encode(raw)):
        assert shape not in found
        assert shape not in caplog.text.encode()
    assert PASSPHRASE.encode() not in found


def everything() -> bytes:
    """All rows of all tables, as bytes."""
    parts: list[bytes] = []
    for table in db.db.metadata.sorted_tables:
        for row in db.session().execute(text(f'SELECT * FROM "{table.name}"')):
            for value in row:
                is_raw = isinstance(value, (bytes, memoryview))
                parts.append(bytes(value) if is_raw else str(value).encode())
    return b"\n".join(parts)


@pytest.mark.promise("keys-belong-to-people")
def test_a_member_nobody_has_confirmed_may_do_nothing_and_holds_no_key(station: Station) -> None:
    member = station.enrolled()
    actor = actor_for(sign_in(member.username, PASSPHRASE, ""))
    assert actor.permissions == frozenset()
    assert actor.keys is None
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.open_case(actor, None, sections={"needs": {}})
    grasping = with_permissions(actor)
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.open_case(grasping, None, sections={"needs": {}})


def with_permissions(actor: Actor) -> Actor:
    from dataclasses import replace

    return replace(actor, permissions=frozenset(Permission))


def test_an_account_that_is_active_no_more_ends_its_sessions_at_once(station: Station) -> None:
    member = station.confirmed()
    token = sign_in(member.username, PASSPHRASE, "")
    assert not ended(token)
    db.begin_write()
    db.session().get_one(Member, member.id).state = MemberState.INVITED
    db.commit()
    assert ended(token)
