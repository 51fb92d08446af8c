"""What the rooms below tell accounts."""

from sqlalchemy import delete, select

from referral.accounts.events import MemberRemoved
from referral.accounts.model import Invitation, Member, MemberBody
from referral.accounts.sessions import end_sessions_of
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.agencies.events import AgencyEnded
from referral.kernel import events, states
from referral.kernel.db import session


def part_with_members(event: AgencyEnded) -> None:
    """Everybody of an agency that has ended: no session, no sign-in, no wrap.

    Who goes on working with the successor is invited there, with keys of that membership.
    """
    query = select(Member).where(
        Member.agency_id == event.agency_id, Member.state != MemberState.REMOVED
    )
    for member in session().scalars(query.order_by(Member.id)).all():
        states.advance(member, "remove", MEMBER)
        end_sessions_of(member.id)
        directory.drop_wraps(member.id)
        for owned in (Invitation, MemberBody):
            session().execute(delete(owned).where(owned.member_id == member.id))
        events.publish(MemberRemoved(member.id, ()))
