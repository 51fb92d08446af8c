"""Letters: written with the notice, taken one at a time, and settled once it is known what came.

Part of the caller's transaction, all of it: a letter is written in that of its notice, taken in
one, handed over while no lock is held, and settled in another. Who is cut off in between leaves it
`sending`, and nobody can tell whether it arrived: it is sent once more, under the same id.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from referral.kernel import clock, states
from referral.kernel.db import session
from referral.kernel.errors import Unreadable
from referral.kernel.ids import new_id
from referral.notices.addresses import box, is_confirmed, may_be_confirmed
from referral.notices.carriers import Dispatch, NotCarried, post_office
from referral.notices.kinds import Outcome
from referral.notices.model import Channel, Letter, Notice
from referral.notices.queries import hours_of
from referral.notices.states import LETTER, SETTLED, LetterState
from referral.notices.wording import words_of

AGAIN_AFTER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)
MOST_DOUBTFUL = 2
CUT_OFF_AFTER = timedelta(minutes=5)
"""No carrier is patient for so long: whoever took the letter is gone."""
KEPT_FOR = timedelta(days=30)
BATCH = 100

Judge = Callable[[Notice, UUID], Outcome | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter on its way out of here."""

    id: UUID
    medium: str
    dispatch: Dispatch


def write(notice_id: UUID | None, channels: Iterable[Channel], *, is_urgent: bool) -> None:
    """One letter for each channel: of a notice, or without one that of the channel's code."""
    moment = clock.now()
    for channel in channels:
        letter = Letter(id=new_id(), notice_id=notice_id, channel_id=channel.id)
        letter.medium, letter.is_urgent = channel.medium, is_urgent
        letter.state_at = letter.due_at = moment
        session().add(letter)
    session().flush()


def tidy() -> int:
    """Settle what was cut off, and forget what was settled long ago; how many."""
    moment = clock.now()
    cut_off = (Letter.state == LetterState.SENDING) & (Letter.state_at <= moment - CUT_OFF_AFTER)
    found = session().scalars(select(Letter.id).where(cut_off)).all()
    for letter_id in found:
        settle(letter_id, NotCarried(Outcome.CUT_OFF, is_doubtful=True))
    old = Letter.state.in_(SETTLED) & (Letter.state_at <= moment - KEPT_FOR)
    gone = session().scalars(select(Letter.id).where(old)).all()
    forgotten = delete(Letter).where(Letter.id.in_(gone))
    session().execute(forgotten.execution_options(synchronize_session=False))
    return len(found) + len(gone)


def due() -> Sequence[UUID]:
    """What waits to go out now, the urgent first."""
    waiting = (Letter.state == LetterState.PENDING) & (Letter.due_at <= clock.now())
    query = select(Letter.id).where(waiting)
    ordered = query.order_by(Letter.is_urgent.desc(), Letter.due_at, Letter.id)
    return session().scalars(ordered.limit(BATCH)).all()


def take(letter_id: UUID, judge: Judge, down: Collection[str] = ()) -> Taken | None:
    """Take one letter to hand it over; None where it waits on, is over, or another took it.

    `judge` says of a notice and a member why no letter of it may go out any more, if so. `down`
    are the media whose server takes nothing just now: their letters wait, uncounted.
    """
    letter = session().get(Letter, letter_id, populate_existing=True, with_for_update=True)
    if letter is None or letter.state != LetterState.PENDING or letter.due_at > clock.now():
        return None
    if letter.medium in down:
        return None
    channel = session().get_one(Channel, letter.channel_id, populate_existing=True)
    notice = session().get(Notice, letter.notice_id) if letter.notice_id else None
    reason = _why_no_code(channel) if notice is None else _why_no_more(channel, notice, judge)
    if reason is not None:
        states.advance(letter, "drop", LETTER, outcome=reason)
        return None
    if not letter.is_urgent and notice is not None:
        if quiet_until := hours_of(channel.member_id).ends_at(clock.now(), clock.clock.zone):
            letter.due_at = quiet_until
            session().flush()
            return None
        if _is_told_since(channel, notice):
            states.advance(letter, "drop", LETTER, outcome=Outcome.TOLD)
            return None
    return _taken(letter, channel)


def _why_no_code(channel: Channel) -> Outcome | None:
    """Why a code is not sent any more: typed meanwhile, or no longer good."""
    return None if may_be_confirmed(channel) else Outcome.OVER


def _why_no_more(channel: Channel, notice: Notice, judge: Judge) -> Outcome | None:
    if not is_confirmed(channel):
        return Outcome.NOT_THEIRS
    return Outcome.READ if notice.read_at is not None else judge(notice, channel.member_id)


def _is_told_since(channel: Channel, notice: Notice) -> bool:
    """Whether another letter has gone there since the notice: it said all that this one could."""
    said = select(Letter.id).where(
        Letter.channel_id == channel.id,
        Letter.notice_id.is_not(None),
        Letter.state == LetterState.SENT,
        Letter.state_at >= notice.created_at,
    )
    return session().scalars(said.limit(1)).first() is not None


def _taken(letter: Letter, channel: Channel) -> Taken | None:
    try:
        address = box.open(channel)
    except Unreadable:
        states.advance(letter, "drop", LETTER, outcome=Outcome.UNREADABLE)
        return None
    states.advance(letter, "take", LETTER, attempts=letter.attempts + 1)
    words = words_of(box.code(channel) if letter.notice_id is None else "", post_office.public_url)
    return Taken(letter.id, letter.medium, Dispatch(letter.id, address, words, letter.state_at))


def settle(letter_id: UUID, refusal: NotCarried | None) -> None:
    """Write what came of a letter that was taken: it arrived, is tried again, or has failed."""
    letter = session().get_one(Letter, letter_id, populate_existing=True, with_for_update=True)
    if letter.state != LetterState.SENDING:
        return  # whoever found it cut off has settled it
    if refusal is None:
        states.advance(letter, "arrive", LETTER, outcome=None)
        return
    doubtful = letter.doubtful + refusal.is_doubtful
    is_over = refusal.is_final or doubtful >= MOST_DOUBTFUL or letter.attempts > len(AGAIN_AFTER)
    also: dict[str, object] = {"outcome": refusal.outcome, "doubtful": doubtful}
    if is_over:
        states.advance(letter, "fail", LETTER, **also)
        return
    due_at = clock.now() + AGAIN_AFTER[letter.attempts - 1]
    states.advance(letter, "put_back", LETTER, due_at=due_at, **also)
