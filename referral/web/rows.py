"""Lines of a group on a page: one more, one less, without script and without anything written."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from werkzeug.datastructures import MultiDict

from referral.cases.forms.definition import FieldType
from referral.cases.forms.form import Form
from referral.cases.forms.page import row_marks

ADD: Final = "add-line"
"""The button of one more line; its value is the input name of the group."""
DROP: Final = "drop-line"
"""The button that takes a line out; its value is the group's input name, and the line's mark."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a group as a page shows it: `prefix` of its inputs, `path` of its errors."""

    mark: str
    prefix: str
    path: str
    label: str


def reshaped(
    form: Form, prefix: str, sent: MultiDict[str, str], values: Mapping[str, list[str]]
) -> tuple[dict[str, list[str]], str]:
    """What was typed with the line added or taken out, and the prefix of a new line's inputs.

    The other lines keep their marks, so that what stands in them stays where it is.
    """
    groups = {f"{prefix}{item.id}": item for item in form.fields if item.type is FieldType.GROUP}
    kept = dict(values)
    name = sent.get(ADD, "")
    if name in groups:
        marks = row_marks(sent.getlist(f"{name}-row"))
        if len(marks) >= groups[name].most:
            return kept, ""
        fresh = next(str(number) for number in count() if str(number) not in marks)
        kept[f"{name}-row"] = [*marks, fresh]
        return kept, f"{name}-{fresh}-"
    name, _, mark = sent.get(DROP, "").rpartition("-")
    if name in groups:
        marks = row_marks(sent.getlist(f"{name}-row"))
        kept[f"{name}-row"] = [other for other in marks if other != mark]
        kept = {box: said for box, said in kept.items() if not box.startswith(f"{name}-{mark}-")}
    return kept, ""
