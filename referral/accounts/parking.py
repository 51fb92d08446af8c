"""Locking a session, and taking it up again by a PIN.

The keys are sealed under browser, PIN and server when the PIN is chosen. To lock is then only to
delete what opens without it, so that the clock, a job or a colleague's request can lock too.
A try is counted, and the count committed, before it is judged: no crash and no race gives one back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from referral.accounts import policy, sessions
from referral.accounts.model import Member, ParkedSession, ParkedSessionBody
from referral.accounts.sessions import lifetimes
from referral.accounts.signin import doorkeeper
from referral.accounts.states import MemberState
from referral.agencies.model import Agency
from referral.audit import trail
from referral.audit.operation import operation
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import begin_write, commit, rollback, session
from referral.kernel.errors import Busy, InvalidInput, SignInRequired, Unreadable
from referral.kernel.permissions import Permission
from referral.vault.keys import MemberKeys, keyring_of
from referral.vault.parked_session import (
    ParkedPlace,
    ParkingKey,
    check_pin,
    open_parked,
    parked_id,
    seal_parked,
)
from referral.vault.sealed_session import new_token, row_id

MOST_TRIES: Final = 5
PARK: Final = "accounts.park"
TAKE_UP: Final = "accounts.take_up"
WRONG_PIN: Final = "The PIN is not right."


class ServerSecret:
    """The secret outside the database without which no PIN opens anything; set by the root."""

    def __init__(self) -> None:
        self._secret = b""

    def configure(self, secret: bytes) -> None:
        """Take the installation's key file."""
        self._secret = secret

    def key(self) -> ParkingKey:
        """With the cost that a PIN has: that of a passphrase."""
        gate = doorkeeper.gate
        return ParkingKey(self._secret, gate.derivation, gate.cost)


server_secret = ServerSecret()


class WrongPin(InvalidInput):
    """Another PIN; `left` tries remain, and with none the session is no more."""

    def __init__(self, left: int) -> None:
        super().__init__({"pin": [WRONG_PIN]})
        self.left = left


@dataclass(frozen=True, slots=True)
class PreparedPin:
    """A session's keys under a PIN, ready to be kept; the token goes to the browser."""

    token: str = field(repr=False)
    place: ParkedPlace
    body: bytes = field(repr=False)


def prepare_pin(actor: Actor, pin: str) -> PreparedPin:
    """Seal the session's keys under a PIN, Argon2 outside any transaction; nothing is kept yet.

    `InvalidInput` when the digits are too easily guessed.
    """
    check_pin(pin)
    keys = MemberKeys.from_bytes(keyring_of(actor).member_secret())
    open_row = sessions.open_row(actor.session_id)
    before = sessions.parked_beside(open_row.id)
    begun_at = before.begun_at if before is not None else open_row.created_at
    here, member_id = deployment.current().id, open_row.member_id
    rollback()
    place = ParkedPlace(here, member_id, begun_at, begun_at + lifetimes.parked)
    token = new_token()
    return PreparedPin(token, place, seal_parked(server_secret.key(), token, pin, place, keys))


@operation(Permission.ACCOUNT_USE, policy.is_self, proof=True)
def choose_pin(actor: Actor, member: Member, *, prepared: PreparedPin) -> str:
    """Keep what a PIN opens beside this session; gives the browser's token, kept nowhere else.

    From now on the session is locked when idle, and taken up by the PIN. One chosen before is gone.
    """
    open_row = sessions.open_row(actor.session_id)
    sessions.drop_pin(open_row.id)
    row = ParkedSession(
        id=parked_id(prepared.token),
        member_id=member.id,
        session_id=open_row.id,
        begun_at=prepared.place.begun_at,
        expires_at=prepared.place.expires_at,
        parked_at=None,
        tries=0,
    )
    session().add(row)
    session().flush()
    session().add(ParkedSessionBody(parked_id=row.id, body=prepared.body))
    session().flush()
    return prepared.token


def park(actor: Actor) -> bool:
    """Lock this session at once; False, and nothing done, where no PIN was chosen."""
    if actor.session_id is None:
        return False
    begin_write()
    if not sessions.park(actor.session_id, at=clock.now()):
        rollback()
        return False
    trail.record(actor, PARK, kind="member", object_id=actor.member_id)
    commit()
    return True


@dataclass(frozen=True, slots=True)
class Locked:
    """A parked session as the locked screen tells of it."""

    token: str = field(repr=False)
    id: str
    member_id: UUID
    display_name: str
    parked_at: datetime | None
    until: datetime
    left: int


def locked_sessions(tokens: Sequence[str]) -> list[Locked]:
    """Which of a browser's tokens still lead to a locked session, in the order given."""
    found = []
    for token in tokens:
        try:
            row = session().get(ParkedSession, parked_id(token), populate_existing=True)
        except SignInRequired:
            continue
        if row is not None and _is_good(row) and row.session_id is None:
            found.append(_told(token, row))
    return found


def _told(token: str, row: ParkedSession) -> Locked:
    member = session().get_one(Member, row.member_id)
    left = MOST_TRIES - row.tries
    return Locked(
        token, row.id, member.id, member.display_name, row.parked_at, row.expires_at, left
    )


def _is_good(row: ParkedSession) -> bool:
    return clock.now() < row.expires_at and row.tries < MOST_TRIES


def take_up(token: str, pin: str) -> str:
    """The token of the session that is open again; the PIN goes on locking it.

    `WrongPin` for another PIN, and after five the session is destroyed; `SignInRequired` where
    there is nothing to take up.
    """
    row, body = _counted(token)
    place = ParkedPlace(deployment.current().id, row.member_id, row.begun_at, row.expires_at)
    number, member_id = row.tries, row.member_id
    rollback()
    try:
        keys = open_parked(server_secret.key(), token, pin, place, body)
    except Busy:
        _give_back(token)
        raise
    except (Unreadable, SignInRequired):
        _refuse(token, member_id, left=MOST_TRIES - number)
        raise WrongPin(MOST_TRIES - number) from None
    return _open(token, member_id, keys)


def _counted(token: str) -> tuple[ParkedSession, bytes]:
    """The row after one more try is counted for good, and what is to be tried."""
    begin_write()
    row = _locked_row(token)
    body = session().get(ParkedSessionBody, row.id) if row is not None else None
    if row is None or body is None or not _is_good(row):
        rollback()
        raise SignInRequired
    row.tries += 1
    sealed = body.body
    commit()
    return row, sealed


def _locked_row(token: str) -> ParkedSession | None:
    query = select(ParkedSession).where(ParkedSession.id == parked_id(token)).with_for_update()
    return session().scalars(query.execution_options(populate_existing=True)).one_or_none()


def _give_back(token: str) -> None:
    """Nobody has looked at this try: there were too many at once."""
    begin_write()
    row = _locked_row(token)
    if row is not None:
        row.tries -= 1
    commit()


def _refuse(token: str, member_id: UUID, *, left: int) -> None:
    """Record the wrong PIN; the last one destroys the session, the open one beside it too."""
    nobody = Actor(member_id=None, agency_id=None, role="", permissions=frozenset())
    rollback()
    begin_write()
    if left <= 0:
        sessions.end_parked(parked_id(token))
    trail.record(nobody, TAKE_UP, kind="member", object_id=member_id, outcome=trail.REFUSED)
    commit()


def _open(token: str, member_id: UUID, keys: MemberKeys) -> str:
    """Begin an open session beside the parked one; the member's row first, as at a sign-in."""
    begin_write()
    member = session().get(Member, member_id, with_for_update=True, populate_existing=True)
    row = _locked_row(token)
    if row is None or member is None or member.state != MemberState.ACTIVE:
        rollback()
        raise SignInRequired
    if row.session_id is not None:
        sessions.close(row.session_id)
    opened = sessions.start_session(member, keys, is_proven=False, until=row.expires_at)
    row.session_id, row.parked_at = row_id(opened), None
    row.tries -= 1  # the right one is no wrong try
    try:
        actor = sessions.member_actor(member, session().get_one(Agency, member.agency_id), keys)
    except SignInRequired:
        rollback()
        raise
    trail.record(actor, TAKE_UP, kind="member", object_id=member.id)
    commit()
    return opened


def is_of(token: str, parked: str) -> bool:
    """Whether a token leads to the parked session of this id."""
    try:
        return parked_id(token) == parked
    except SignInRequired:
        return False


def limits() -> tuple[int, int]:
    """After how many idle minutes a session is locked, and for how many hours a PIN takes it up."""
    return (
        int(lifetimes.park.total_seconds() // 60),
        int(lifetimes.parked.total_seconds() // 3600),
    )


def forget(token: str, actor: Actor) -> bool:
    """End a parked session of one's own that a browser still holds; not another member's."""
    begin_write()
    row = _locked_row(token)
    if row is None or row.member_id != actor.member_id:
        rollback()
        return False
    sessions.end_parked(row.id)
    commit()
    return True
