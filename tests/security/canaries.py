"""Words that stand nowhere but where a test put them, so that finding one is a leak."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from referral.cases.forms.definition import Field, FieldType
from referral.cases.forms.form import Form
from referral.cases.forms_in_force import shelf

# Letters whose forms differ in NFC, NFD, upper case and without their marks.
LETTERS = "ắềộữđọkxqz"
TEXTS = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
IDS = frozenset({"conflict.member"})
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
    form = shelf.form(name)
    taken: dict[str, Any] = {}
    for question in form.fields:
        if question.id in given:
            taken[question.id] = given[question.id]
        elif question.is_shown(taken):
            taken[question.id] = _answer(form, question, plant)
    return taken


def _answer(form: Form, question: Field, plant: Plant) -> Any:
    if question.type in TEXTS:
        return plant(f"{form.id}.{question.id}")
    if question.type is FieldType.ONE_OF:
        return (_opening(form, question) or [question.options[0].id])[0]
    if question.type is FieldType.SEVERAL_OF:
        together = [option.id for option in question.options if not option.alone]
        return together[:3] + [code for code in _opening(form, question) if code in together[3:]]
    if question.type is FieldType.NUMBER:
        return max(2, question.minimum)
    return _PLAIN[question.type]


def _opening(form: Form, question: Field) -> list[str]:
    """The answers that make further questions appear."""
    return [
        code
        for other in form.fields
        if other.shown_when is not None and other.shown_when.field == question.id
        for code in other.shown_when.any_of
    ]


_PLAIN: Mapping[FieldType, Any] = {
    FieldType.YES_NO_UNKNOWN: "yes",
    FieldType.UNIT: UNIT,
    FieldType.DATE: "2024-11-20",
    FieldType.TIME: "21:30",
    FieldType.DATETIME: "2024-11-25T14:00:00Z",
}


def text_fields() -> set[str]:
    """Every text question of every form, as `form.field`; but those that hold an id."""
    return {
        f"{form.id}.{question.id}"
        for form in shelf.all().values()
        for question in form.fields
        if question.type in TEXTS and f"{form.id}.{question.id}" not in IDS
    }
