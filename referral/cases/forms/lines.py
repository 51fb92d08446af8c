"""Answers as lines to read: for page and print."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from referral.cases.forms.definition import Answer, Field, FieldType
from referral.cases.forms.page import HANOI_TIME, is_iso

Line = tuple[str, str]
"""Label and value."""


@dataclass(frozen=True)
class Reader:
    """Whom the lines are for: ``unit_name`` turns a unit's code into its name, in the language.

    ``member_name`` does so for the id of a member of staff.
    """

    locale: str
    zone: ZoneInfo = HANOI_TIME
    unit_name: Callable[[str], str] = str
    member_name: Callable[[str], str] = str

    def lines(self, fields: Iterable[Field], answers: Mapping[str, Any]) -> list[Line]:
        """The answers given, in the order of the form; of a group one line a row.

        An answer to a question that this version no longer asks comes last, under its id: a newer
        form hides nothing that was written.
        """
        asked = {field.id: field for field in fields}
        found: list[Line] = []
        for field in asked.values():
            if field.id in answers:
                found += self._of(field, answers[field.id])
        for former, answer in answers.items():
            if former not in asked:
                found += self._of_former(former, answer)
        return found

    def _of(self, field: Field, answer: Answer) -> Iterator[Line]:
        label = field.label(self.locale)
        if field.type is FieldType.GROUP and isinstance(answer, list):
            for number, row in enumerate(answer, start=1):
                yield numbered(label, number), self._row(field.fields, row)
        else:
            yield label, self._value(field, answer)

    def _row(self, fields: Iterable[Field], row: Any) -> str:
        """A row in one line: each question with its answer."""
        said = self.lines(fields, row) if isinstance(row, dict) else [("", str(row))]
        return "; ".join(f"{label}: {value}" if label else value for label, value in said)

    def _value(self, field: Field, answer: Answer) -> str:
        labels = {option.id: option.label(self.locale) for option in field.choices}
        codes = answer if isinstance(answer, list) else [str(answer)]
        if isinstance(answer, list) or all(code in labels for code in codes):
            return "; ".join(labels.get(str(code), str(code)) for code in codes)
        if isinstance(answer, int):
            return f"{answer} {field.unit(self.locale)}".rstrip()
        return self._written(field.type, answer)

    def _written(self, kind: FieldType, text: str) -> str:
        if kind is FieldType.UNIT:
            return self.unit_name(text)
        if kind is FieldType.MEMBER:
            return self.member_name(text)
        if kind is FieldType.DATE and is_iso(text):
            return f"{datetime.fromisoformat(text):%d/%m/%Y}"
        if kind is FieldType.DATETIME and is_iso(text):
            return f"{datetime.fromisoformat(text).astimezone(self.zone):%d/%m/%Y, %H:%M}"
        return text

    def _of_former(self, name: str, answer: Answer) -> Iterator[Line]:
        if isinstance(answer, list) and answer and isinstance(answer[0], dict):
            for number, row in enumerate(answer, start=1):
                yield numbered(name, number), self._row((), row)
        else:
            codes = answer if isinstance(answer, list) else [answer]
            yield name, "; ".join(str(code) for code in codes)


def numbered(label: str, number: int) -> str:
    """What one row of a group is called; ``number`` counts from 1."""
    return f"{label} ({number})"
