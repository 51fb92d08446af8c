"""From the fields of a form to what the API document says of them (OpenAPI 3.1, JSON Schema)."""

from collections.abc import Iterable
from typing import Any

from referral.cases.forms.answers import UNIT_CODE
from referral.cases.forms.definition import TEXT_TYPES, Condition, Field, FieldType
from referral.cases.forms.sheets import SHEET_NUMBER


def describe_all(questions: Iterable[Field], former: Iterable[Field] = ()) -> dict[str, Any]:
    """An object with an answer to each question, and none to any other.

    Former questions are marked as deprecated: their answers may be written back until moved.
    """
    asked = tuple(questions)
    gone = {question.id: {**describe(question), "deprecated": True} for question in former}
    return {
        "type": "object",
        "properties": {question.id: describe(question) for question in asked} | gone,
        "required": [item.id for item in asked if item.is_always_required],
        "additionalProperties": False,
    }


def describe(question: Field) -> dict[str, Any]:
    """The question as an OpenAPI 3.1 (JSON Schema) property, English first, Vietnamese beside."""
    described = {"title": question.en, "x-title-vi": question.vi, **_accepted(question)}
    if question.hint_en:
        described["description"] = question.hint_en
    told = {
        "x-description-vi": question.hint_vi,
        "x-answers": _labels(question),
        "x-gbvims": question.gbvims,
        "x-unit": question.unit_en,
        "x-unit-vi": question.unit_vi,
        "x-not-before": question.not_before,
        "x-not-after": question.not_after,
        "x-shown-when": _condition(question.shown_when),
        "x-required-when": _condition(question.required_when),
    }
    return described | {name: value for name, value in told.items() if value}


def _labels(question: Field) -> dict[str, dict[str, str]]:
    """What each code of a coded question means, for programs that show it to people."""
    listed = question.choices if question.options else ()
    return {option.id: {"en": option.en, "vi": option.vi} for option in listed}


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    wanted = "none_of" if condition.is_none_of else "any_of"
    return {"field": condition.field, wanted: list(condition.codes)}


def _accepted(question: Field) -> dict[str, Any]:
    exits = [option.id for option in question.exits]
    if question.type in {FieldType.ONE_OF, FieldType.YES_NO_UNKNOWN}:
        return {"type": "string", "enum": [option.id for option in question.choices]}
    plain = _plain(question)
    # Free text already admits the words, as long as they fit.
    if not exits or question.type in TEXT_TYPES:
        return plain
    return {"anyOf": [plain, {"type": "string", "enum": exits}]}


def _plain(question: Field) -> dict[str, Any]:
    shapes: dict[FieldType, dict[str, Any]] = {
        FieldType.MEMBER: {"type": "string", "format": "uuid"},
        FieldType.SHEET: {"type": "string", "pattern": f"^{SHEET_NUMBER}$"},
        FieldType.CALCULATED: {"type": "integer", "readOnly": True},
        FieldType.GROUP: {
            "type": "array",
            "items": describe_all(question.fields),
            "minItems": question.least,
            "maxItems": question.most,
        },
        FieldType.DATE: {"type": "string", "format": "date"},
        FieldType.TIME: {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"},
        FieldType.DATETIME: {"type": "string", "format": "date-time"},
        FieldType.UNIT: {"type": "string", "pattern": f"^({UNIT_CODE.pattern})$"},
        FieldType.NUMBER: {
            "type": "integer",
            "minimum": question.minimum,
            "maximum": question.maximum,
        },
        FieldType.SEVERAL_OF: {
            "type": "array",
            "items": {"type": "string", "enum": [option.id for option in question.options]},
            "uniqueItems": True,
        },
    }
    return shapes.get(question.type, {"type": "string", "maxLength": question.max_length})
