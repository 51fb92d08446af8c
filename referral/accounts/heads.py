"""The heads that a member saw last, remembered under the member's own key.

At each sign-in the agency's chain and its directory log must still contain them. A database that
was put back in part, or a log that was cut, shows here to everybody who was there before.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts import policy
from referral.accounts.model import ConfirmedHeadsBody, Member
from referral.agencies import directory
from referral.agencies.queries import circles_of
from referral.audit import trail
from referral.audit.confirmed import fault_since, has_told, head_of, is_explained_since
from referral.audit.detail import Said, Telling, tell
from referral.audit.heads import Place
from referral.audit.operation import operation
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotVerified, Unreadable
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.model import Notice
from referral.notices.service import post
from referral.vault.audit_chain import Fault
from referral.vault.codec import pack, unpack
from referral.vault.directory import roles_in
from referral.vault.keys import Keyring, keyring_of
from referral.vault.primitives import Purpose

SIGN_IN = "accounts.sign_in"
ENROL = "accounts.enrol"
FOUND = "accounts.find_rollback"
TOLD = frozenset({"agency_administrator", "privacy_officer"})
CONTEXT = ("confirmed heads", 1)


class Record(StrEnum):
    """What can be rolled back."""

    LOG = "log"
    DIRECTORY = "directory"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a member saw last, and when."""

    at: datetime
    epoch: int
    log: Place
    directory: Place


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that stood higher, or otherwise, when the member confirmed it.

    `is_explained`: a signed entry tells that a backup was put in place since.
    """

    what: Record
    fault: Fault
    confirmed: int
    present: int
    is_explained: bool


def last_confirmed(actor: Actor) -> Confirmed | None:
    """What this member's own key opens of the last confirmation; None for none yet.

    `Unreadable` when what stands there was not sealed by this member.
    """
    ring = keyring_of(actor)
    row = session().get(ConfirmedHeadsBody, ring.member_id)
    if row is None:
        return None
    try:
        at, epoch, log, listed = _unpacked(
            ring.open_own(Purpose.CONFIRMED_HEADS, CONTEXT, row.body)
        )
    except (NotVerified, ValueError, TypeError):
        raise Unreadable from None
    return Confirmed(at, epoch, log, listed)


def _unpacked(raw: bytes) -> Any:
    return unpack(raw)


def findings(actor: Actor) -> list[Finding]:
    """What is no longer as this member confirmed it last; nothing for a session without keys."""
    if not isinstance(actor.keys, Keyring):
        return []
    agency_id = actor.keys.agency_id
    present = head_of(agency_id)[0]
    try:
        known = last_confirmed(actor)
    except Unreadable:
        return [Finding(Record.MEMORY, Fault.REPLACED, 0, present, is_explained=False)]
    if known is None:
        told_before = has_told(agency_id, actor.keys.member_id, SIGN_IN, after=ENROL)
        gone = Finding(Record.MEMORY, Fault.DELETED, 0, present, is_explained=False)
        return [gone] if told_before else []
    return _differences(agency_id, known)


def _differences(agency_id: UUID, known: Confirmed) -> list[Finding]:
    log_now, listed_now = head_of(agency_id)[0], directory.directory_of(agency_id).head_seq
    faults = [
        (Record.LOG, fault_since(agency_id, known.log), known.log[0], log_now),
        (Record.DIRECTORY, _listing_fault(agency_id, known), known.directory[0], listed_now),
    ]
    found = [(what, fault, was, now) for what, fault, was, now in faults if fault is not None]
    explained = bool(found) and is_explained_since(known.epoch)
    return [Finding(*line, is_explained=explained) for line in found]


def _listing_fault(agency_id: UUID, known: Confirmed) -> Fault | None:
    seq, digest = known.directory
    digests = directory.directory_of(agency_id).digests
    if len(digests) < seq:
        return Fault.TRUNCATED
    return None if digests[seq - 1] == digest else Fault.REPLACED


def telling_of(actor: Actor) -> Telling:
    """What the entry of a sign-in says: up to where the log was there."""
    ring = keyring_of(actor)
    return Telling({Said.CONFIRMED: (head_of(ring.agency_id)[0],)})


def remember(actor: Actor) -> None:
    """Seal where everything stands now under the member's own key, in place of what was known."""
    ring = keyring_of(actor)
    log = directory.directory_of(ring.agency_id)
    listed = (log.head_seq, log.head_digest)
    here = deployment.current()
    plain = pack((clock.now(), here.epoch, head_of(ring.agency_id), listed))
    body = ring.seal_own(Purpose.CONFIRMED_HEADS, CONTEXT, plain)
    session().merge(ConfirmedHeadsBody(member_id=ring.member_id, body=body))
    session().flush()


def report(actor: Actor, found: list[Finding]) -> None:
    """An entry of its own, and a notice to the administrators and the privacy officer."""
    ring = keyring_of(actor)
    telling = Telling()
    telling.facts[Said.CONFIRMED] = (found[0].confirmed,)
    telling.facts[Said.REASON] = (found[0].fault.name.lower(),)
    trail.record(actor, FOUND, kind="agency", object_id=ring.agency_id, telling=telling)
    circles = circles_of(ring.agency_id)
    if not circles:
        return
    for member in directory.directory_of(ring.agency_id).members():
        if roles_in(member.role) & TOLD and not _is_told(member.member_id):
            post(circles[0].id, NoticeKind.LOG_DIFFERS, "log", ring.agency_id, member.member_id)


def _is_told(member_id: UUID) -> bool:
    waiting = select(Notice.id).where(
        Notice.member_id == member_id,
        Notice.kind == NoticeKind.LOG_DIFFERS,
        Notice.read_at.is_(None),
    )
    return session().scalars(waiting.limit(1)).first() is not None


@operation(Permission.ACCOUNT_USE, policy.is_self)
def confirm_heads(actor: Actor, member: Member) -> None:
    """Take the present log as seen, after the warning: from here on it is compared with this."""
    found = findings(actor)
    tell(Said.CONFIRMED, *[line.present for line in found[:1]])
    remember(actor)
