"""Sealed sessions: from a token to an actor with open keys, and back to nothing.

A session for which a PIN was chosen is locked where another ends: its open row goes, and with it
the keys under the token alone (`parking` takes it up again).

Whoever writes takes the member's row first, then what a PIN opens, then the open sessions, so that
no two wait for each other.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, true, update

from referral.accounts.model import (
    Member,
    MemberSession,
    MemberSessionBody,
    ParkedSession,
    ParkedSessionBody,
)
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
        self.park = timedelta(minutes=10)
        self.parked = timedelta(hours=12)

    def configure(
        self, *, idle: timedelta, absolute: timedelta, park: timedelta, parked: timedelta
    ) -> None:
        """Take the installation's limits; a session with a PIN is never open longer unused."""
        self.idle, self.absolute = idle, absolute
        self.park, self.parked = min(park, idle), parked


lifetimes = Lifetimes()
TOUCH_AFTER = timedelta(minutes=1)


def start_session(
    member: Member, keys: MemberKeys, *, is_proven: bool, until: datetime | None = None
) -> str:
    """Open a session for a member whose keys are open; gives the token, which is kept nowhere.

    `is_proven`: the passphrase was given for it just now. It ends at `until` at the latest.
    """
    moment = clock.now()
    ends = moment + lifetimes.absolute
    return _insert(
        SessionPlace(
            deployment.current().id,
            member.id,
            moment,
            ends if until is None else min(ends, until),
            moment if is_proven else None,
        ),
        keys,
    )


def renew_session(session_id: str, keys: MemberKeys) -> str:
    """Put another token in the place of a session's, since its passphrase was just given.

    `SignInRequired` when the session has ended meanwhile.
    """
    parked = parked_beside(session_id)
    row = session().get(MemberSession, session_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise SignInRequired
    here = deployment.current().id
    place = SessionPlace(here, row.member_id, row.created_at, row.expires_at, clock.now())
    token = _insert(place, keys)
    if parked is not None:
        parked.session_id, parked.tries = row_id(token), 0
        session().flush()
    close(session_id)
    return token


def _insert(place: SessionPlace, keys: MemberKeys) -> str:
    token = new_token()
    session().add(
        MemberSession(
            id=row_id(token),
            member_id=place.member_id,
            created_at=place.created_at,
            expires_at=place.expires_at,
            seen_at=clock.now(),
            proven_at=place.proven_at,
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
            select(MemberSession, MemberSessionBody, Member, Agency, ParkedSession)
            .join(MemberSessionBody, MemberSessionBody.session_id == MemberSession.id)
            .join(Member, Member.id == MemberSession.member_id)
            .join(Agency, Agency.id == Member.agency_id)
            .outerjoin(ParkedSession, ParkedSession.session_id == MemberSession.id)
            .where(MemberSession.id == row_id(token))
        )
        .one_or_none()
    )
    if found is None:
        raise SignInRequired
    row, sealed, member, agency, parked = found
    parked_id = parked.id if parked is not None else None
    _check_alive(row, member, has_pin=parked is not None)
    here = deployment.current().id
    place = SessionPlace(here, member.id, row.created_at, row.expires_at, row.proven_at)
    keys = open_session(token, place, sealed.body)
    _touch(row)
    return member_actor(
        member,
        agency,
        keys,
        session_id=row_id(token),
        proven_at=place.proven_at,
        parked_id=parked_id,
    )


def _check_alive(row: MemberSession, member: Member, *, has_pin: bool) -> None:
    if member.state not in {MemberState.ACTIVE, MemberState.ENROLLED}:
        raise SignInRequired
    idle_at = row.seen_at + (lifetimes.park if has_pin else lifetimes.idle)
    session_id, over_at = row.id, min(row.expires_at, idle_at)
    if clock.now() < over_at:
        return
    if has_pin:
        begin_write()
        park(session_id, at=over_at)
        commit()
    raise SignInRequired


def parked_beside(session_id: str | None) -> ParkedSession | None:
    """What a PIN would open of an open session, locked until the transaction ends."""
    query = select(ParkedSession).where(ParkedSession.session_id == session_id).with_for_update()
    return session().scalars(query.execution_options(populate_existing=True)).one_or_none()


def park(session_id: str, *, at: datetime) -> bool:
    """Lock a session: what opened by its token alone is deleted. False where no PIN was chosen."""
    parked = parked_beside(session_id)
    if parked is None:
        return False
    parked.session_id, parked.parked_at = None, at
    session().flush()
    close(session_id)
    return True


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
    member: Member,
    agency: Agency,
    keys: MemberKeys,
    *,
    session_id: str | None = None,
    proven_at: datetime | None = None,
    parked_id: str | None = None,
) -> Actor:
    """A member with open keys; one not yet confirmed may do nothing and reaches no circle.

    The signed log of the agency says who the member is, not the row: `SignInRequired` for other
    keys than the log states, and the role is the log's, as far as the kind of agency has it.
    """
    active = member.state == MemberState.ACTIVE
    keyring = Keyring(deployment.current().id, member.id, member.agency_id, keys)
    role = member.role
    if not active and keyring.exchange_public != member.exchange_public:
        raise SignInRequired  # the digits on the row are read out on the phone
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
        agency_name_en=agency.name_en,
        session_id=session_id,
        proven_at=proven_at,
        parked_id=parked_id,
        keys=keyring if active else None,
    )


def _stated_role(keyring: Keyring) -> str:
    log, epoch = directory.directory_of(keyring.agency_id), deployment.current().epoch
    if log.is_held(keyring.member_id, seq=log.head_seq, epoch=epoch):
        raise SignInRequired  # whatever the row says: nobody has confirmed it since a restore
    stated = directory.stated_member(keyring.agency_id, keyring.member_id)
    mine = (keyring.exchange_public, keyring.signing_public)
    if stated is None or (stated.exchange_public, stated.signing_public) != mine:
        raise SignInRequired
    return stated.role


def open_row(session_id: str | None) -> MemberSession:
    """The row of an open session; `SignInRequired` when it has ended meanwhile."""
    row = session().get(MemberSession, session_id or "", populate_existing=True)
    if row is None:
        raise SignInRequired
    return row


def close(session_id: str) -> None:
    """Delete what opens by the token alone; what a PIN opens stays."""
    session().execute(delete(MemberSessionBody).where(MemberSessionBody.session_id == session_id))
    session().execute(delete(MemberSession).where(MemberSession.id == session_id))


def end_session(session_id: str) -> None:
    """Delete one session and what a PIN would open of it; its keys are gone with it."""
    drop_pin(session_id)
    close(session_id)


def drop_pin(session_id: str) -> None:
    """Delete what a PIN would open of an open session, which goes on."""
    _delete_parked(ParkedSession.session_id == session_id)


def end_parked(parked_id: str) -> None:
    """Delete one parked session, and the open one beside it."""
    parked = session().get(ParkedSession, parked_id, populate_existing=True)
    if parked is not None and parked.session_id is not None:
        end_session(parked.session_id)
    _delete_parked(ParkedSession.id == parked_id)


def _delete_parked(which: ColumnElement[bool]) -> None:
    ids = list(session().scalars(select(ParkedSession.id).where(which)))
    session().execute(delete(ParkedSessionBody).where(ParkedSessionBody.parked_id.in_(ids)))
    session().execute(delete(ParkedSession).where(ParkedSession.id.in_(ids)))


def end_sessions_of(member_id: UUID, *, but: str | None = None) -> None:
    """Delete all sessions of a member, the parked too; `but` is one that goes on, with its PIN."""
    beside = ParkedSession.session_id
    others = true() if but is None else or_(beside.is_(None), beside != but)
    _delete_parked(and_(ParkedSession.member_id == member_id, others))
    query = select(MemberSession.id).where(MemberSession.member_id == member_id)
    for session_id in session().scalars(query).all():
        if session_id != but:
            close(session_id)


def hold_members(agency_id: UUID) -> None:
    """Hold the agency's members and their sessions until the transaction ends.

    Whoever signs in or out, or changes something of their own, has done it before, or waits.
    """
    mine = select(Member.id).where(Member.agency_id == agency_id)
    session().execute(mine.order_by(Member.id).with_for_update(key_share=True)).all()
    for table in (ParkedSession, MemberSession):
        theirs = select(table.id).where(table.member_id.in_(mine)).order_by(table.id)
        session().execute(theirs.with_for_update(key_share=True)).all()


def purge_ended(moment: datetime) -> int:
    """Delete sessions past their end or idle limit; how many. Needs no key (a job's work).

    Those with a PIN are locked by it: what opened by the token alone is gone.
    """
    is_over = MemberSession.expires_at <= moment
    unused = or_(is_over, MemberSession.seen_at <= moment - lifetimes.idle)
    locks = or_(is_over, MemberSession.seen_at <= moment - lifetimes.park)
    # A row that somebody holds is in use: it is left alone, and nobody waits for anybody.
    beside = select(ParkedSession.session_id).join(MemberSession).where(locks)
    held = session().scalars(beside.with_for_update(skip_locked=True, of=ParkedSession)).all()
    has_pin = select(ParkedSession.id).where(ParkedSession.session_id == MemberSession.id).exists()
    ended = or_(MemberSession.id.in_(held), and_(unused, ~has_pin))
    query = select(MemberSession.id).where(ended).with_for_update(skip_locked=True)
    ids = list(session().scalars(query))
    locked = update(ParkedSession).where(ParkedSession.session_id.in_(ids))
    session().execute(locked.values(session_id=None, parked_at=moment))
    session().execute(delete(MemberSession).where(MemberSession.id.in_(ids)))
    over = delete(ParkedSession).where(ParkedSession.expires_at <= moment)
    gone = session().execute(over)
    return len(ids) + int(getattr(gone, "rowcount", 0))
