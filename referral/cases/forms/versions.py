"""What a version of a form changed, and how what an older one holds comes over to it.

A version names the one it was made from, and says of each question that is not asked any more
whether it was renamed or removed, and of each code that is gone which one it moved to. A removed
question keeps its id for ever: its answers stay where they are, until a person has moved them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from referral.cases.forms.definition import Field, FieldType

Codes = Mapping[str, Mapping[str, str]]
"""Old code to new one, by question; a question of a group by ``group.question``."""
Fault = tuple[tuple[str, ...], str]
"""The way to what is wrong within the changes, and the reason."""


@dataclass(frozen=True)
class Changes:
    """From version ``since`` to the form that says so."""

    since: int
    renamed: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    codes: Codes = field(default_factory=dict)

    def of_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Answers to the earlier version as answers to this one; removed ones stay as they are."""
        moved = {self.renamed.get(name, name): answer for name, answer in answers.items()}
        for path, codes in self.codes.items():
            name, _, within = path.partition(".")
            if name in moved:
                moved[name] = _recoded(moved[name], within, codes)
        return moved

    def of_inputs(self, typed: Mapping[str, list[str]], prefix: str) -> dict[str, list[str]]:
        """What was typed into the earlier version's page, by the input names of this one's."""
        moved = {self._input(name, prefix): said for name, said in typed.items()}
        for path, codes in self.codes.items():
            name, _, within = path.partition(".")
            box = rf"{re.escape(prefix + name)}" + (rf"-\d+-{within}" if within else "")
            for found in [sent for sent in moved if re.fullmatch(box, sent)]:
                moved[found] = [codes.get(code, code) for code in moved[found]]
        return moved

    def _input(self, name: str, prefix: str) -> str:
        if not name.startswith(prefix):
            return name
        question, dash, part = name.removeprefix(prefix).partition("-")
        return f"{prefix}{self.renamed.get(question, question)}{dash}{part}"


def _recoded(answer: Any, within: str, codes: Mapping[str, str]) -> Any:
    if within:
        rows = answer if isinstance(answer, list) else []
        return [
            {**row, within: _recoded(row[within], "", codes)} if within in row else row
            for row in rows
        ] or answer
    if isinstance(answer, list):
        return list(dict.fromkeys(codes.get(code, code) for code in answer))
    return codes.get(answer, answer)


def as_former(question: Field) -> Field:
    """A question that is asked no more: its answers are taken as they stand, and ask nothing."""
    return replace(
        question,
        required=False,
        core=False,
        fact=False,
        copied_from=None,
        shown_when=None,
        required_when=None,
        not_before=None,
        not_after=None,
        least=0,
    )


def faults(
    changes: Changes, before: Iterable[Field], former: Iterable[Field], after: Iterable[Field]
) -> Iterator[Fault]:
    """Why answers to the earlier version would be lost."""
    old = {question.id: question for question in before}
    new = {question.id: question for question in after}
    yield from _unknown_names(changes, old, new)
    yield from _names_taken(changes, old, new)
    for gone in sorted({question.id for question in former} & set(new)):
        yield (), f"'{gone}' was removed in an earlier version: give the question another id"
    for question in old.values():
        if question.id in changes.removed or question.calculation is not None:
            continue
        name = changes.renamed.get(question.id, question.id)
        if name in new:
            yield from _does_not_fit(changes, question, new[name], name)
        else:
            yield (), f"'{question.id}' of version {changes.since} is not asked: renamed, removed?"


def _unknown_names(
    changes: Changes, old: Mapping[str, Field], new: Mapping[str, Field]
) -> Iterator[Fault]:
    for key, names in (("removed", changes.removed), ("renamed", changes.renamed)):
        for name in names:
            if name not in old:
                yield (key,), f"version {changes.since} has no question '{name}'"
    for path in changes.codes:
        if path.partition(".")[0] not in new:
            yield ("codes", path), f"there is no question '{path}'"


def _names_taken(
    changes: Changes, old: Mapping[str, Field], new: Mapping[str, Field]
) -> Iterator[Fault]:
    """An id that meant something else before: its answers would be taken for the new ones."""
    for name in changes.removed:
        if name in new:
            yield ("removed",), f"'{name}' is removed and asked: give the new question another id"
    for later in changes.renamed.values():
        if later in old:
            yield ("renamed",), f"version {changes.since} has a question '{later}' already"


def _does_not_fit(changes: Changes, before: Field, after: Field, path: str) -> Iterator[Fault]:
    if not _takes(after.type, before.type):
        yield (), f"'{path}' was a {before.type} and is a {after.type}: give it another id"
    moved = changes.codes.get(path, {})
    listed = {option.id for option in after.options}
    for option in before.options:
        if moved.get(option.id, option.id) not in listed:
            yield (
                ("codes", path),
                f"'{path}' has no answer '{option.id}' any more: say which it moved to",
            )
    asked = {question.id: question for question in after.fields}
    for question in before.fields:
        within = f"{path}.{question.id}"
        if question.id in asked:
            yield from _does_not_fit(changes, question, asked[question.id], within)
        elif question.calculation is None:
            yield (), f"'{within}' is gone: a group that loses a question needs another id"


def _takes(after: FieldType, before: FieldType) -> bool:
    is_longer = (before, after) == (FieldType.TEXT, FieldType.LONG_TEXT)
    return before is after or is_longer
