"""What a form works out by itself: a small closed set of functions over its other answers.

A calculated answer is made anew at every load and stored with the others. What is sent for it is
passed over, so that a client may write back what it has read.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from referral.cases.forms.definition import Calculation, Field, FieldType, Function
from referral.cases.forms.limits import DATED_TYPES, day_of
from referral.kernel import clock

TAKES: Final[Mapping[Function, frozenset[FieldType]]] = {
    Function.ROWS: frozenset({FieldType.GROUP}),
    Function.SUM: frozenset({FieldType.NUMBER, FieldType.CALCULATED}),
    Function.YEARS_SINCE: DATED_TYPES | {FieldType.NUMBER},
}
"""The questions whose answers a function can use; a number is a year to the last."""


def with_calculated(fields: Iterable[Field], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, with those that are worked out from them and without any others such."""
    found = dict(answers)
    for field in fields:
        rows = found.get(field.id)
        if field.type is FieldType.GROUP and isinstance(rows, list):
            found[field.id] = [_row_with_calculated(field, row) for row in rows]
        if field.calculation is None:
            continue
        worked_out = calculate(field.calculation, found)
        found.pop(field.id, None)
        if worked_out is not None:
            found[field.id] = worked_out
    return found


def _row_with_calculated(group: Field, row: Any) -> Any:
    return with_calculated(group.fields, row) if isinstance(row, Mapping) else row


def calculate(calculation: Calculation, answers: Mapping[str, Any]) -> int | None:
    """The result, none while nothing that it needs has been answered."""
    return _FUNCTIONS[calculation.function](calculation.of, answers)


def _rows(of: tuple[str, ...], answers: Mapping[str, Any]) -> int | None:
    rows = answers.get(of[0])
    return sum(1 for row in rows if row) if isinstance(rows, list) else None


def _sum(of: tuple[str, ...], answers: Mapping[str, Any]) -> int | None:
    numbers = [n for name in of for n in _values(name, answers) if _is_number(n)]
    return sum(numbers) if numbers else None


def _years_since(of: tuple[str, ...], answers: Mapping[str, Any]) -> int | None:
    """Full years up to the day on which it was asked; of a year alone, the years between."""
    begun, today = answers.get(of[0]), clock.today()
    if isinstance(begun, int):
        years = today.year - begun
    elif (day := day_of(begun)) is not None:
        years = _full_years(day, today)
    else:
        return None
    return years if years >= 0 else None


def _full_years(day: date, today: date) -> int:
    return today.year - day.year - ((today.month, today.day) < (day.month, day.day))


def _values(name: str, answers: Mapping[str, Any]) -> list[Any]:
    """The answer of a question, or those of ``group.question`` in every row."""
    group, _, within = name.partition(".")
    answer = answers.get(group)
    if not within:
        return [answer]
    rows = answer if isinstance(answer, list) else []
    return [row.get(within) for row in rows if isinstance(row, Mapping)]


def _is_number(answer: object) -> bool:
    return isinstance(answer, int) and not isinstance(answer, bool)


_FUNCTIONS: Final[Mapping[Function, Callable[[tuple[str, ...], Mapping[str, Any]], int | None]]] = {
    Function.ROWS: _rows,
    Function.SUM: _sum,
    Function.YEARS_SINCE: _years_since,
}
