"""A form as a blank sheet: boxes to tick and lines to write on, with nothing that tells of whom.

A sheet is carried about and may be found. It has a number and no title, agency or name, and where
a label would say what happened, the form's file has other words for paper.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from referral.cases.forms.definition import BY_ITSELF, Field, FieldType
from referral.cases.forms.form import Form

_ROWS: Final = 4
"""Lines of a group on one sheet; who needs more takes another sheet."""
_LETTERS_A_LINE: Final = 100
_MOST_LINES: Final = 10
_SHAPES: Final = {
    FieldType.DATE: "day",
    FieldType.TIME: "time",
    FieldType.DATETIME: "moment",
    FieldType.NUMBER: "number",
}


@dataclass(frozen=True)
class PaperQuestion:
    """One question on paper; `boxes` to tick stand after what is to be written, if both are.

    `shape`: `boxes` alone, `lines`, `number`, or the places of a `day`, `time` or `moment`.
    """

    asked: Field
    label: str
    shape: str
    boxes: tuple[str, ...] = ()
    lines: int = 0
    unit: str = ""
    rows: tuple[tuple["PaperQuestion", ...], ...] = ()


def on_paper(fields: Iterable[Field], locale: str) -> list[PaperQuestion]:
    """What a person answers by hand, in the order of the form."""
    by_hand = (field for field in fields if field.calculation is None and field not in BY_ITSELF)
    return [_question(field, locale) for field in by_hand]


def key_to(form: Form, locale: str) -> list[tuple[str, str]]:
    """What the words on the sheet stand for, where they are others: to be kept apart from it."""
    found = dict(_other_words(form.fields, locale))
    return [(paper, meant) for meant, paper in found.items()]


def _question(field: Field, locale: str) -> PaperQuestion:
    boxes = tuple(option.on_paper(locale) for option in field.choices)
    rows: tuple[tuple[PaperQuestion, ...], ...] = ()
    if field.type is FieldType.GROUP:
        row = tuple(on_paper(field.fields, locale))
        rows = (row,) * max(field.least, min(_ROWS, field.most))
    is_written = not field.options and not rows
    return PaperQuestion(
        asked=field,
        label=field.on_paper(locale),
        shape=_SHAPES.get(field.type, "lines") if is_written else "boxes",
        boxes=boxes,
        lines=min(_MOST_LINES, -(-field.max_length // _LETTERS_A_LINE)) if is_written else 0,
        unit=field.unit(locale),
        rows=rows,
    )


def _other_words(fields: Iterable[Field], locale: str) -> Iterator[tuple[str, str]]:
    for field in fields:
        if field.on_paper(locale) != field.label(locale):
            yield field.label(locale), field.on_paper(locale)
        for option in field.options:
            if option.on_paper(locale) != option.label(locale):
                yield option.label(locale), option.on_paper(locale)
        yield from _other_words(field.fields, locale)
