"""One TOML file of forms or code lists: its content, and on which line of it something stands."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from referral.kernel.errors import CannotStart

Steps = tuple[str | int, ...]
"""The way to a value of a file: keys, and places in lists."""

_PLACE = re.compile(r" \(at line (\d+), column \d+\)\Z")
_ABSENT = object()


class FormError(CannotStart):
    """A form file that cannot be used: `file`, `line`, `field` ("" for the file) and `reason`."""

    def __init__(self, file: str, line: int, field: str, reason: str) -> None:
        about = f", field '{field}'" if field else ""
        super().__init__(f"{file}, line {line}{about}: {reason}")
        self.file = file
        self.line = line
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class FormFile:
    """A file that is TOML; `is_own` when it is the installation's and not the product's."""

    path: Path
    is_own: bool
    text: str = field(repr=False)
    content: Mapping[str, Any] = field(repr=False)

    def error(self, where: Steps, reason: str) -> FormError:
        """The refusal of what stands there, with its line and the field that it belongs to."""
        return FormError(self.path.name, line_of(self.text, where), self._field(where), reason)

    def _field(self, where: Steps) -> str:
        """The id of the field or code list that the steps lead through; a sub-question's path."""
        if where[:1] == ("lists",):
            return str(where[1]) if len(where) > 1 else ""
        named = []
        node: Any = self.content
        for step in where:
            node = _inside(node, step)
            if isinstance(step, int):
                named.append(str(node.get("id", step)) if isinstance(node, Mapping) else str(step))
        return ".".join(named)


def open_file(path: Path, *, is_own: bool) -> FormFile:
    """Read a file; `FormError` when it is no UTF-8 or no TOML."""
    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise FormError(path.name, 1, "", problem.strerror or "cannot be read") from problem
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = raw[: problem.start].count(b"\n") + 1
        raise FormError(path.name, line, "", "this is not UTF-8 text") from problem
    try:
        return FormFile(path, is_own, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        said = str(problem)
        place = _PLACE.search(said)
        line = int(place[1]) if place else text.count("\n") + 1
        raise FormError(path.name, line, "", _PLACE.sub("", said)) from problem


def line_of(text: str, where: Steps) -> int:
    """The line on which the innermost of `where` that the text holds is written.

    A value stands on the line from which on a file cut off there would hold it. Only an error asks,
    so that the many readings of ever longer beginnings cost nothing where all is well.
    """
    lines = text.splitlines()
    found = 1
    depth = 0
    for first, last, content in _beginnings(lines):
        reached = _depth(content, where)
        if reached > depth:
            depth, found = reached, _row_within(lines, first, last, where)
    return found


def _beginnings(lines: list[str]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """First and last line of each statement, and all that the file says up to there."""
    whole = 0
    for count in range(1, len(lines) + 1):
        try:
            content = tomllib.loads("\n".join(lines[:count]) + "\n")
        except tomllib.TOMLDecodeError:
            continue
        yield whole + 1, count, content
        whole = count


def _depth(content: Any, where: Steps) -> int:
    """How many of the steps the content holds."""
    node = content
    for taken, step in enumerate(where):
        node = _inside(node, step)
        if node is _ABSENT:
            return taken
    return len(where)


def _inside(node: Any, step: str | int) -> Any:
    if isinstance(node, Mapping):
        return node.get(step, _ABSENT)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return _ABSENT


def _row_within(lines: list[str], first: int, last: int, where: Steps) -> int:
    """Of a list written over several lines the row asked for, one table a line; else its start."""
    rows = [
        number
        for number, line in enumerate(lines[first - 1 : last], start=first)
        if line.lstrip().startswith("{")
    ]
    places = [step for step in where if isinstance(step, int)]
    return rows[places[-1]] if places and places[-1] < len(rows) else first
