"""A printed sheet of one-time codes: a second factor for whoever has no phone at hand.

Sealed under the member's key as the secret of the phone is, and inside it digests alone, so that
an open session cannot show the codes again.
"""

import secrets
from typing import Final

from referral.accounts import policy
from referral.accounts.model import Member, MemberBody
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotVerified
from referral.kernel.ids import CODE_LETTERS
from referral.kernel.permissions import Permission
from referral.vault.codec import Value, pack, unpack
from referral.vault.keys import Keyring, keyring_of
from referral.vault.passphrase import code_digest, same
from referral.vault.primitives import Purpose

CODES: Final = 10
SIZE: Final = 10
"""Letters of one code, fifty bits: the codes of a phone are six digits."""
PLACE: Final = ("sheet", 1)


@operation(Permission.ACCOUNT_USE, policy.is_self, proof=True)
def make_code_sheet(actor: Actor, member: Member) -> list[str]:
    """Ten codes, each good once, to be printed now: they are not shown again.

    The sheet from before, if there is one, is good no more.
    """
    codes = ["".join(secrets.choice(CODE_LETTERS) for _ in range(SIZE)) for _ in range(CODES)]
    salt = secrets.token_bytes(16)
    body = _locked_body(member)
    if body.sheet is not None:
        bury(Ended.PAPER, member.id)
    _keep(keyring_of(actor), body, salt, [code_digest(code, salt) for code in codes])
    return [f"{code[:5]}-{code[5:]}" for code in codes]


@operation(Permission.ACCOUNT_USE, policy.is_self, audited=False)
def count_codes(actor: Actor, member: Member) -> int | None:
    """How many codes of one's own sheet are left; none where there is no sheet."""
    body = session().get(MemberBody, member.id, populate_existing=True)
    if body is None or body.sheet is None:
        return None
    return len(_kept(keyring_of(actor), body.sheet)[1])


def is_printed(code: str) -> bool:
    """Whether what was typed is as long as a code of the sheet: a phone's has six digits."""
    return len(_plain(code)) == SIZE


def use_code(keyring: Keyring, body: MemberBody, code: str) -> bool:
    """Strike a code off the sheet; False when it is not on it. The member's row is locked."""
    if body.sheet is None:
        return False
    salt, digests = _kept(keyring, body.sheet)
    typed = code_digest(_plain(code), salt)
    left = [digest for digest in digests if not same(digest, typed)]
    if len(left) == len(digests):
        return False
    _keep(keyring, body, salt, left)
    return True


def _plain(code: str) -> str:
    return code.replace("-", "").replace(" ", "").strip().upper()


def _locked_body(member: Member) -> MemberBody:
    """The member's row first, as whoever signs in locks it."""
    session().refresh(member, with_for_update=True)
    body = session().get(MemberBody, member.id, populate_existing=True)
    if body is None:
        raise KeysMissing
    return body


def _keep(keyring: Keyring, body: MemberBody, salt: bytes, digests: list[bytes]) -> None:
    raw = pack((salt, digests))
    body.sheet = keyring.seal_own(Purpose.CODE_SHEET, PLACE, raw)
    session().flush()


def _kept(keyring: Keyring, sealed: bytes) -> tuple[bytes, list[bytes]]:
    found: Value = unpack(keyring.open_own(Purpose.CODE_SHEET, PLACE, sealed))
    if not isinstance(found, tuple) or len(found) != 2:
        raise NotVerified("not a sheet of codes")
    salt, digests = found
    if not isinstance(salt, bytes) or not isinstance(digests, tuple):
        raise NotVerified("not a sheet of codes")
    return salt, [digest for digest in digests if isinstance(digest, bytes)]
