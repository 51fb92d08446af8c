"""Reading members."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from referral.accounts.model import Member
from referral.accounts.states import MemberState
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.vault.directory import roles_in


def visible_members(actor: Actor) -> Sequence[Member]:
    """The actor's colleagues, by name."""
    query = (
        select(Member)
        .where(Member.agency_id == actor.agency_id)
        .order_by(Member.display_name, Member.id)
    )
    return session().scalars(query).all()


def visible_member(actor: Actor, member_id: UUID) -> Member:
    """One colleague; `NotFound` for anybody else."""
    row = session().get(Member, member_id)
    if row is None or row.agency_id != actor.agency_id:
        raise NotFound("no such member")
    return row


def oneself(actor: Actor) -> Member:
    """The actor's own row; `NotFound` for who is no member."""
    row = session().get(Member, actor.member_id) if actor.member_id else None
    if row is None:
        raise NotFound("no such member")
    return row


def workers(actor: Actor, roles: Sequence[str]) -> Sequence[Member]:
    """Active colleagues in some roles, for the choice of a named worker."""
    query = (
        select(Member)
        .where(
            Member.agency_id == actor.agency_id,
            Member.state == MemberState.ACTIVE,
        )
        .order_by(Member.display_name, Member.id)
    )
    return [m for m in session().scalars(query) if roles_in(m.role) & set(roles)]


def names(member_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Display names of many members in one query."""
    if not member_ids:
        return {}
    query = select(Member.id, Member.display_name).where(Member.id.in_(set(member_ids)))
    return {row.id: row.display_name for row in session().execute(query)}


def member_by_username(username: str) -> Member | None:
    """The member who signs in under this name; a NUL is in no name, and no database takes it."""
    if "\x00" in username:
        return None
    return session().scalars(select(Member).where(Member.username == username)).one_or_none()
