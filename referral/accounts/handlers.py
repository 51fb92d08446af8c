"""What the rooms below tell accounts, and what is kept of what happens to members."""

from sqlalchemy import delete, select

from referral.accounts.events import MemberRemoved, PassphraseChanged
from referral.accounts.model import ConfirmedHeadsBody, Invitation, Member, MemberBody, RecoveryKit
from referral.accounts.sessions import end_sessions_of
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.agencies.events import AgencyEnded
from referral.audit.tombstones import Ended, bury
from referral.kernel import events, states
from referral.kernel.db import session
from referral.notices import channels


def bury_passphrase(event: PassphraseChanged) -> None:
    """No restore may bring the old record back: who changed it since is enrolled anew."""
    bury(Ended.PASSPHRASE, event.member_id)


def part_with_members(event: AgencyEnded) -> None:
    """Everybody of an agency that has ended: no session, no sign-in, no wrap.

    Who goes on working with the successor is invited there, with keys of that membership.
    """
    query = select(Member).where(
        Member.agency_id == event.agency_id, Member.state != MemberState.REMOVED
    )
    for member in session().scalars(query.order_by(Member.id)).all():
        states.advance(member, "remove", MEMBER)
        directory.drop_wraps(member.id)
        forget(member)
        events.publish(MemberRemoved(member.id, ()))


def forget(member: Member) -> None:
    """Delete all by which somebody who left could come back.

    Who left with an ended agency has no tombstone: should a restore undo the end, they end it anew.
    """
    end_sessions_of(member.id)
    for table in (Invitation, MemberBody, RecoveryKit, ConfirmedHeadsBody):
        session().execute(delete(table).where(table.member_id == member.id))
    channels.forget(member.id)
    session().flush()
