"""What is typed into forms that are not forms of a case, on its way to the schema of the API."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields

from referral.cases.forms.answers import AnswerError, normalise
from referral.cases.forms.definition import Field, FieldType
from referral.cases.forms.messages import Message
from referral.cases.forms.page import SentInputs, read_inputs
from referral.kernel import clock
from referral.kernel.errors import InvalidInput

REFUSED: Final = "This cannot be taken as it stands. Look at the hint."
_DAY: Final = FieldType.DATE
_MOMENT: Final = FieldType.DATETIME


def read_day(sent: SentInputs, name: str) -> date:
    """The local day typed as dd/mm/yyyy under `name`; `InvalidInput` names the input."""
    return date.fromisoformat(_read(sent, name, _DAY))


def read_optional_day(sent: SentInputs, name: str) -> date | None:
    """As `read_day`, None when nothing was typed."""
    typed = [value for value in sent.getlist(name) if value.strip()]
    return read_day(sent, name) if typed else None


def read_moment(sent: SentInputs, name: str) -> datetime:
    """The moment typed under `name-date` and `name-time` as local wall time, aware, UTC."""
    return datetime.fromisoformat(_read(sent, name, _MOMENT))


def _read(sent: SentInputs, name: str, kind: FieldType) -> str:
    field = Field(id=name, type=kind, vi="", en="", decline=False)
    found = read_inputs([field], sent, zone=clock.clock.zone)
    if name not in found:
        raise InvalidInput({name: [str(Message.REQUIRED)]})
    try:
        return str(normalise(field, found[name]))
    except AnswerError as error:
        raise InvalidInput({name: [str(error.message)]}) from error


TOKEN: Final = "csrf_token"  # noqa: S105 # nosec B105 - the name of a field
_TYPES: Final[Mapping[type[fields.Field[Any]], FieldType]] = {
    fields.AwareDateTime: _MOMENT,
    fields.Date: _DAY,
    fields.Integer: FieldType.NUMBER,
    fields.List: FieldType.SEVERAL_OF,
}
_WORDED: Final = (
    (re.compile(r"Not a valid (aware |naive )?datetime"), Message.NOT_DATETIME),
    (re.compile(r"Not a valid date"), Message.NOT_DATE),
    (re.compile(r"Not a valid (integer|number)"), Message.NOT_NUMBER),
    (re.compile(r"Must be one of|Not a valid (UUID|uuid)"), Message.NOT_LISTED),
    (re.compile(r"Must be (greater|less)"), Message.OUT_OF_RANGE),
    (re.compile(r"Longer than"), Message.TOO_LONG),
)
"""marshmallow's own texts, in ours."""


def typed_for(schema: Schema, sent: SentInputs) -> dict[str, Any]:
    """What was typed under the names of a schema's fields, in the shape that the API sends.

    Blanks are left out. Nothing is refused: what cannot be read passes on, and the schema says so.
    """
    asked = [
        Field(id=name, type=_TYPES.get(type(field), FieldType.TEXT), vi="", en="", decline=False)
        for name, field in schema.fields.items()
    ]
    return read_inputs(asked, sent, zone=clock.clock.zone)


def loaded(
    schema: Schema, typed: Mapping[str, Any], *, said: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What was typed, through the schema that the API uses too; `InvalidInput` in our words.

    `said` has the sentence of a field where the usual one would not help.
    """
    filled = {
        name: value
        for name, value in typed.items()
        if value not in ("", [], None) and name != TOKEN
    }
    try:
        taken: dict[str, Any] = schema.load(filled)
    except ValidationError as error:
        wrong = dict(_by_field(error.messages))
        own = said or {}
        raise InvalidInput({n: [own.get(n) or text] for n, text in wrong.items()}) from error
    return taken


def _by_field(messages: Any) -> Iterator[tuple[str, str]]:
    """Field and sentence; of a nested schema its own fields, of a list the list."""
    for name, found in messages.items():
        if not isinstance(found, Mapping):
            yield str(name), _worded(str(found[0]))
        elif all(isinstance(inner, str) for inner in found):
            yield from _by_field(found)
        else:
            yield str(name), REFUSED


def _worded(text: str) -> str:
    if text.startswith(("Missing data", "Field may not be null")):
        return str(Message.REQUIRED)
    return next((str(message) for pattern, message in _WORDED if pattern.match(text)), REFUSED)


def gathered(*checks: Callable[[], object]) -> None:
    """Run every check, and refuse once with all that they refuse."""
    wrong: dict[str, list[str]] = {}
    for check in checks:
        try:
            check()
        except InvalidInput as refusal:
            wrong = refusal.fields | wrong
    if wrong:
        raise InvalidInput(wrong)
