"""Answers that a form accepts, made for property tests, already in the form they are kept in."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from referral.cases.forms.answers import is_blank, normalise
from referral.cases.forms.definition import Field, FieldType
from referral.cases.forms.form import Form

_LETTERS = st.characters(
    exclude_categories=["Cc", "Cs"],
    exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
)
# Nine letters stay within the shortest field even when their normal form is longer.
_ANY_TEXT = st.text(_LETTERS, min_size=1, max_size=9)
_VIETNAMESE = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạầẩẫấậ ,.", min_size=1, max_size=30)


def _typed(field: Field) -> st.SearchStrategy[object]:
    codes = [option.id for option in field.options if not option.alone]
    seconds = st.integers(-2_000_000_000, 4_000_000_000)  # 1906 to 2096
    moments = seconds.map(lambda second: datetime.fromtimestamp(second, UTC))
    by_type = {
        FieldType.TEXT: _VIETNAMESE | _ANY_TEXT,
        FieldType.LONG_TEXT: _VIETNAMESE | _ANY_TEXT,
        FieldType.DATE: st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(date.isoformat),
        FieldType.TIME: st.times().map(lambda moment: f"{moment:%H:%M}"),
        FieldType.DATETIME: moments.map(datetime.isoformat),
        FieldType.NUMBER: st.integers(field.minimum, field.maximum),
        FieldType.UNIT: st.sampled_from(["46", "481", "20047"]),
    }
    if field.type in by_type:
        return by_type[field.type]
    if field.type is FieldType.SEVERAL_OF:
        return st.lists(st.sampled_from(codes), min_size=1, unique=True)
    return st.sampled_from([option.id for option in field.options])


def answer_to(field: Field) -> st.SearchStrategy[object]:
    """An answer that the field accepts, in the form it is kept in."""
    exits = [option.id for option in field.exits]
    answers = _typed(field) | st.sampled_from(exits) if exits else _typed(field)
    return (
        answers.filter(lambda answer: not is_blank(answer))
        .map(lambda answer: normalise(field, answer))
        .filter(lambda answer: not is_blank(answer))
    )


def answers_to(form: Form) -> st.SearchStrategy[dict[str, object]]:
    """Answers to any of the form's questions, with those that are required."""
    required = {field.id: answer_to(field) for field in form.fields if field.required}
    optional = {field.id: answer_to(field) for field in form.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional)
