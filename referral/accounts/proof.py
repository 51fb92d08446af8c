"""The passphrase again: before membership, keys and export, and before it is changed.

A wrong one counts as a refused sign-in does. The session gets another token: one that was taken
before is worth nothing after it.
"""

from dataclasses import dataclass, field
from typing import Final

from referral.accounts import attempts, policy, sessions
from referral.accounts.attempts import Attempt
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member, MemberBody
from referral.accounts.sessions import end_sessions_of
from referral.accounts.signin import (
    OpenedKeys,
    RecordChanged,
    hold_record,
    open_keys,
    sealed_record,
)
from referral.audit import trail
from referral.audit.operation import operation
from referral.kernel import events
from referral.kernel.actor import Actor
from referral.kernel.db import commit, rollback, session
from referral.kernel.errors import InvalidInput, SignInRequired, StateConflict
from referral.kernel.permissions import Permission
from referral.vault.passphrase import check_strength, normalised

PROVE: Final = "accounts.prove"
CHANGE: Final = "accounts.change_passphrase"
WRONG_AGAIN: Final = "The passphrase is not right."
SAME: Final = "This is the passphrase in use. Choose another."


def prove(actor: Actor, passphrase: str, *, address: str | None = None) -> str:
    """The session's new token, in which the passphrase counts as given now.

    `InvalidInput` for a wrong one; `SignInRequired` when the session has ended meanwhile.
    """
    opened, tried = open_again(actor, passphrase, address, PROVE)
    try:
        hold_record(opened)
        token = sessions.renew_session(str(actor.session_id), opened.keys)
    except (RecordChanged, SignInRequired):
        rollback()
        raise SignInRequired from None
    if tried is not None:
        attempts.note_opening(tried)
    trail.record(actor, PROVE, kind="member", object_id=actor.member_id)
    commit()
    return token


def open_again(
    actor: Actor, passphrase: str, address: str | None, operation_name: str
) -> tuple[OpenedKeys, Attempt | None]:
    """The member's keys by the passphrase; `InvalidInput` for a wrong one, which is counted.

    Who is not in a session has none to open again.
    """
    if actor.session_id is None or actor.member_id is None:
        raise SignInRequired
    member = session().get_one(Member, actor.member_id)
    tried = None if address is None else attempts.attempt(member.username, address)
    try:
        return open_keys(member, passphrase, tried, operation=operation_name), tried
    except InvalidInput:
        raise InvalidInput({"passphrase": [WRONG_AGAIN]}) from None


@dataclass(frozen=True, slots=True)
class NewPassphrase:
    """The member's keys under the new passphrase, and what the old one has opened."""

    opened: OpenedKeys
    record: bytes = field(repr=False)
    tried: Attempt | None


def prepare_passphrase(
    actor: Actor, *, passphrase: str, new_passphrase: str, address: str | None = None
) -> NewPassphrase:
    """Ask the old one again and seal the keys under the new one; nothing is changed yet.

    `InvalidInput` when the old one is wrong, or the new one is weak or the same.
    """
    try:
        check_strength(new_passphrase)
    except InvalidInput as refusal:
        raise InvalidInput({"new_passphrase": refusal.fields["passphrase"]}) from None
    if normalised(new_passphrase) == normalised(passphrase):
        raise InvalidInput({"new_passphrase": [SAME]})
    opened, tried = open_again(actor, passphrase, address, CHANGE)
    return NewPassphrase(opened, sealed_record(new_passphrase, opened), tried)


@operation(Permission.ACCOUNT_USE, policy.is_self)
def change_passphrase(actor: Actor, member: Member, *, prepared: NewPassphrase) -> Member:
    """Put one's keys under another passphrase; every other session ends, the locked ones too.

    `StateConflict` when somebody else with the old passphrase was first: nothing is changed then.
    """
    try:
        body: MemberBody = hold_record(prepared.opened)
    except RecordChanged:
        raise StateConflict("changed", "change_passphrase") from None
    body.record = prepared.record
    end_sessions_of(member.id, but=actor.session_id)
    if prepared.tried is not None:
        attempts.note_opening(prepared.tried)
    session().flush()
    events.publish(PassphraseChanged(member.id))
    return member
