"""The next entry of a log, signed by the root or by an administrator."""

from datetime import datetime
from typing import Any
from uuid import UUID

from referral.vault import primitives
from referral.vault.codec import Value
from referral.vault.directory.log import AgencyDirectory
from referral.vault.directory.statements import LABEL, SignedStatement, Statement
from referral.vault.directory.succession import COUNTERSIGNED
from referral.vault.keys import Keyring


def found_agency(
    root_signing: bytes,
    directory: AgencyDirectory,
    *,
    at: datetime,
    member_id: UUID,
    exchange_public: bytes,
    signing_public: bytes,
    kind: str,
) -> SignedStatement:
    """The founding entry, signed by the deployment's root key."""
    said = (member_id, exchange_public, signing_public, kind)
    return _signed_by_root(root_signing, directory, at, "founded", said)


def restart_agency(
    root_signing: bytes,
    directory: AgencyDirectory,
    *,
    at: datetime,
    member_id: UUID,
    exchange_public: bytes,
    signing_public: bytes,
) -> SignedStatement:
    """The root's entry that puts one administrator in the place of all who are lost."""
    said = (member_id, exchange_public, signing_public)
    return _signed_by_root(root_signing, directory, at, "restarted", said)


def _signed_by_root(
    root_signing: bytes, directory: AgencyDirectory, at: datetime, kind: str, said: tuple[Any, ...]
) -> SignedStatement:
    statement = Statement(
        directory.deployment,
        directory.agency_id,
        directory.head_seq + 1,
        directory.head_digest,
        kind,
        at,
        None,
        said,
    )
    raw = statement.raw()
    return SignedStatement(raw, primitives.sign(root_signing, LABEL, raw))


def reinstate(
    root_signing: bytes, directory: AgencyDirectory, *, at: datetime, member_id: UUID
) -> SignedStatement:
    """The root's word, after a restore with a gap, that an administrator goes on."""
    known = directory.member(member_id)
    statement = Statement(
        directory.deployment,
        directory.agency_id,
        directory.head_seq + 1,
        directory.head_digest,
        "reinstated",
        at,
        None,
        (member_id, known.exchange_public, known.signing_public),
    )
    raw = statement.raw()
    return SignedStatement(raw, primitives.sign(root_signing, LABEL, raw))


def countersign_succession(
    root_signing: bytes, directory: AgencyDirectory, *, at: datetime, plan: bytes
) -> SignedStatement:
    """The root agrees to the plan of succession whose entry has this digest."""
    statement = Statement(
        directory.deployment,
        directory.agency_id,
        directory.head_seq + 1,
        directory.head_digest,
        COUNTERSIGNED,
        at,
        None,
        (plan,),
    )
    raw = statement.raw()
    return SignedStatement(raw, primitives.sign(root_signing, LABEL, raw))


def write_entry(
    keyring: Keyring, directory: AgencyDirectory, *, at: datetime, kind: str, payload: Value
) -> SignedStatement:
    """The next entry, signed by the administrator whose key ring this is."""
    if not isinstance(payload, tuple):
        raise TypeError("payload is a tuple")
    statement = Statement(
        directory.deployment,
        directory.agency_id,
        directory.head_seq + 1,
        directory.head_digest,
        kind,
        at,
        keyring.member_id,
        payload,
    )
    raw = statement.raw()
    return SignedStatement(raw, keyring.sign_as(LABEL, raw))


def enrolment_context(deployment: UUID, member_id: UUID) -> Value:
    """What a member's password record is bound to."""
    return ("member", deployment, member_id)
