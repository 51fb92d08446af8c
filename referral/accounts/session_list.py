"""Which sessions of one's own are open or locked, and ending them, also for a colleague."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from referral.accounts import policy, sessions
from referral.accounts.model import Member, MemberSession, ParkedSession
from referral.audit.operation import operation
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.permissions import Permission


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session, as much as is held of it: no address, no device."""

    id: str
    begun_at: datetime
    seen_at: datetime
    until: datetime
    is_here: bool
    is_locked: bool


def own_sessions(actor: Actor) -> list[SessionLine]:
    """The actor's sessions that could still be used: this one first, then the newest."""
    moment, lines = clock.now(), []
    mine = MemberSession.member_id == actor.member_id
    beside = ParkedSession.session_id == MemberSession.id
    query = select(MemberSession, ParkedSession).outerjoin(ParkedSession, beside).where(mine)
    for row, parked in session().execute(query):
        limit = sessions.lifetimes.park if parked else sessions.lifetimes.idle
        is_over = moment >= min(row.expires_at, row.seen_at + limit)
        if is_over and parked is None:
            continue
        lines.append(
            SessionLine(
                row.id,
                parked.begun_at if parked else row.created_at,
                row.seen_at,
                parked.expires_at if parked else row.expires_at,
                row.id == actor.session_id,
                is_over,
            )
        )
    lines += _locked(actor, moment)
    return sorted(lines, key=lambda line: (not line.is_here, -line.seen_at.timestamp()))


def _locked(actor: Actor, moment: datetime) -> list[SessionLine]:
    query = select(ParkedSession).where(
        ParkedSession.member_id == actor.member_id,
        ParkedSession.session_id.is_(None),
        ParkedSession.expires_at > moment,
    )
    return [
        SessionLine(
            row.id,
            row.begun_at,
            row.parked_at or row.begun_at,
            row.expires_at,
            is_here=False,
            is_locked=True,
        )
        for row in session().scalars(query)
    ]


@operation(Permission.ACCOUNT_USE, policy.is_self)
def end_own_session(actor: Actor, member: Member, *, session_id: str) -> Member:
    """End one of one's own sessions, open or locked; `NotFound` for anything else."""
    _lock(member)
    if not (session_id.isascii() and session_id.isprintable()):
        raise NotFound("no such session")  # nor would every database take it
    open_row = session().get(MemberSession, session_id)
    locked_row = session().get(ParkedSession, session_id)
    row = open_row or locked_row
    if row is None or row.member_id != member.id:
        raise NotFound("no such session")
    if open_row is not None:
        sessions.end_session(session_id)
    else:
        sessions.end_parked(session_id)
    return member


@operation(Permission.ACCOUNT_USE, policy.is_self)
def end_other_sessions(actor: Actor, member: Member) -> Member:
    """End every session of one's own but this one, the locked ones too."""
    _lock(member)
    sessions.end_sessions_of(member.id, but=actor.session_id)
    return member


@operation(Permission.SESSION_END, policy.is_colleague)
def end_sessions_for(actor: Actor, member: Member) -> Member:
    """End every session of a colleague whose phone is lost, the locked ones too.

    Whoever does so reads nothing, not even whether there were any. Signing in stays possible.
    """
    _lock(member)
    sessions.end_sessions_of(member.id)
    return member


def _lock(member: Member) -> None:
    """So that none begins meanwhile: whoever signs in or takes up locks this row too."""
    session().refresh(member, with_for_update=True)
