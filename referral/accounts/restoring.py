"""What a restore does to accounts: nobody who had left comes back, no old passphrase opens.

Run by whoever holds the root's file, inside the transaction that puts the rows in place.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select, update

from referral.accounts.model import Invitation, Member, MemberBody, RecoveryKit
from referral.accounts.queries import member_by_username
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.audit import trail
from referral.kernel import clock, db, states
from referral.kernel.actor import SYSTEM
from referral.kernel.db import session
from referral.kernel.errors import NotFound, NotPermitted, StateConflict
from referral.vault.directory import ADMINISTRATOR, fingerprint, reinstate, roles_in
from referral.vault.root import RootKey


def bar_removed(member_ids: Iterable[UUID]) -> int:
    """Let nobody in who had been removed; the administrator removes each again; how many."""
    count = 0
    for row in _members(member_ids):
        if row.state not in {MemberState.REMOVED, MemberState.BARRED}:
            _forget(row)
            directory.drop_wraps(row.id)
            session().execute(delete(Invitation).where(Invitation.member_id == row.id))
            states.advance(row, "bar", MEMBER)
            count += 1
    return count


def forget_keys(member_ids: Iterable[UUID]) -> int:
    """Destroy the records of passphrases that had been changed, and what was sealed to their keys.

    Those keys may be in wrong hands, and nobody reaches them any more: their members enrol anew.
    """
    rows = [row for row in _members(member_ids) if row.state != MemberState.REMOVED]
    for row in rows:
        _forget(row)
        directory.drop_wraps(row.id)
    return len(rows)


def forget_papers(member_ids: Iterable[UUID]) -> int:
    """Let no recovery code and no sheet be good again that had been replaced; of how many members.

    What took their place is not in the backup: it is made anew.
    """
    rows = _members(member_ids)
    ids = [row.id for row in rows]
    session().execute(delete(RecoveryKit).where(RecoveryKit.member_id.in_(ids)))
    session().execute(update(MemberBody).where(MemberBody.member_id.in_(ids)).values(sheet=None))
    session().flush()
    return len(rows)


def hold_members(member_ids: Iterable[UUID]) -> int:
    """Let accounts wait whose roles had changed: the administrator confirms each; how many."""
    return _hold(_members(member_ids))


def hold_everyone() -> int:
    """Let every account wait for its administrator, and take back every open invitation."""
    session().execute(delete(Invitation))
    return _hold(session().scalars(select(Member)).all())


def _hold(rows: Iterable[Member]) -> int:
    active = [row for row in rows if row.state == MemberState.ACTIVE]
    for row in active:
        states.advance(row, "hold", MEMBER)
    return len(active)


def _members(member_ids: Iterable[UUID]) -> list[Member]:
    wanted = set(member_ids)
    return list(session().scalars(select(Member).where(Member.id.in_(wanted)))) if wanted else []


def _forget(row: Member) -> None:
    """Neither the old passphrase nor a code on paper, which may have been used or lost since."""
    for table in (MemberBody, RecoveryKit):
        session().execute(delete(table).where(table.member_id == row.id))
    session().flush()


def digits_of_administrator(agency_id: UUID, username: str) -> tuple[UUID, str]:
    """An administrator who waits since a restore, and the digits of the keys in the signed log.

    `NotFound` when nobody of this name waits there.
    """
    row = member_by_username(username.strip().lower())
    if row is None or (row.agency_id, row.state) != (agency_id, MemberState.ENROLLED):
        raise NotFound("nobody of this name waits")
    stated = directory.stated_member(agency_id, row.id)
    if stated is None or ADMINISTRATOR not in roles_in(stated.role):
        raise NotFound("not an administrator")
    return row.id, fingerprint(stated.exchange_public, stated.signing_public)


def confirm_administrator(root: RootKey, agency_id: UUID, member_id: UUID, *, digits: str) -> None:
    """The root lets an administrator go on, who then confirms the colleagues one by one.

    `NotPermitted` for other digits than those of the keys in the signed log, `StateConflict` when
    the account does not wait.
    """
    with db.unit_of_work():
        db.begin_write()
        log = directory.directory_of(agency_id)
        stated = log.member(member_id)
        expected = fingerprint(stated.exchange_public, stated.signing_public)
        if digits.replace(" ", "") != expected.replace(" ", ""):
            raise NotPermitted("another fingerprint")
        row = session().get_one(Member, member_id)
        if row.state != MemberState.ENROLLED:
            raise StateConflict(row.state, "confirm")
        statement = reinstate(root.signing, log, at=clock.now(), member_id=member_id)
        directory.append_statement(agency_id, statement)
        states.advance(row, "confirm", MEMBER)
        trail.record(SYSTEM, "directory.confirm_after_restore", kind="member", object_id=member_id)
