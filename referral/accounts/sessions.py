"""Sealed sessions: from a token to an actor with open keys, and back to nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from referral.accounts.model import Member, MemberSession, MemberSessionBody
from referral.accounts.roles import fitting_roles, permissions_of
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.agencies.heirs import load_passed
from referral.agencies.model import Agency
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import begin_write, commit, session
from referral.kernel.errors import SignInRequired
from referral.vault.keys import Keyring, MemberKeys
from referral.vault.sealed_session import (
    SessionPlace,
    new_token,
    open_session,
    row_id,
    seal_session,
)


class Lifetimes:
    """How long sessions live; set once by the composition root."""

    def __init__(self) -> None:
        self.idle = timedelta(minutes=15)
        self.absolute = timedelta(hours=8)

    def configure(self, *, idle: timedelta, absolute: timedelta) -> None:
        """Take the installation's limits."""
        self.idle, self.absolute = idle, absolute


lifetimes = Lifetimes()
TOUCH_AFTER = timedelta(minutes=1)


def start_session(member: Member, keys: MemberKeys) -> str:
    """Open a session for a member whose keys are open; gives the token, which is kept nowhere."""
    token = new_token()
    created_at = clock.now()
    expires_at = created_at + lifetimes.absolute
    place = SessionPlace(deployment.current().id, member.id, created_at, expires_at)
    session().add(
        MemberSession(
            id=row_id(token),
            member_id=member.id,
            created_at=created_at,
            expires_at=expires_at,
            seen_at=created_at,
        )
    )
    session().flush()
    body = seal_session(token, place, keys.to_bytes())
    session().add(MemberSessionBody(session_id=row_id(token), body=body))
    session().flush()
    return token


def actor_for(token: str) -> Actor:
    """The actor of a live session, keys open; `SignInRequired` otherwise."""
    found = (
        session()
        .execute(
            select(MemberSession, MemberSessionBody, Member, Agency)
            .join(MemberSessionBody, MemberSessionBody.session_id == MemberSession.id)
            .join(Member, Member.id == MemberSession.member_id)
            .join(Agency, Agency.id == Member.agency_id)
            .where(MemberSession.id == row_id(token))
        )
        .one_or_none()
    )
    if found is None:
        raise SignInRequired
    row, sealed, member, agency = found
    _check_alive(row, member)
    here = deployment.current().id
    place = SessionPlace(here, member.id, row.created_at, row.expires_at)
    keys = open_session(token, place, sealed.body)
    _touch(row)
    return member_actor(member, agency, keys, session_id=row.id)


def _check_alive(row: MemberSession, member: Member) -> None:
    moment = clock.now()
    if moment >= row.expires_at or moment >= row.seen_at + lifetimes.idle:
        raise SignInRequired
    if member.state not in {MemberState.ACTIVE, MemberState.ENROLLED}:
        raise SignInRequired


def _touch(row: MemberSession) -> None:
    """Note that the session is in use, at most once a minute; not audited."""
    moment = clock.now()
    if moment - row.seen_at < TOUCH_AFTER:
        return
    session_id = row.id
    begin_write()
    fresh = session().get(MemberSession, session_id)
    if fresh is not None:
        fresh.seen_at = moment
    commit()


def member_actor(
    member: Member, agency: Agency, keys: MemberKeys, *, session_id: str | None = None
) -> Actor:
    """A member with open keys; one not yet confirmed may do nothing and reaches no circle.

    The signed log of the agency says who the member is, not the row: `SignInRequired` for other
    keys than the log states, and the role is the log's, as far as the kind of agency has it.
    """
    active = member.state == MemberState.ACTIVE
    keyring = Keyring(deployment.current().id, member.id, member.agency_id, keys)
    role = member.role
    if active:
        role = fitting_roles(_stated_role(keyring), directory.stated_kind(agency))
        directory.load_wraps(keyring)
        load_passed(keyring)
    return Actor(
        member_id=member.id,
        agency_id=member.agency_id,
        role=role,
        permissions=permissions_of(role) if active else frozenset(),
        display_name=member.display_name,
        agency_name=agency.name_vi,
        session_id=session_id,
        keys=keyring if active else None,
    )


def _stated_role(keyring: Keyring) -> str:
    stated = directory.stated_member(keyring.agency_id, keyring.member_id)
    mine = (keyring.exchange_public, keyring.signing_public)
    if stated is None or (stated.exchange_public, stated.signing_public) != mine:
        raise SignInRequired
    return stated.role


def end_session(session_id: str) -> None:
    """Delete one session; its keys are gone with it."""
    session().execute(delete(MemberSessionBody).where(MemberSessionBody.session_id == session_id))
    session().execute(delete(MemberSession).where(MemberSession.id == session_id))


def end_sessions_of(member_id: UUID) -> None:
    """Delete all sessions of a member."""
    ids = select(MemberSession.id).where(MemberSession.member_id == member_id)
    session().execute(delete(MemberSessionBody).where(MemberSessionBody.session_id.in_(ids)))
    session().execute(delete(MemberSession).where(MemberSession.member_id == member_id))


def purge_ended(moment: datetime) -> int:
    """Delete sessions past their end or idle limit; how many. Needs no key (a job's work)."""
    ended = (MemberSession.expires_at <= moment) | (
        MemberSession.seen_at <= moment - lifetimes.idle
    )
    gone = session().execute(delete(MemberSession).where(ended))
    return int(getattr(gone, "rowcount", 0))
