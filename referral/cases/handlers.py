"""What the rooms below tell cases."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select, update

from referral.accounts.events import CaseWorkEnded, MemberRemoved, ReenrolmentBegun
from referral.agencies.events import AgencyEnded, CircleRenewed
from referral.cases.model import Draft, Grant, Section
from referral.kernel.db import session


def close_to_removed(event: MemberRemoved) -> None:
    """Mark stale what the circles of somebody who left could open; forget that member's drafts.

    Whole cases are marked: which sections a bundle carried, only its keys tell. A stale section
    gets a new key at its next edit, sealed to those who may still read it.
    """
    _mark_stale(event.circle_ids)
    session().execute(delete(Draft).where(Draft.member_id == event.member_id))
    session().flush()
    session().expire_all()


def forget_drafts(event: ReenrolmentBegun | CaseWorkEnded) -> None:
    """Drafts under keys that are lost open to nobody; who works on no case keeps none of one."""
    session().execute(delete(Draft).where(Draft.member_id == event.member_id))
    session().flush()


def close_to_old_keys(event: CircleRenewed) -> None:
    """Mark stale what the circles could open: their older key may be in wrong hands."""
    _mark_stale(event.circle_ids)
    session().flush()
    session().expire_all()


def close_to_ended(event: AgencyEnded) -> None:
    """Mark stale what the circles of an agency that has ended could open, as after a removal.

    Its successor reads on; who belonged to it opens nothing that is written from here on.
    """
    _mark_stale(event.successors)
    session().flush()
    session().expire_all()


def _mark_stale(circle_ids: Iterable[UUID]) -> None:
    touched = select(Grant.case_id).where(
        Grant.receiver_circle_id.in_(list(circle_ids)), Grant.ended_at.is_(None)
    )
    session().execute(update(Section).where(Section.case_id.in_(touched)).values(is_stale=True))
