"""Reading notices: the actor's own and those of the actor's circles."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound, NotPermitted, Unreadable
from referral.kernel.paging import PAGE_SIZE
from referral.kernel.permissions import Permission
from referral.notices.addresses import box, is_confirmed
from referral.notices.kinds import Medium, NoticeKind, Outcome
from referral.notices.model import Channel, Letter, Notice, QuietHours
from referral.notices.quiet import USUAL, Hours
from referral.notices.states import LetterState
from referral.vault.keys import Keyring


@dataclass(frozen=True, slots=True)
class LetterLine:
    """What came of telling the member outside, by one medium; `at` is when it last moved."""

    medium: str
    state: str
    at: datetime
    outcome: str | None

    def why(self, locale: str) -> str:
        """Why it was not sent, or not yet, in one of the two languages; empty where it was."""
        return Outcome(self.outcome).label(locale) if self.outcome else ""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a list shows it; `object_kind` and `object_id` say where it leads."""

    id: UUID
    kind: str
    object_kind: str
    object_id: UUID
    created_at: datetime
    is_read: bool
    letters: Sequence[LetterLine] = ()

    def text(self, locale: str) -> str:
        """The notice in one of the two languages."""
        kind = NoticeKind(self.kind)
        return kind.label(locale)


def _visible(actor: Actor) -> Select[Notice]:
    circles = actor.keys.circle_ids if isinstance(actor.keys, Keyring) else frozenset()
    whole_circle = Notice.member_id.is_(None) & Notice.circle_id.in_(circles)
    return select(Notice).where((Notice.member_id == actor.member_id) | whole_circle)


def visible_notice(actor: Actor, notice_id: UUID) -> Notice:
    """One notice addressed to the actor; `NotFound` otherwise."""
    row = session().scalars(_visible(actor).where(Notice.id == notice_id)).one_or_none()
    if row is None:
        raise NotFound("no such notice")
    return row


def visible_notices(actor: Actor) -> list[NoticeLine]:
    """The actor's notices, unread ones first, then newest first; one page of them."""
    query = (
        _visible(actor)
        .order_by(Notice.read_at.is_not(None), Notice.created_at.desc(), Notice.id)
        .limit(PAGE_SIZE)
    )
    rows = session().scalars(query).all()
    letters = _letters(actor, [row.id for row in rows])
    return [
        NoticeLine(
            row.id,
            row.kind,
            row.object_kind,
            row.object_id,
            row.created_at,
            row.read_at is not None,
            letters[row.id],
        )
        for row in rows
    ]


def _letters(actor: Actor, notice_ids: Sequence[UUID]) -> Mapping[UUID, list[LetterLine]]:
    """The actor's own letters of some notices; those to colleagues are no business of theirs."""
    found: dict[UUID, list[LetterLine]] = defaultdict(list)
    query = (
        select(Letter)
        .join(Channel, Channel.id == Letter.channel_id)
        .where(Letter.notice_id.in_(notice_ids), Channel.member_id == actor.member_id)
        .order_by(Letter.medium)
    )
    for row in session().scalars(query):
        if row.notice_id is not None:
            line = LetterLine(row.medium, row.state, row.state_at, row.outcome)
            found[row.notice_id].append(line)
    return found


def unread_count(actor: Actor) -> int:
    """How many notices wait to be read, for the sign in the frame."""
    unread = _visible(actor).where(Notice.read_at.is_(None)).subquery()
    return session().scalar(select(func.count()).select_from(unread)) or 0


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """Where the actor is told; no address where it cannot be read any more."""

    id: UUID
    medium: str
    address: str
    is_confirmed: bool
    asked_at: datetime
    code: LetterLine | None
    """What came of sending the code, while it waits to be typed."""


def own_channels(actor: Actor) -> list[ChannelLine]:
    """The actor's own channels."""
    query = select(Channel).where(Channel.member_id == actor.member_id).order_by(Channel.medium)
    return [channel_line(row) for row in session().scalars(query).all()]


def own_channel(actor: Actor, channel_id: UUID) -> Channel:
    """One channel of the actor's own; `NotFound` for any other."""
    row = session().get(Channel, channel_id)
    if row is None or row.member_id != actor.member_id:
        raise NotFound("no such channel")
    return row


def channel_line(row: Channel) -> ChannelLine:
    """A channel as its owner sees it."""
    sent = select(Letter).where(Letter.channel_id == row.id, Letter.notice_id.is_(None))
    letter = session().scalars(sent).first()
    code = None
    if letter is not None and not is_confirmed(row):
        code = LetterLine(letter.medium, letter.state, letter.state_at, letter.outcome)
    try:
        address = box.open(row)
    except Unreadable:
        address = ""
    return ChannelLine(row.id, row.medium, address, is_confirmed(row), row.asked_at, code)


def hours_of(member_id: UUID | None) -> Hours:
    """The quiet hours of a member."""
    row = session().get(QuietHours, member_id) if member_id else None
    return USUAL if row is None else Hours(row.from_hour, row.until_hour)


@dataclass(frozen=True, slots=True)
class MediumCount:
    """How letters of one medium fare, in the time that they are kept; nothing of whose they are."""

    medium: str
    waiting: int
    sent: int
    failed: int
    dropped: int
    last_sent_at: datetime | None
    last_fault: str | None
    last_fault_at: datetime | None

    def fault(self, locale: str) -> str:
        """What went wrong last, in one of the two languages."""
        return Outcome(self.last_fault).label(locale) if self.last_fault else ""


def visible_counts(actor: Actor) -> list[MediumCount]:
    """The counts for who runs the installation; `NotPermitted` for anybody else."""
    if Permission.LETTER_COUNT not in actor.permissions:
        raise NotPermitted(Permission.LETTER_COUNT)
    return medium_counts()


def medium_counts() -> list[MediumCount]:
    """Counts by medium, as the commands of the installation show them."""
    counted: dict[tuple[str, str], int] = {}
    query = select(Letter.medium, Letter.state, func.count()).group_by(Letter.medium, Letter.state)
    for medium, state, number in session().execute(query):
        counted[medium, state] = number
    return [_medium_count(medium, counted) for medium in Medium]


def _medium_count(medium: Medium, counted: Mapping[tuple[str, str], int]) -> MediumCount:
    own = select(Letter).where(Letter.medium == medium).order_by(Letter.state_at.desc()).limit(1)
    sent = session().scalars(own.where(Letter.state == LetterState.SENT)).first()
    is_fault = Letter.outcome.is_not(None) & (Letter.state != LetterState.DROPPED)
    fault = session().scalars(own.where(is_fault)).first()
    number = {state: counted.get((medium, state), 0) for state in LetterState}
    return MediumCount(
        medium,
        number[LetterState.PENDING] + number[LetterState.SENDING],
        number[LetterState.SENT],
        number[LetterState.FAILED],
        number[LetterState.DROPPED],
        sent.state_at if sent else None,
        fault.outcome if fault else None,
        fault.state_at if fault else None,
    )
