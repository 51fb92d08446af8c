"""Words that stand nowhere but where a test put them, so that finding one is a leak."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from referral.cases.forms.definition import PAPER, SHEET, Field, FieldType
from referral.cases.forms.engine import load_forms
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.kernel import clock

# Letters whose forms differ in NFC, NFD, upper case and without their marks.
LETTERS = "ắềộữđọkxqz"
TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
IDS = frozenset({"conflict.member"})
WRITTEN_AT_ONCE = frozenset({"consent", "follow_up"})
"""Whose paper would be older than what a test did before, and so change what it does."""
WRITTEN_AS_SECTIONS = frozenset(load_forms()) - OF_THEIR_OWN_OPERATION
UNIT = "20050"

Plant = Callable[[str], str]


@dataclass
class Canaries:
    """Each begins with the mark of this run; what follows names the field it was put in."""

    mark: str = field(
        default_factory=lambda: "Ẩ" + "".join(secrets.choice(LETTERS) for _ in range(9))
    )
    planted: dict[str, str] = field(default_factory=dict)

    def __call__(self, label: str) -> str:
        """The canary of a field, the same each time."""
        return self.planted.setdefault(label, f"{self.mark} {len(self.planted):03d}")


def answers(name: str, plant: Plant, **given: Any) -> dict[str, Any]:
    """Answers to a form with a canary in every text; choices show as many questions as they can."""
    return _answers(shelf.form(name).fields, name, plant, given)


def _answers(
    fields: Sequence[Field], within: str, plant: Plant, given: Mapping[str, Any]
) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    for question in fields:
        if question.id in given:
            taken[question.id] = given[question.id]
        elif question == PAPER:
            if within not in WRITTEN_AT_ONCE:
                taken[question.id] = [_paper(plant, f"{within}.{question.id}")]
        elif question.calculation is None and question != SHEET and question.is_shown(taken):
            taken[question.id] = _answer(fields, within, question, plant)
    return taken


def _paper(plant: Plant, name: str) -> dict[str, Any]:
    """Written an hour ago by somebody without an account, on no sheet that was printed."""
    return {
        "taken_at": f"{clock.now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "taken_by_name": plant(f"{name}.taken_by_name"),
        "fate": "destroyed",
        "destroyed_on": clock.today().isoformat(),
    }


def _answer(fields: Sequence[Field], within: str, question: Field, plant: Plant) -> Any:
    name = f"{within}.{question.id}"
    if question.type in TEXTS:
        return plant(name)
    if question.type is FieldType.GROUP:
        return [_answers(question.fields, name, plant, {})]
    if question.type in {FieldType.ONE_OF, FieldType.YES_NO_UNKNOWN}:
        return (_opening(fields, question) or _codes(question))[0]
    if question.type is FieldType.SEVERAL_OF:
        together = [option.id for option in question.options if not option.alone]
        return together[:3] + [code for code in _opening(fields, question) if code in together[3:]]
    if question.type is FieldType.NUMBER:
        return max(2, question.minimum)
    return _PLAIN[question.type]


def _opening(fields: Sequence[Field], question: Field) -> list[str]:
    """The answers that make further questions appear."""
    return [
        code
        for code in _codes(question)
        for other in fields
        if other.shown_when is not None
        and other.shown_when.field == question.id
        and other.shown_when.holds({question.id: code})
    ]


def _codes(question: Field) -> list[str]:
    return [option.id for option in question.options] or ["yes", "no"]


_PLAIN: Mapping[FieldType, Any] = {
    FieldType.UNIT: UNIT,
    FieldType.DATE: "2024-11-26",
    FieldType.TIME: "21:30",
    FieldType.DATETIME: "2024-11-25T14:00:00Z",
}


def text_fields() -> set[str]:
    """Every text question of every form, as `form.field`; but those that hold an id."""
    return {
        name
        for form in shelf.all().values()
        for name in _text_fields(form.fields, form.id)
        if name not in IDS | {f"{form_id}.paper.taken_by_name" for form_id in WRITTEN_AT_ONCE}
    }


def _text_fields(fields: Sequence[Field], within: str) -> Iterator[str]:
    for question in fields:
        name = f"{within}.{question.id}"
        if question.type in TEXTS:
            yield name
        yield from _text_fields(question.fields, name)
