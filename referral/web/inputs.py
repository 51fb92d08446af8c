"""Dates and moments typed into small forms that are not forms of a case."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from marshmallow import Schema, ValidationError

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


def loaded(schema: Schema, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, through the schema that the API uses too; `InvalidInput` in our words."""
    try:
        filled = {name: value for name, value in typed.items() if value and name != TOKEN}
        taken: dict[str, Any] = schema.load(filled)
    except ValidationError as error:
        wrong = {
            str(name): [REFUSED if typed.get(str(name)) else str(Message.REQUIRED)]
            for name in error.messages
        }
        raise InvalidInput(wrong) from error
    return taken
