"""One answer: what is accepted for each field type, and in which single form it is kept."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from referral.cases.forms.definition import Answer, Field, FieldType
from referral.cases.forms.messages import Message
from referral.cases.forms.sheets import read_sheet_number

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{2}:\d{2}", re.ASCII)
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
UNIT_CODE = re.compile(r"\d{2}|\d{3}|\d{5}", re.ASCII)
"""Province, district (until 30 June 2025) or commune code of the statistics office."""

# Letters that turn the reading direction can make a printed line say what was not written.
_DIRECTION_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_YEARS = range(1900, 2101)


class AnswerError(ValueError):
    """An answer that its field does not accept; ``message`` says what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def is_blank(value: object) -> bool:
    """Whether nothing was answered: absent, empty, only spaces, no entry, or only blank rows."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list):
        return all(isinstance(row, Mapping) and is_blank_row(row) for row in value)
    return value is None


def is_blank_row(row: Mapping[str, object]) -> bool:
    """Whether nothing stands in a row of a group."""
    return all(is_blank(value) for value in row.values())


def normalise(field: Field, value: object) -> Answer:
    """The one form in which this answer is kept; raises ``AnswerError`` when it is refused.

    ``declined`` and ``unknown`` are kept as these words for every type that offers them. The rows
    of a group have a schema of their own.
    """
    left = left_open(field, value)
    return _READERS[field.type](field, value) if left is None else left


def left_open(field: Field, value: object) -> str | None:
    """The exit that was taken, if it is one that the question offers."""
    single = value[0] if isinstance(value, list) and len(value) == 1 else value
    return next((option.id for option in field.exits if option.id == single), None)


def _text(field: Field, value: object) -> str:
    return _printable(field, " ".join(unicodedata.normalize("NFC", _string(value)).split()))


def _long_text(field: Field, value: object) -> str:
    lines = unicodedata.normalize("NFC", _string(value)).replace("\r\n", "\n").replace("\r", "\n")
    return _printable(field, lines.strip())


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise AnswerError(Message.NOT_TEXT)
    return value


def _printable(field: Field, text: str) -> str:
    if any(_is_unprintable(letter) for letter in text):
        raise AnswerError(Message.UNPRINTABLE)
    if len(text) > field.max_length:
        raise AnswerError(Message.TOO_LONG)
    return text


def _is_unprintable(letter: str) -> bool:
    if letter in "\n\t":
        return False
    return unicodedata.category(letter) in {"Cc", "Cs"} or letter in _DIRECTION_CONTROLS


def _date(_field: Field, value: object) -> str:
    text = _matching(_DATE, value, Message.NOT_DATE)
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise AnswerError(Message.NOT_DATE) from problem
    if day.year not in _YEARS:
        raise AnswerError(Message.NOT_DATE)
    return text


def _time(_field: Field, value: object) -> str:
    text = _matching(_TIME, value, Message.NOT_TIME)
    try:
        time.fromisoformat(text)
    except ValueError as problem:
        raise AnswerError(Message.NOT_TIME) from problem
    return text


def _datetime(_field: Field, value: object) -> str:
    text = _matching(_DATETIME, value, Message.NOT_DATETIME)
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise AnswerError(Message.NOT_DATETIME) from problem
    if moment.year not in _YEARS:
        raise AnswerError(Message.NOT_DATETIME)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _matching(pattern: re.Pattern[str], value: object, refusal: Message) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not pattern.fullmatch(text):
        raise AnswerError(refusal)
    return text


def _number(field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise AnswerError(Message.NOT_NUMBER)
    if not field.minimum <= value <= field.maximum:
        raise AnswerError(Message.OUT_OF_RANGE)
    return value


def _one_of(field: Field, value: object) -> str:
    if not isinstance(value, str) or value not in {option.id for option in field.options}:
        raise AnswerError(Message.NOT_LISTED)
    return value


def _several_of(field: Field, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise AnswerError(Message.NOT_LISTED)
    given = set(value)
    if given - {option.id for option in field.choices}:
        raise AnswerError(Message.NOT_LISTED)
    if len(given) > 1 and any(option.alone for option in field.choices if option.id in given):
        raise AnswerError(Message.NOT_ALONE)
    return [option.id for option in field.options if option.id in given]


def _unit(_field: Field, value: object) -> str:
    return _matching(UNIT_CODE, value, Message.NOT_UNIT)


def _member(_field: Field, value: object) -> str:
    try:
        return str(UUID(_string(value)))
    except ValueError as problem:
        raise AnswerError(Message.NOT_LISTED) from problem


def _sheet(_field: Field, value: object) -> str:
    number = read_sheet_number(_string(value))
    if number is None:
        raise AnswerError(Message.NOT_SHEET)
    return number


_READERS: Mapping[FieldType, Callable[[Field, object], Answer]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _long_text,
    FieldType.DATE: _date,
    FieldType.TIME: _time,
    FieldType.DATETIME: _datetime,
    FieldType.NUMBER: _number,
    FieldType.YES_NO_UNKNOWN: _one_of,
    FieldType.ONE_OF: _one_of,
    FieldType.SEVERAL_OF: _several_of,
    FieldType.UNIT: _unit,
    FieldType.MEMBER: _member,
    FieldType.SHEET: _sheet,
}
