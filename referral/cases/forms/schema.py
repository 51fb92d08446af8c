"""From the fields of a form to the marshmallow schema that page and API load answers with."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from marshmallow import Schema, ValidationError, pre_load, validates_schema
from marshmallow import fields as marshmallow_fields

from referral.cases.forms.answers import UNIT_CODE, AnswerError, is_blank, normalise
from referral.cases.forms.definition import TEXT_TYPES, Answer, Field, FieldType
from referral.cases.forms.messages import Message


class AnswerField(marshmallow_fields.Field[Answer]):
    """One question of a form as a marshmallow field; dumping returns the answer as it is kept."""

    def __init__(self, question: Field) -> None:
        super().__init__(
            required=question.required and question.shown_when is None,
            error_messages={"required": str(Message.REQUIRED)},
            metadata=describe(question),
        )
        self.question = question

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Answer:
        try:
            return normalise(self.question, value)
        except AnswerError as refusal:
            raise ValidationError(str(refusal.message)) from refusal


class AnswersSchema(Schema):
    """Loads one form's answers: blanks are left out, questions the form does not ask are refused.

    ``partial=True`` lets a draft omit what is required.
    """

    questions: ClassVar[Sequence[Field]] = ()
    error_messages: dict[str, str] = {  # noqa: RUF012 - marshmallow types it as an instance's
        "unknown": str(Message.NO_SUCH_QUESTION),
        "type": str(Message.NOT_ANSWERS),
    }

    @pre_load
    def leave_out_blanks(self, data: Any, **_: Any) -> Any:
        """An empty input is a question not answered, not an empty answer."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if not is_blank(value)}

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def require_what_is_shown(
        self, answers: Mapping[str, Any], given: Any, *, partial: Any, **_: Any
    ) -> None:
        """A required question that depends on another is required once that answer calls for it."""
        if partial or not isinstance(given, Mapping):
            return
        missing = {
            question.id: [str(Message.REQUIRED)]
            for question in self.questions
            if question.required
            and question.shown_when is not None
            and question.is_shown(answers)
            and is_blank(given.get(question.id))
        }
        if missing:
            raise ValidationError(missing)


def build_schema(name: str, questions: Sequence[Field]) -> type[AnswersSchema]:
    """A schema class for these questions; ``name`` is what the API document calls it."""
    asked: dict[str, marshmallow_fields.Field[Any]] = {
        question.id: AnswerField(question) for question in questions
    }
    # marshmallow types what from_dict makes as a plain Schema, whatever class makes it.
    built = cast(type[AnswersSchema], AnswersSchema.from_dict(asked, name=name))
    built.questions = tuple(questions)
    return built


def describe(question: Field) -> dict[str, Any]:
    """The question as an OpenAPI 3.1 (JSON Schema) property, English first, Vietnamese beside."""
    described = {"title": question.en, "x-title-vi": question.vi, **_accepted(question)}
    if question.hint_en:
        described["description"] = question.hint_en
    if question.gbvims:
        described["x-gbvims"] = question.gbvims
    return described


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
