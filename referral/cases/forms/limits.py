"""Between which days an answer may lie: today, a day of the calendar, or another answer."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from referral.cases.forms.definition import PAPER, Field, FieldType
from referral.cases.forms.messages import Message
from referral.kernel import clock

TODAY: Final = "today"
DATED_TYPES: Final = frozenset({FieldType.DATE, FieldType.DATETIME})


def broken_limit(question: Field, answers: Mapping[str, object]) -> Message | None:
    """What is wrong with when the answer lies; none where it, or what it is held to, is open.

    Two moments are compared to the second; a day with anything else, by the local day.
    """
    given = _moment(answers.get(question.id))
    if question.type not in DATED_TYPES or given is None:
        return None
    earliest = _earliest(question.not_before, answers)
    if earliest is not None and _is_before(given, earliest):
        return Message.BEFORE_TODAY if question.not_before == TODAY else Message.TOO_EARLY
    latest = _bound(question.not_after, answers)
    if latest is not None and _is_before(latest, given):
        return Message.AFTER_TODAY if question.not_after == TODAY else Message.TOO_LATE
    return None


def is_day(text: str) -> bool:
    """Whether a limit names a day of the calendar."""
    return isinstance(_moment(text), date)


def _earliest(limit: str | None, answers: Mapping[str, object]) -> date | datetime | None:
    """As `_bound`; what was written on paper first was not before the day that it was written."""
    bound = _bound(limit, answers)
    taken_on = day_of(taken_at(answers)) if limit == TODAY else None
    return taken_on if taken_on is not None and taken_on < clock.today() else bound


def taken_at(answers: Mapping[str, object]) -> str | None:
    """When the paper was written that answers were typed in from; none for what was typed at once.

    An own form of an earlier version may have had another question of the name.
    """
    rows = answers.get(PAPER.id)
    row = rows[0] if isinstance(rows, list) and rows else None
    return row.get("taken_at") if isinstance(row, dict) else None


def _bound(limit: str | None, answers: Mapping[str, object]) -> date | datetime | None:
    if limit == TODAY:
        return clock.today()
    return _moment(limit) or _moment(answers.get(limit or ""))


def _moment(answer: object) -> date | datetime | None:
    """The day or moment that a kept answer says; none for a word such as ``declined``."""
    text = str(answer)
    try:
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


def _is_before(one: date | datetime, other: date | datetime) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return _day(one) < _day(other)


def day_of(answer: object) -> date | None:
    """The local day that a kept date or moment says; none for anything else."""
    moment = _moment(answer)
    return None if moment is None else _day(moment)


def _day(moment: date | datetime) -> date:
    return clock.local(moment).date() if isinstance(moment, datetime) else moment
