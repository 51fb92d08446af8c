"""One-time codes by which somebody enrols: a hundred random bits, of which a digest is kept."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from referral.accounts.model import Invitation, Member
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.ids import CODE_LETTERS, new_id
from referral.vault.passphrase import code_digest, same

INVITATION_LIFE = timedelta(days=7)
CODE_SIZE = 20
NOBODY = UUID(int=0)


def new_invitation(actor: Actor, member: Member) -> str:
    """A code for the member, in groups of five; only its digest is kept."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_SIZE))
    salt = secrets.token_bytes(16)
    session().add(
        Invitation(
            id=new_id(),
            member_id=member.id,
            invited_by=actor.member_id,
            salt=salt,
            code_digest=code_digest(code, salt),
            expires_at=clock.now() + INVITATION_LIFE,
        )
    )
    session().flush()
    return "-".join(code[i : i + 5] for i in range(0, CODE_SIZE, 5))


def open_invitation(member_id: UUID, code: str) -> Invitation | None:
    """The unused invitation that this code fits; held until the transaction ends."""
    query = select(Invitation).where(
        Invitation.member_id == member_id,
        Invitation.used_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    typed = code.replace("-", "").replace(" ", "")
    held = query.with_for_update().execution_options(populate_existing=True)
    for invitation in session().scalars(held):
        if same(invitation.code_digest, code_digest(typed, invitation.salt)):
            return invitation
    return None


def spend_like_open(code: str) -> None:
    """Do the work of `open_invitation` for nobody, so that time tells nothing."""
    open_invitation(NOBODY, code)
    code_digest(code.replace("-", "").replace(" ", ""), bytes(16))
