"""Reading members."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from referral.accounts import policy
from referral.accounts.model import Member
from referral.accounts.roles import permissions_of
from referral.accounts.states import MemberState
from referral.agencies.directory import directory_of
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.folding import collation
from referral.kernel.permissions import Permission


def visible_members(actor: Actor) -> Sequence[Member]:
    """The colleagues whom the actor's role has to do with (`policy.sees_member`), by name."""
    return [row for row in _colleagues(actor) if policy.sees_member(actor, row)]


def _colleagues(actor: Actor) -> Sequence[Member]:
    query = select(Member).where(Member.agency_id == actor.agency_id)
    return session().scalars(query.order_by(Member.display_name, Member.id)).all()


def visible_member(actor: Actor, member_id: UUID) -> Member:
    """One of `visible_members`; `NotFound` for anybody else."""
    row = session().get(Member, member_id)
    if row is None or not policy.sees_member(actor, row):
        raise NotFound("no such member")
    return row


def named_at(member: Member) -> int:
    """The version of a member's roles and keys: the place of the log that names them so."""
    return directory_of(member.agency_id).named_at(member.id)


def oneself(actor: Actor) -> Member:
    """The actor's own row; `NotFound` for who is no member."""
    row = session().get(Member, actor.member_id) if actor.member_id else None
    if row is None:
        raise NotFound("no such member")
    return row


def workers(actor: Actor) -> Sequence[Member]:
    """Active colleagues who answer referrals and see to them, by name; their roles by the log."""
    assert actor.agency_id is not None
    stated = {member.member_id: member.role for member in directory_of(actor.agency_id).members()}
    return [
        member
        for member in _colleagues(actor)
        if member.state == MemberState.ACTIVE
        and Permission.REFERRAL_ACCEPT in permissions_of(stated.get(member.id, ""))
    ]


def colleagues(actor: Actor) -> Sequence[Member]:
    """Whoever of the actor's agency has an account in use, by name."""
    found = [member for member in _colleagues(actor) if member.state == MemberState.ACTIVE]
    return sorted(found, key=lambda member: collation(member.display_name))


def is_of_agency(member_id: UUID, agency_ids: Collection[UUID | None]) -> bool:
    """Whether somebody is, or was, a member of one of these agencies."""
    row = session().get(Member, member_id)
    return row is not None and row.agency_id is not None and row.agency_id in agency_ids


def names(member_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Display names of many members in one query."""
    if not member_ids:
        return {}
    query = select(Member.id, Member.display_name).where(Member.id.in_(set(member_ids)))
    return {row.id: row.display_name for row in session().execute(query)}


def names_in(agency_ids: Collection[UUID | None]) -> dict[UUID, str]:
    """Display names of everybody who is, or was, a member of one of these agencies."""
    query = select(Member.id, Member.display_name).where(Member.agency_id.in_(agency_ids))
    return {row.id: row.display_name for row in session().execute(query)}


def member_by_username(username: str) -> Member | None:
    """The member who signs in under this name; a NUL is in no name, and no database takes it."""
    if "\x00" in username:
        return None
    return session().scalars(select(Member).where(Member.username == username)).one_or_none()
