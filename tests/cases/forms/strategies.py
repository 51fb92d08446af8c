"""Answers that a form accepts, made for property tests, already in the form they are kept in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from referral.cases.forms.answers import is_blank, normalise
from referral.cases.forms.calculations import with_calculated
from referral.cases.forms.definition import Field, FieldType
from referral.cases.forms.form import Form
from referral.cases.forms.limits import TODAY, broken_limit
from referral.cases.forms.messages import Message
from referral.cases.forms.sheets import with_check
from referral.kernel import clock
from referral.kernel.ids import CODE_LETTERS

_LETTERS = st.characters(
    exclude_categories=["Cc", "Cs"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
# Nine letters stay within the shortest field even when their normal form is longer.
_ANY_TEXT = st.text(_LETTERS, min_size=1, max_size=9)
_VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạầẩẫấậ ,.", min_size=1, max_size=30)
_MOST_ROWS = 3
_FIRST, _LAST = date(1906, 1, 1), date(2096, 12, 31)


def _typed(field: Field) -> st.SearchStrategy[Any]:
    codes = [option.id for option in field.options if not option.alone]
    last = clock.today() if field.not_after == TODAY else _LAST
    seconds = st.integers(*(_second(day) for day in (_FIRST, last)))
    by_type = {
        FieldType.TEXT: _VIETNAMESE | _ANY_TEXT,
        FieldType.LONG_TEXT: _VIETNAMESE | _ANY_TEXT,
        FieldType.DATE: st.dates(_FIRST, last).map(date.isoformat),
        FieldType.TIME: st.times().map(lambda moment: f"{moment:%H:%M}"),
        FieldType.DATETIME: seconds.map(lambda s: datetime.fromtimestamp(s, UTC).isoformat()),
        FieldType.NUMBER: st.integers(field.minimum, field.maximum),
        FieldType.UNIT: st.sampled_from(["46", "481", "20047"]),
        FieldType.MEMBER: st.uuids().map(str),
        FieldType.SHEET: st.text(CODE_LETTERS, min_size=7, max_size=7).map(with_check),
    }
    if field.type in by_type:
        return by_type[field.type]
    if field.type is FieldType.SEVERAL_OF:
        return st.lists(st.sampled_from(codes), min_size=1, unique=True)
    return st.sampled_from([option.id for option in field.options])


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def answer_to(field: Field) -> st.SearchStrategy[Any]:
    """An answer that the field accepts, in the form it is kept in."""
    exits = st.sampled_from([option.id for option in field.exits]) if field.exits else st.nothing()
    if field.type is FieldType.GROUP:
        most = max(field.least, min(_MOST_ROWS, field.most))
        rows = answers_to(field.fields).filter(bool)
        return st.lists(rows, min_size=max(1, field.least), max_size=most) | exits
    return (
        (_typed(field) | exits)
        .filter(lambda answer: not is_blank(answer))
        .map(lambda answer: normalise(field, answer))
        .filter(lambda answer: not is_blank(answer))
    )


@st.composite
def answers_to(draw: st.DrawFn, asked: Form | Sequence[Field]) -> dict[str, Any]:
    """Answers to any of the questions, with those that the others call for."""
    fields = asked.fields if isinstance(asked, Form) else asked
    answers: dict[str, Any] = {}
    for field in fields:
        if field.calculation is None and (field.is_required(answers) or draw(st.booleans())):
            answers[field.id] = draw(answer_to(field))
            _settle(field, answers)
    return with_calculated(fields, answers)


def _settle(field: Field, answers: dict[str, Any]) -> None:
    """Move what lies outside its limits: to the present, or beyond all that can lie before it."""
    refusal = broken_limit(field, answers)
    if refusal is not None:
        day = clock.today() if refusal is Message.TOO_LATE or field.not_after else date(2099, 1, 1)
        is_day = field.type is FieldType.DATE
        answers[field.id] = f"{day}" if is_day else f"{day}T00:00:00Z"
