"""What a form file may not say of its questions, though each value has the right type."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from referral.cases.forms.calculations import TAKES
from referral.cases.forms.definition import (
    CODED_TYPES,
    LISTED_TYPES,
    TEXT_TYPES,
    Condition,
    Field,
    FieldType,
    Function,
)
from referral.cases.forms.form_file import FormFile, Steps
from referral.cases.forms.limits import DATED_TYPES, TODAY, is_day

_NUMBER: Final = frozenset({FieldType.NUMBER})
_COUNTED: Final = _NUMBER | {FieldType.CALCULATED}
_CALCULATED: Final = frozenset({FieldType.CALCULATED})
_ANSWERED: Final = frozenset(FieldType) - _CALCULATED
_GROUP: Final = frozenset({FieldType.GROUP})
_TAKEN_BY: Final[Mapping[str, frozenset[FieldType]]] = {
    "options": LISTED_TYPES,
    "minimum": _NUMBER,
    "maximum": _NUMBER,
    "max_length": TEXT_TYPES,
    "unknown": _ANSWERED - TEXT_TYPES - {FieldType.YES_NO_UNKNOWN},
    "unit_vi": _COUNTED,
    "unit_en": _COUNTED,
    "calculated": _CALCULATED,
    "decline": _ANSWERED,
    "required": _ANSWERED,
    "core": _ANSWERED,
    "copied_from": _ANSWERED,
    "shown_when": _ANSWERED,
    "required_when": _ANSWERED,
    "not_before": DATED_TYPES,
    "not_after": DATED_TYPES,
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
        before = questions[:position]
        _check_dates(file, here, question, before)
        _check_calculation(file, here, question, before)
        _check_condition(file, here, "shown_when", question.shown_when, before)
        _check_condition(file, here, "required_when", question.required_when, before)


def _check_keys(file: FormFile, place: Steps, question: Field, entry: Mapping[str, Any]) -> None:
    kind = question.type
    for key, types in _TAKEN_BY.items():
        if key in entry and kind not in types:
            raise file.error((*place, key), f"a {kind} takes no {key}")
    if kind is FieldType.CALCULATED and question.calculation is None:
        raise file.error(place, "a calculated needs calculated, such as { rows = 'children' }")
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
    for name, vi, en in (
        ("hint", question.hint_vi, question.hint_en),
        ("unit", question.unit_vi, question.unit_en),
        ("paper", question.paper_vi, question.paper_en),
    ):
        if bool(vi) != bool(en):
            raise file.error(place, f"the {name} must be in both languages")
    if question.required and question.required_when is not None:
        raise file.error((*place, "required_when"), "required_when says nothing beside required")


def _check_dates(file: FormFile, place: Steps, question: Field, before: Sequence[Field]) -> None:
    """Refuse a limit that is no day and no earlier date, and two days the wrong way round."""
    dated = {other.id for other in before if other.type in DATED_TYPES}
    limits = {"not_before": question.not_before, "not_after": question.not_after}
    for key, limit in limits.items():
        if limit is not None and limit != TODAY and not is_day(limit) and limit not in dated:
            raise file.error(
                (*place, key), f"{key}: '{limit}' is neither today, nor a day, nor an earlier date"
            )
    first, last = question.not_before or "", question.not_after or ""
    if is_day(first) and is_day(last) and first > last:
        raise file.error((*place, "not_before"), "not_before is after not_after")


def _check_calculation(
    file: FormFile, place: Steps, question: Field, before: Sequence[Field]
) -> None:
    """Refuse what cannot be worked out of earlier answers."""
    if question.calculation is None:
        return
    function = question.calculation.function
    known = {other.id: other.type for other in before}
    if function is Function.SUM:
        known |= {f"{o.id}.{within.id}": within.type for o in before for within in o.fields}
    for name in question.calculation.of:
        if name not in known:
            raise file.error((*place, "calculated"), f"{function}: no question '{name}' before it")
        if known[name] not in TAKES[function]:
            raise file.error(
                (*place, "calculated"), f"{function}: '{name}' is a {known[name]}, of no use to it"
            )


def _check_condition(
    file: FormFile, place: Steps, key: str, condition: Condition | None, before: Sequence[Field]
) -> None:
    if condition is None:
        return
    where = (*place, key)
    leading = next((other for other in before if other.id == condition.field), None)
    if leading is None:
        raise file.error(where, f"{key}: no question '{condition.field}' before it")
    missing = set(condition.codes) - {option.id for option in leading.choices}
    if missing:
        raise file.error(where, f"{key}: '{leading.id}' has no answer '{min(missing)}'")
