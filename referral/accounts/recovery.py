"""Recovery kits: an administrator who is alone does not lose the agency with a passphrase.

The kit opens the administrator's own keys, and with them every circle they are in, also those made
after it. It is made by whoever can type the passphrase, good once, and counts only once its code
was typed again; the signed log of the agency says so, whatever a row says.
"""

from dataclasses import dataclass
from typing import Final, NoReturn
from uuid import UUID

import pyotp
from sqlalchemy import delete

from referral.accounts import attempts, policy
from referral.accounts.attempts import Attempt
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member, MemberBody, RecoveryKit, RecoveryKitBody
from referral.accounts.proof import open_again
from referral.accounts.queries import member_by_username
from referral.accounts.sessions import end_sessions_of, member_actor
from referral.accounts.signin import doorkeeper
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency
from referral.audit import trail
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock, deployment, events
from referral.kernel.actor import Actor
from referral.kernel.db import begin_write, commit, rollback, session
from referral.kernel.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    SignInRequired,
    Unreadable,
)
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.service import tell
from referral.vault.directory import ADMINISTRATOR, enrolment_context, roles_in
from referral.vault.keys import Keyring, MemberKeys, keyring_of
from referral.vault.passphrase import check_strength, same, seal_record
from referral.vault.primitives import Purpose
from referral.vault.recovery import (
    kit_digest,
    new_recovery_code,
    open_kit,
    seal_kit,
    spend_like_open_kit,
)

NOT_READY = (
    "Only one person there could open it, without a recovery code on paper. "
    "Choose another service, or call and ask for a second person."
)
WRONG = "Name or recovery code is not right, or the code was used."
MAKE: Final = "accounts.make_kit"


def prove_passphrase(actor: Actor, passphrase: str, *, address: str | None = None) -> None:
    """`InvalidInput` unless it is the actor's own; a wrong one counts as a refused sign-in does."""
    _require_administrator(actor)
    open_again(actor, passphrase, address, MAKE)


@operation(Permission.MEMBER_MANAGE, policy.is_self)
def make_kit(actor: Actor, member: Member) -> str:
    """A new recovery code, to be shown this once; one from before is good no more.

    The edge has had the passphrase typed again (`prove_passphrase`): an unattended browser must
    not give away a way in for good.
    """
    _require_administrator(actor)
    keyring = keyring_of(actor)
    code = new_recovery_code()
    if _body_of(member.id) is not None:
        bury(Ended.PAPER, member.id)  # whoever has found the one before comes in by no restore
    _store(keyring, code)
    return code


def _require_administrator(actor: Actor) -> None:
    if ADMINISTRATOR not in roles_in(actor.role):
        raise NotPermitted("kits are for administrators")


def _store(keyring: Keyring, code: str) -> None:
    session().execute(delete(RecoveryKit).where(RecoveryKit.member_id == keyring.member_id))
    session().add(RecoveryKit(member_id=keyring.member_id, made_at=clock.now()))
    session().flush()
    secret = keyring.member_secret()
    body = seal_kit(code, keyring.deployment, keyring.member_id, secret)
    session().add(RecoveryKitBody(member_id=keyring.member_id, body=body))
    session().flush()


@operation(Permission.MEMBER_MANAGE, policy.is_self)
def confirm_kit(actor: Actor, member: Member, *, code: str) -> None:
    """Take the code typed from paper: from now on the log says that the kit can be counted on.

    It says so once. `InvalidInput` for a mistyped or another code; `NotFound` without a kit.
    """
    _require_administrator(actor)
    keyring = keyring_of(actor)
    body = _body_of(member.id)
    if body is None:
        raise NotFound("no kit")
    try:
        opened = open_kit(code, keyring.deployment, member.id, body)
    except Unreadable as error:
        raise InvalidInput({"code": ["This is the code of another paper."]}) from error
    if not same(opened.to_bytes(), keyring.member_secret()):
        raise InvalidInput({"code": ["This is the code of another paper."]})
    if has_kit(member.agency_id, member.id):
        return
    directory.append(
        keyring,
        member.agency_id,
        at=clock.now(),
        kind="kit_confirmed",
        payload=(member.id, kit_digest(body)),
    )


def _body_of(member_id: UUID) -> bytes | None:
    row = session().get(RecoveryKitBody, member_id)
    return None if row is None else row.body


def has_kit(agency_id: UUID, member_id: UUID) -> bool:
    """Whether the log names a kit of the member, and the very body it names is there."""
    named = directory.directory_of(agency_id).kits.get(member_id)
    body = _body_of(member_id)
    return named is not None and body is not None and same(kit_digest(body), named)


@dataclass(frozen=True, slots=True)
class OwnKit:
    """How far one's own kit has come: its code is on paper, or waits to be typed from it."""

    is_confirmed: bool
    is_waiting: bool


def own_kit(actor: Actor) -> OwnKit:
    """The actor's kit as it stands; `NotPermitted` for whom kits are not for."""
    _require_administrator(actor)
    assert actor.agency_id is not None
    assert actor.member_id is not None
    is_confirmed = has_kit(actor.agency_id, actor.member_id)
    return OwnKit(is_confirmed, not is_confirmed and _body_of(actor.member_id) is not None)


def recover(
    username: str, code: str, passphrase: str, *, address: str | None = None
) -> tuple[Member, str, str]:
    """Come back with the code on paper: a new passphrase and second factor for the same keys.

    Gives the member, the factor's secret and the next recovery code, each to be shown once. All
    sessions end, and the other administrators are told. `InvalidInput` with one text for an
    unknown name, a wrong code and a used one.
    """
    check_strength(passphrase)
    name = username.strip().lower()
    tried = None if address is None else attempts.attempt(name, address)
    if tried is not None and attempts.is_counted_out(tried):
        rollback()
        raise InvalidInput({"code": [WRONG]})
    member = member_by_username(name)
    keys = None if member is None else _opened(member, code)
    here = deployment.current().id
    if member is None:
        spend_like_open_kit(code, here)
    if member is None or keys is None:
        _refuse(member, tried)
    gate = doorkeeper.gate
    context = enrolment_context(here, member.id)
    rollback()
    record = seal_record(gate.derivation, passphrase, gate.cost, context, keys.to_bytes())
    begin_write()
    change_keys(member.agency_id)
    session().refresh(member, with_for_update=True)
    if _opened(member, code) is None:  # somebody was faster
        _refuse(member, tried)
    return _come_back(member, keys, record)


def _opened(member: Member, code: str) -> MemberKeys | None:
    """The keys, if the kit is one that the log counts on and they are the member's there."""
    here, body = deployment.current().id, _body_of(member.id)
    if member.state != MemberState.ACTIVE or body is None:
        spend_like_open_kit(code, here)
        return None
    try:
        keys = open_kit(code, here, member.id, body)
    except Unreadable:
        return None
    stated = directory.stated_member(member.agency_id, member.id)
    mine = (keys.exchange_public, keys.signing_public)
    if stated is None or (stated.exchange_public, stated.signing_public) != mine:
        return None
    return keys if has_kit(member.agency_id, member.id) else None


def _refuse(member: Member | None, tried: Attempt | None) -> NoReturn:
    member_id = member.id if member is not None else None
    nobody = Actor(member_id=None, agency_id=None, role="", permissions=frozenset())
    rollback()
    begin_write()
    if tried is not None:
        attempts.note_refusal(tried)
    trail.record(
        nobody, "accounts.recover", kind="member", object_id=member_id, outcome=trail.REFUSED
    )
    commit()
    raise InvalidInput({"code": [WRONG]})


def _come_back(member: Member, keys: MemberKeys, record: bytes) -> tuple[Member, str, str]:
    keyring = Keyring(deployment.current().id, member.id, member.agency_id, keys)
    factor, code = pyotp.random_base32(), new_recovery_code()
    body = session().get_one(MemberBody, member.id)
    body.record = record
    body.factor = keyring.seal_own(Purpose.SECOND_FACTOR, ("totp", 1), factor.encode())
    member.has_factor, member.factor_step = True, 0
    session().flush()
    end_sessions_of(member.id)
    try:
        actor = member_actor(member, session().get_one(Agency, member.agency_id), keys)
    except SignInRequired as error:
        raise InvalidInput({"code": [WRONG]}) from error
    directory.append(
        keyring, member.agency_id, at=clock.now(), kind="kit_spent", payload=(member.id,)
    )
    _store(keyring, code)
    for other in directory.directory_of(member.agency_id).administrators():
        if other.member_id != member.id:
            tell(other.member_id, NoticeKind.KIT_USED, "member", member.id)
    events.publish(PassphraseChanged(member.id))
    trail.record(actor, "accounts.recover", kind="member", object_id=member.id)
    return member, factor, code


def may_receive(circle_id: UUID, agency_id: UUID, *, without: UUID | None = None) -> bool:
    """Whether a circle may be sent a case: two can open it, or one with a kit on paper.

    Else a passphrase that is forgotten takes every case it was given with it. `without` asks how
    it would be if that member left.
    """
    holders = directory.directory_of(agency_id).key_holders(circle_id) - {without}
    return len(holders) > 1 or any(has_kit(agency_id, member_id) for member_id in holders)


def agency_may_receive(agency_id: UUID) -> bool:
    """Whether any circle of the agency may be sent a case."""
    circles = directory.directory_of(agency_id).circles
    return any(may_receive(circle_id, agency_id) for circle_id in circles)
