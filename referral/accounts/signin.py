"""Signing in: opening the member's keys with the passphrase, then the second factor."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import pyotp

from referral.accounts import attempts, heads, sessions
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
from referral.kernel.errors import InvalidInput, NotFound, SignInRequired, Unreadable
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
    gate, name = doorkeeper.gate, username.strip().lower()
    tried = None if address is None else attempts.attempt(name, address)
    member = member_by_username(name)
    record = _record_of(member)
    counted_out = tried is not None and attempts.is_counted_out(tried)
    rollback()
    if member is None or record is None or counted_out:
        spend_like_open(gate.derivation, passphrase, gate.cost)
        _refuse(member, None if counted_out else tried)
    context = enrolment_context(deployment.current().id, member.id)
    rollback()
    try:
        keys = MemberKeys.from_bytes(open_record(gate.derivation, passphrase, context, record))
    except Unreadable:
        _refuse(member, tried)
    raised = _raised_record(passphrase, record, context, keys)
    return _admit(member, keys, code, raised=raised, tried=tried)


def _record_of(member: Member | None) -> bytes | None:
    if member is None or member.state not in {MemberState.ACTIVE, MemberState.ENROLLED}:
        return None
    body = session().get(MemberBody, member.id)
    return body.record if body is not None else None


def _raised_record(
    passphrase: str, record: bytes, context: object, keys: MemberKeys
) -> bytes | None:
    """A new record when the installation's cost has risen since this one was made."""
    gate, made = doorkeeper.gate, record_cost(record)
    if (made.memory_kib, made.passes) >= (gate.cost.memory_kib, gate.cost.passes):
        return None
    member_context = context if isinstance(context, tuple) else ()
    return seal_record(gate.derivation, passphrase, gate.cost, member_context, keys.to_bytes())


def _admit(
    member: Member, keys: MemberKeys, code: str, *, raised: bytes | None, tried: Attempt | None
) -> str:
    begin_write()
    session().refresh(member, with_for_update=True)  # a confirmation waits, or has been seen
    if needs_factor(member):
        if count_refused(FACTOR, member.id, clock.now() - FACTOR_WINDOW) >= MOST_CODES:
            _refuse(member, tried)
        if not _factor_holds(member, keys, code):
            _refuse(member, tried, FACTOR)
    if raised is not None:
        body = session().get(MemberBody, member.id)
        if body is not None:
            body.record = raised
    token = sessions.start_session(member, keys)
    try:
        actor = sessions.member_actor(member, session().get_one(Agency, member.agency_id), keys)
    except SignInRequired:  # the record beside the row is not this member's
        _refuse(member, tried)
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


def _factor_holds(member: Member, keys: MemberKeys, code: str) -> bool:
    """Whether the one-time code is right and new; a code is good once (RFC 6238, 5.2)."""
    body = session().get(MemberBody, member.id)
    if body is None or body.factor is None:
        return False
    keyring = Keyring(deployment.current().id, member.id, member.agency_id, keys)
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


def _refuse(member: Member | None, tried: Attempt | None, kind: str = "member") -> NoReturn:
    """Undo, count and record the refusal, and refuse. A try that nobody looked at counts not."""
    nobody = Actor(member_id=None, agency_id=None, role="", permissions=frozenset())
    member_id = member.id if member is not None else None
    rollback()
    begin_write()
    if tried is not None:
        attempts.note_refusal(tried)
    trail.record(nobody, "accounts.sign_in", kind=kind, object_id=member_id, outcome=trail.REFUSED)
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
