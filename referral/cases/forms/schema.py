"""From the fields of a form to the marshmallow schema that page and API load answers with."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from marshmallow import Schema, ValidationError, post_load, pre_load, validates_schema
from marshmallow import fields as marshmallow_fields

from referral.cases.forms.answers import (
    AnswerError,
    is_blank,
    is_blank_row,
    left_open,
    normalise,
)
from referral.cases.forms.calculations import with_calculated
from referral.cases.forms.definition import Answer, Field, FieldType, Row
from referral.cases.forms.describing import describe
from referral.cases.forms.limits import broken_limit
from referral.cases.forms.messages import Message


class AnswerField(marshmallow_fields.Field[Answer]):
    """One question of a form as a marshmallow field; dumping returns the answer as it is kept."""

    def __init__(self, question: Field) -> None:
        super().__init__(
            required=question.is_always_required,
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


class RowsField(AnswerField):
    """A group: each row through the schema of its questions; an error names row and question."""

    def __init__(self, question: Field, rows: type["AnswersSchema"]) -> None:
        super().__init__(question)
        self.rows = rows

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Answer:
        left = left_open(self.question, value)
        if left is not None:
            return left
        partial = kwargs.get("partial")
        given = self._rows_given(value)
        if len(given) > self.question.most:
            raise ValidationError(str(Message.TOO_MANY_ROWS))
        kept = self._loaded(given, partial=partial)
        if len(kept) < self.question.least and not partial:
            raise ValidationError(str(Message.TOO_FEW_ROWS))
        return kept

    def _rows_given(self, value: Any) -> list[tuple[int, Any]]:
        """The rows that are not blank, each with its place in what was sent."""
        if not isinstance(value, list):
            raise ValidationError(str(Message.NOT_ROWS))
        exits = {option.id for option in self.question.exits}
        if any(isinstance(row, str) and row in exits for row in value):
            raise ValidationError(str(Message.NOT_ALONE))
        return [
            (place, row)
            for place, row in enumerate(value)
            if not (isinstance(row, Mapping) and is_blank_row(row))
        ]

    def _loaded(self, given: list[tuple[int, Any]], *, partial: Any) -> list[Row]:
        schema = self.rows(partial=partial)
        kept: list[Row] = []
        wrong: dict[int, Any] = {}
        for place, row in given:
            try:
                kept.append(schema.load(row))
            except ValidationError as refusal:
                wrong[place] = refusal.messages
        if wrong:
            raise ValidationError(wrong)
        return kept


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
        """An empty input is a question not answered, not an empty answer; nobody works out."""
        if not isinstance(data, Mapping):
            return data
        worked_out = {question.id for question in self.questions if question.calculation}
        return {
            key: value
            for key, value in data.items()
            if key not in worked_out and not is_blank(value)
        }

    @post_load
    def work_out(self, answers: dict[str, Any], **_: Any) -> dict[str, Any]:
        """What the form works out stands with the answers."""
        asked = [question for question in self.questions if question.id in self.fields]
        return with_calculated(asked, answers)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def hold_answers_to_each_other(
        self, answers: Mapping[str, Any], given: Any, *, partial: Any, **_: Any
    ) -> None:
        """What other answers call for is there, and what is dated lies within its limits."""
        if not isinstance(given, Mapping):
            return
        wrong = {
            question.id: [str(Message.REQUIRED)]
            for question in self.questions
            if not partial
            and not question.is_always_required
            and question.is_required(answers)
            and is_blank(given.get(question.id))
        }
        for question in self.questions:
            refusal = broken_limit(question, answers)
            if refusal is not None:
                wrong[question.id] = [str(refusal)]
        if wrong:
            raise ValidationError(wrong)


def build_schema(name: str, questions: Sequence[Field]) -> type[AnswersSchema]:
    """A schema class for these questions; ``name`` is what the API document calls it."""
    asked: dict[str, marshmallow_fields.Field[Any]] = {
        question.id: _asked(name, question) for question in questions
    }
    # marshmallow types what from_dict makes as a plain Schema, whatever class makes it.
    built = cast(type[AnswersSchema], AnswersSchema.from_dict(asked, name=name))
    built.questions = tuple(questions)
    return built


def _asked(name: str, question: Field) -> AnswerField:
    if question.type is not FieldType.GROUP:
        return AnswerField(question)
    return RowsField(question, build_schema(f"{name}{question.id.title()}", question.fields))
