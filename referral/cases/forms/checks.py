"""What a form file may not say of its questions, though each value has the right type."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from referral.cases.forms.definition import (
    CODED_TYPES,
    LISTED_TYPES,
    TEXT_TYPES,
    Field,
    FieldType,
)
from referral.cases.forms.form_file import FormFile, Steps

_NUMBER: Final = frozenset({FieldType.NUMBER})
_GROUP: Final = frozenset({FieldType.GROUP})
_TAKEN_BY: Final[Mapping[str, frozenset[FieldType]]] = {
    "options": LISTED_TYPES,
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "max_length": TEXT_TYPES,
    "unknown": frozenset(FieldType) - TEXT_TYPES - {FieldType.YES_NO_UNKNOWN},
    "fields": _GROUP,
    "least": _GROUP,
    "most": _GROUP,
}
"""Keys that only some types have a use for."""
_NOT_IN_A_ROW: Final = ("core", "fact", "copied_from")


def check_questions(
    file: FormFile, place: Steps, questions: Sequence[Field], entries: Sequence[Mapping[str, Any]]
) -> None:
    """Refuse the first question of a form, or of a group, that contradicts itself or another."""
    for position, question in enumerate(questions):
        here = (*place, position)
        _check_keys(file, here, question, entries[position])
        _check_limits(file, here, question)
        _check_shown_when(file, here, question, questions[:position])


def _check_keys(file: FormFile, place: Steps, question: Field, entry: Mapping[str, Any]) -> None:
    kind = question.type
    for key, types in _TAKEN_BY.items():
        if key in entry and kind not in types:
            raise file.error((*place, key), f"a {kind} takes no {key}")
    if kind is FieldType.GROUP and not question.fields:
        raise file.error(place, "a group needs questions of its own: [[fields.fields]]")
    if question.fact and kind not in CODED_TYPES:
        raise file.error((*place, "fact"), f"a {kind} is not coded: no fact may carry it")
    if len(place) > 2:
        _check_row(file, place, question, entry)


def _check_row(file: FormFile, place: Steps, question: Field, entry: Mapping[str, Any]) -> None:
    """A question of a group: rows are not counted, not copied, and hold no rows."""
    if question.type is FieldType.GROUP:
        raise file.error(place, "a group holds no other group")
    for key in _NOT_IN_A_ROW:
        if key in entry:
            raise file.error((*place, key), f"a question of a group takes no {key}")


def _check_limits(file: FormFile, place: Steps, question: Field) -> None:
    if question.minimum > question.maximum:
        raise file.error((*place, "minimum"), "minimum is above maximum")
    if question.least > question.most:
        raise file.error((*place, "least"), "least is above most")
    if bool(question.hint_vi) != bool(question.hint_en):
        raise file.error(place, "the hint must be in both languages")


def _check_shown_when(
    file: FormFile, place: Steps, question: Field, before: Sequence[Field]
) -> None:
    if question.shown_when is None:
        return
    where = (*place, "shown_when")
    leading = next((other for other in before if other.id == question.shown_when.field), None)
    if leading is None:
        raise file.error(where, f"shown_when: no question '{question.shown_when.field}' before it")
    missing = set(question.shown_when.any_of) - {option.id for option in leading.choices}
    if missing:
        raise file.error(where, f"shown_when: '{leading.id}' has no answer '{min(missing)}'")
