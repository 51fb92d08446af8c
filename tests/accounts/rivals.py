"""What several do with one account in the same instant. Run in processes of their own."""

from multiprocessing.synchronize import Barrier
from uuid import UUID

from referral.accounts.parking import WrongPin, take_up
from referral.accounts.proof import change_passphrase, prepare_passphrase
from referral.accounts.queries import oneself, visible_member
from referral.accounts.service import change_roles, remove_member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.kernel import db
from referral.kernel.errors import (
    InvalidInput,
    NotPermitted,
    SignInRequired,
    StateConflict,
    VersionConflict,
)
from tests.factories.installation import PATIENCE
from tests.factories.province import PASSPHRASE

WON, WRONG, GONE, TOLD = "won", "wrong", "gone", "told"


def guess(barrier: Barrier, token: str, pins: list[str]) -> list[str]:
    """Try each PIN, the first together with the other processes."""
    outcomes = []
    barrier.wait(PATIENCE)
    for pin in pins:
        try:
            take_up(token, pin)
            outcomes.append(WON)
        except WrongPin:
            outcomes.append(WRONG)
        except SignInRequired:
            outcomes.append(GONE)
    return outcomes


def enter(barrier: Barrier, username: str, code: str) -> str:
    """Sign in with a code that the other process shows as well."""
    barrier.wait(PATIENCE)
    try:
        return sign_in(username, PASSPHRASE, code) and WON
    except InvalidInput:
        return WRONG


def change(barrier: Barrier, token: str, new: str) -> str:
    """Change the passphrase, each process to another one."""
    actor = actor_for(token)
    db.rollback()
    prepared = prepare_passphrase(actor, passphrase=PASSPHRASE, new_passphrase=new)
    db.rollback()
    barrier.wait(PATIENCE)
    try:
        with db.unit_of_work():
            change_passphrase(actor, oneself(actor), prepared=prepared)
    except StateConflict:
        return TOLD
    return WON


def reroled(barrier: Barrier, token: str, member_id: UUID, role: str, expected: int) -> str:
    """Give a colleague or oneself other roles, or with none remove the colleague."""
    actor = actor_for(token)
    member = visible_member(actor, member_id)
    db.rollback()
    barrier.wait(PATIENCE)
    try:
        with db.unit_of_work():
            if role:
                change_roles(actor, member, role=role, expected=expected)
            else:
                remove_member(actor, member)
    except VersionConflict:
        return TOLD
    except NotPermitted:
        return GONE
    except InvalidInput:
        return WRONG
    return WON
