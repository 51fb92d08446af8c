"""Signing in: opening the member's keys with the passphrase, then the second factor."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn

import pyotp

from referral.accounts import attempts, heads, sessions, sheets
from referral.accounts.attempts import Attempt
from referral.accounts.model import Member, MemberBody
from referral.accounts.queries import member_by_username
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.agencies.model import Agency
from referral.audit import trail
from referral.audit.queries import count_refused
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import begin_write, commit, rollback, session
from referral.kernel.errors import (
    Busy,
    InvalidInput,
    NotFound,
    ReferralError,
    SignInRequired,
    Unreadable,
)
from referral.vault.directory import enrolment_context, may_hold_keys
from referral.vault.keys import Keyring, MemberKeys
from referral.vault.passphrase import (
    Cost,
    Derivation,
    open_record,
    record_cost,
    seal_record,
    spend_like_open,
)
from referral.vault.primitives import Purpose

FACTOR = "second_factor"
FACTOR_WINDOW = timedelta(minutes=15)
MOST_CODES = 5
"""Wrong codes behind a right passphrase before all are refused for a while: six digits are few."""
SIGN_IN = "accounts.sign_in"
MOST_READINGS = 3
"""How often a sign-in looks again when the record changes under it."""
WRONG = "Name, passphrase or code is not right."


@dataclass
class Gate:
    """What signing in depends on; set once by the composition root."""

    derivation: Derivation
    cost: Cost
    second_factor: bool = True


class Doorkeeper:
    """The gate of this process."""

    def __init__(self) -> None:
        self.gate = Gate(Derivation(), Cost())

    def configure(self, gate: Gate) -> None:
        """Take the installation's cost, pepper and second-factor rule."""
        self.gate = gate


doorkeeper = Doorkeeper()


def sign_in(username: str, passphrase: str, code: str, *, address: str | None = None) -> str:
    """The token of a new session; `InvalidInput` with one text for every cause.

    `address` is where the request came from; without one, on the machine itself, nothing is
    counted. Argon2 runs outside any transaction. Each refusal is in the system's audit chain.
    """
    name = username.strip().lower()
    tried = None if address is None else attempts.attempt(name, address)
    for _ in range(MOST_READINGS):
        opened = open_keys(member_by_username(name), passphrase, tried)
        raised = _raised_record(passphrase, opened)
        try:
            return _admit(opened, code, raised=raised, tried=tried)
        except RecordChanged:
            rollback()
    raise Busy(retry_after=1)


@dataclass(frozen=True, slots=True)
class OpenedKeys:
    """What a passphrase has opened, and the very record that it was."""

    member: Member
    keys: MemberKeys = field(repr=False)
    record: bytes = field(repr=False)


class RecordChanged(ReferralError):
    """The passphrase record is another than the one that was opened: look again."""


def open_keys(
    member: Member | None, passphrase: str, tried: Attempt | None, *, operation: str = SIGN_IN
) -> OpenedKeys:
    """Open a member's keys with the passphrase, Argon2 outside any transaction; else refuse."""
    gate, record = doorkeeper.gate, _record_of(member)
    counted_out = tried is not None and attempts.is_counted_out(tried)
    rollback()
    if member is None or record is None or counted_out:
        spend_like_open(gate.derivation, passphrase, gate.cost)
        refuse(member, None if counted_out else tried, operation=operation)
    context = enrolment_context(deployment.current().id, member.id)
    rollback()
    try:
        keys = MemberKeys.from_bytes(open_record(gate.derivation, passphrase, context, record))
    except Unreadable:
        refuse(member, tried, operation=operation)
    return OpenedKeys(member, keys, record)


def hold_record(opened: OpenedKeys) -> MemberBody:
    """Begin the write and lock the member; `RecordChanged` unless it is still what was opened.

    Without this a passphrase that was changed meanwhile would let in once more, and a record made
    anew at a higher cost would put the old passphrase back.
    """
    begin_write()
    session().refresh(opened.member, with_for_update=True)
    body = session().get(MemberBody, opened.member.id, populate_existing=True)
    if body is None or body.record != opened.record:
        raise RecordChanged
    return body


def _record_of(member: Member | None) -> bytes | None:
    if member is None or member.state not in {MemberState.ACTIVE, MemberState.ENROLLED}:
        return None
    body = session().get(MemberBody, member.id)
    return body.record if body is not None else None


def _raised_record(passphrase: str, opened: OpenedKeys) -> bytes | None:
    """A new record when the installation's cost has risen since this one was made."""
    gate, made = doorkeeper.gate, record_cost(opened.record)
    if (made.memory_kib, made.passes) >= (gate.cost.memory_kib, gate.cost.passes):
        return None
    return sealed_record(passphrase, opened)


def sealed_record(passphrase: str, opened: OpenedKeys) -> bytes:
    """The same keys under a passphrase, at the installation's cost."""
    gate, context = doorkeeper.gate, enrolment_context(deployment.current().id, opened.member.id)
    rollback()
    return seal_record(gate.derivation, passphrase, gate.cost, context, opened.keys.to_bytes())


def _admit(opened: OpenedKeys, code: str, *, raised: bytes | None, tried: Attempt | None) -> str:
    body = hold_record(opened)  # a confirmation waits, or has been seen
    member, keys = opened.member, opened.keys
    if _record_of(member) is None:
        refuse(member, tried)
    if needs_factor(member):
        if count_refused(FACTOR, member.id, clock.now() - FACTOR_WINDOW) >= MOST_CODES:
            refuse(member, tried)
        if not _factor_holds(member, body, keys, code):
            refuse(member, tried, FACTOR)
    if raised is not None:
        body.record = raised
    token = sessions.start_session(member, keys, is_proven=True)
    try:
        actor = sessions.member_actor(member, session().get_one(Agency, member.agency_id), keys)
    except SignInRequired:  # the record beside the row is not this member's
        refuse(member, tried)
    if tried is not None:
        attempts.note_opening(tried)
    _record_opening(actor, member)
    commit()
    return token


def _record_opening(actor: Actor, member: Member) -> None:
    """The entry of the sign-in; the member's last heads are compared, and warned of or renewed."""
    found = heads.findings(actor)
    has_keys = actor.keys is not None
    telling = heads.telling_of(actor) if has_keys else None
    trail.record(actor, heads.SIGN_IN, kind="member", object_id=member.id, telling=telling)
    if found:
        heads.report(actor, found)
    elif has_keys:
        heads.remember(actor)


def asks_for_factor() -> bool:
    """Whether this installation asks for the second factor: only a demo may leave it out."""
    try:
        return doorkeeper.gate.second_factor or not deployment.current().is_demo
    except NotFound:
        return True


def needs_factor(member: Member) -> bool:
    """Whether this member must show one: every role that holds keys, and whoever has one.

    The role is the signed log's; somebody not in it yet needs none, and can do nothing either.
    """
    stated = directory.stated_member(member.agency_id, member.id)
    if not asks_for_factor() or (stated is None and member.state == MemberState.ENROLLED):
        return False
    return member.has_factor or may_hold_keys(stated.role if stated else member.role)


def _factor_holds(member: Member, body: MemberBody, keys: MemberKeys, code: str) -> bool:
    """Whether the one-time code is right and new; a code is good once (RFC 6238, 5.2).

    The member's row is locked, so that of two who show the same code at once one is let in.
    """
    keyring = Keyring(deployment.current().id, member.id, member.agency_id, keys)
    if sheets.is_printed(code):
        return sheets.use_code(keyring, body, code)
    if body.factor is None:
        return False
    secret = keyring.open_own(Purpose.SECOND_FACTOR, ("totp", 1), body.factor).decode()
    step = _matching_step(secret, code)
    if step is None or step <= member.factor_step:
        return False
    member.factor_step = step
    session().flush()
    return True


def _matching_step(secret: str, code: str) -> int | None:
    totp = pyotp.TOTP(secret)
    present = int(clock.clock.unshifted().timestamp()) // totp.interval
    digits = code.replace(" ", "")
    for step in (present, present - 1, present + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def refuse(
    member: Member | None,
    tried: Attempt | None,
    kind: str = "member",
    *,
    operation: str = SIGN_IN,
) -> NoReturn:
    """Undo, count and record the refusal, and refuse. A try that nobody looked at counts not."""
    nobody = Actor(member_id=None, agency_id=None, role="", permissions=frozenset())
    member_id = member.id if member is not None else None
    rollback()
    begin_write()
    if tried is not None:
        attempts.note_refusal(tried)
    trail.record(nobody, operation, kind=kind, object_id=member_id, outcome=trail.REFUSED)
    commit()
    raise InvalidInput({"passphrase": [WRONG]})


def sign_out(actor: Actor) -> None:
    """End this session here, at once."""
    if actor.session_id is None:
        return
    begin_write()
    sessions.end_session(actor.session_id)
    trail.record(actor, "accounts.sign_out", kind="member", object_id=actor.member_id)
    commit()
