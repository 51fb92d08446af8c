"""Posting notices, from inside other rooms' transactions, and reading them off."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, update

from referral.audit.operation import operation
from referral.kernel import clock, events
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.notices import policy
from referral.notices.events import NoticePosted
from referral.notices.kinds import NoticeKind
from referral.notices.model import Notice


def post(
    circle_id: UUID,
    kind: NoticeKind,
    object_kind: str,
    object_id: UUID,
    member_id: UUID | None = None,
) -> Notice:
    """Tell a circle, or one member of it, to look at an object; part of the caller's transaction.

    Takes no text: what a notice says follows from its kind alone.
    """
    return _write(kind, object_kind, object_id, circle_id=circle_id, member_id=member_id)


def _write(
    kind: NoticeKind,
    object_kind: str,
    object_id: UUID,
    *,
    circle_id: UUID | None,
    member_id: UUID | None,
) -> Notice:
    row = Notice(
        id=new_id(),
        circle_id=circle_id,
        member_id=member_id,
        kind=NoticeKind(kind),
        object_kind=object_kind,
        object_id=object_id,
        created_at=clock.now(),
    )
    session().add(row)
    session().flush()
    events.publish(NoticePosted(row.id, row.kind, object_kind, object_id, circle_id, member_id))
    return row


def readdress(
    from_circle: UUID, to_circle: UUID, object_ids: Sequence[UUID], member_ids: frozenset[UUID]
) -> None:
    """A circle's notices about some objects are another circle's; others keep none of their own."""
    about = (Notice.circle_id == from_circle) & Notice.object_id.in_(object_ids)
    outside = Notice.member_id.is_not(None) & Notice.member_id.not_in(member_ids)
    for statement in (
        delete(Notice).where(about, outside),
        update(Notice).where(about).values(circle_id=to_circle),
    ):
        session().execute(statement.execution_options(synchronize_session=False))
    session().expire_all()


def tell(member_id: UUID, kind: NoticeKind, object_kind: str, object_id: UUID) -> None:
    """Tell one member of an object that no circle works on; part of the caller's transaction."""
    _write(kind, object_kind, object_id, circle_id=None, member_id=member_id)


@operation(Permission.NOTICE_READ, policy.is_addressee, audited=False)
def mark_read(actor: Actor, notice: Notice) -> Notice:
    """Take a notice off the list of what is new; a second time changes nothing."""
    if notice.read_at is None:
        notice.read_at = clock.now()
        session().flush()
    return notice
