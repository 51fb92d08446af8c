"""Between answers and what a person types: HTML inputs both ways.

Conventions of the inputs: an input is named by its field id (after a prefix, when a page holds
several forms); ``several_of`` sends one value a ticked box; ``datetime`` sends ``<id>-date`` and
``<id>-time`` in local wall time (or one ``<id>`` from a ``datetime-local`` input); every field
that has exits may send them as ``<id>-exit``, so that a text or date can be declined by a box. A
group sends one ``<id>-row`` a row, any number that tells the rows apart, and the inputs of row 2
as ``<id>-2-<question>``; rows may come and go without the others being counted anew.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from referral.cases.forms.definition import Answer, Field, FieldType

VERSION = "form-version"
"""The input that says which version of the form a page asks; a dash stands in no field's id."""
MOVED = "former-moved"
"""The boxes that say which answers to former questions have been moved elsewhere."""
HANOI_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

_TYPED_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_TYPED_TIME = re.compile(r"(\d{1,2})[:hH](\d{2})", re.ASCII)
_MARK = re.compile(r"\d{1,4}", re.ASCII)
_TYPED_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)


class SentInputs(Protocol):
    """What a web framework hands over of a sent HTML form: all values of one input name."""

    def getlist(self, key: str, /) -> list[str]:
        """The values sent under this name, in order; an empty list when there are none."""
        ...


def read_inputs(
    fields: Iterable[Field], sent: SentInputs, *, prefix: str = "", zone: ZoneInfo = HANOI_TIME
) -> dict[str, object]:
    """The answers as sent, in the shape that the schema loads; blanks and other inputs left out.

    Nothing is refused here: what cannot be read passes on as it was typed, and the schema says so.
    """
    asked = (field for field in fields if field.calculation is None)
    read = {field.id: _read(field, sent, prefix + field.id, zone) for field in asked}
    return {field_id: value for field_id, value in read.items() if value not in ("", [])}


def _read(field: Field, sent: SentInputs, name: str, zone: ZoneInfo) -> object:
    given = [value for value in sent.getlist(name) if value.strip()]
    left_open = [value for value in sent.getlist(f"{name}-exit") if value.strip()]
    if field.type is FieldType.SEVERAL_OF:
        return given + left_open
    if field.type is FieldType.GROUP:
        rows = _read_rows(field, sent, name, zone)
        return [*(rows if not left_open or any(rows) else []), *left_open]
    if left_open:
        return left_open[0]
    if field.type is FieldType.DATETIME:
        return _read_moment(sent, name, given, zone)
    return _TYPED.get(field.type, str)(given[0]) if given else ""


def _read_rows(
    field: Field, sent: SentInputs, name: str, zone: ZoneInfo
) -> list[dict[str, object]]:
    """The rows in their order, blank ones too: an error names the place of its row."""
    return [
        read_inputs(field.fields, sent, prefix=f"{name}-{mark}-", zone=zone)
        for mark in row_marks(sent.getlist(f"{name}-row"))
    ]


def row_marks(sent: Iterable[str]) -> list[str]:
    """What tells the rows of a group apart, out of what its ``-row`` inputs sent."""
    return [mark for mark in dict.fromkeys(sent) if _MARK.fullmatch(mark)]


def is_version(said: str) -> bool:
    """Whether an input names a version."""
    return _MARK.fullmatch(said) is not None


def _read_moment(sent: SentInputs, name: str, given: list[str], zone: ZoneInfo) -> str:
    day, clock = (next(iter(sent.getlist(f"{name}-{part}")), "") for part in ("date", "time"))
    typed = given[0] if given else f"{_iso_date(day)}T{_iso_time(clock)}"
    if typed == "T":
        return ""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    if "T" not in typed or moment.tzinfo is not None:
        return typed
    try:
        return moment.replace(tzinfo=zone).astimezone(UTC).isoformat()
    except OverflowError:
        return typed


def _iso_date(typed: str) -> str:
    match = _TYPED_DATE.fullmatch(typed.strip())
    return f"{match[3]}-{match[2]:0>2}-{match[1]:0>2}" if match else typed.strip()


def _iso_time(typed: str) -> str:
    match = _TYPED_TIME.fullmatch(typed.strip())
    # Some browsers send seconds when the value they were given had them.
    return f"{match[1]:0>2}:{match[2]}" if match else typed.strip().removesuffix(":00")


def _number(typed: str) -> int | str:
    return int(typed) if _TYPED_NUMBER.fullmatch(typed.strip()) else typed


_TYPED: Mapping[FieldType, Callable[[str], object]] = {
    FieldType.DATE: _iso_date,
    FieldType.TIME: _iso_time,
    FieldType.NUMBER: _number,
}


def fill_inputs(
    fields: Iterable[Field],
    answers: Mapping[str, Answer],
    *,
    prefix: str = "",
    zone: ZoneInfo = HANOI_TIME,
) -> dict[str, list[str]]:
    """The values of the inputs that show these answers; ``read_inputs`` gives the answers back."""
    filled: dict[str, list[str]] = {}
    for field in fields:
        if field.id in answers and field.calculation is None:
            filled.update(_fill(field, answers[field.id], prefix + field.id, zone))
    return filled


def _fill(field: Field, answer: Answer, name: str, zone: ZoneInfo) -> dict[str, list[str]]:
    if any(answer == option.id for option in field.exits):
        listed = field.type in {FieldType.ONE_OF, FieldType.YES_NO_UNKNOWN}
        return {name if listed else f"{name}-exit": [str(answer)]}
    if field.type is FieldType.GROUP and isinstance(answer, list):
        return _fill_rows(field, answer, name, zone)
    if isinstance(answer, list):
        return {name: [str(code) for code in answer]}
    if field.type is FieldType.DATETIME and is_iso(answer):
        moment = datetime.fromisoformat(str(answer)).astimezone(zone)
        seconds = ":%S" if moment.second else ""
        return {
            f"{name}-date": [f"{moment:%Y-%m-%d}"],
            f"{name}-time": [moment.strftime(f"%H:%M{seconds}")],
        }
    return {name: [str(answer)]}


def _fill_rows(field: Field, rows: list[Any], name: str, zone: ZoneInfo) -> dict[str, list[str]]:
    filled = {f"{name}-row": [str(place) for place in range(len(rows))]}
    for place, row in enumerate(rows):
        filled.update(fill_inputs(field.fields, row, prefix=f"{name}-{place}-", zone=zone))
    return filled


def is_iso(answer: object) -> bool:
    """Whether a date or moment can be read: an older version may have kept a word instead."""
    try:
        datetime.fromisoformat(str(answer))
    except ValueError:
        return False
    return True
