"""A table as it is drawn, as a JSON document: its dimensions, and counts by undivided codes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from referral.reporting.disclosure.crossed import Dimension, Key, Layout, name
from referral.reporting.disclosure.documents import rule_of
from referral.reporting.disclosure.primary import Rule
from referral.reporting.disclosure.problem import MalformedProblemError
from referral.reporting.disclosure.reading import (
    a_flag,
    a_list,
    a_whole,
    a_word,
    an_object,
    ids_of,
    named,
    parsed,
    repeated,
)

_DRAWING = {"dimensions", "counts", "missing", "impossible", "published", "k", "rule"}
_RULE = {"presence", "insiders", "open"}


@dataclass(frozen=True)
class Drawing:
    """What a file says: how a table is drawn, what it counts, and what a number needs behind it."""

    layout: Layout
    counts: Mapping[Key, int]
    rule: Rule


def read_drawing(text: bytes | str) -> Drawing:
    """Read a document; `MalformedProblemError` names the codes, or else the place, at fault."""
    raw = an_object(parsed(text), _DRAWING, "the document")
    dimensions = [_dimension(one) for one in a_list(raw, "dimensions")]
    if twice := repeated(dimension.name for dimension in dimensions):
        raise MalformedProblemError(f"two dimensions of one name: {named(twice)}")
    plain = Layout(dimensions)
    held = set(plain.keys)
    published = _keys(raw, "published", held)
    layout = Layout(
        dimensions,
        missing=_keys(raw, "missing", set(plain.leaves)),
        impossible=_keys(raw, "impossible", set(plain.leaves)),
        published=published.__contains__,
    )
    counted = [an_object(one, {"codes", "value"}, "a count") for one in a_list(raw, "counts")]
    keys = [_key(one, "codes") for one in counted]
    _check_keys("counts", keys, set(plain.leaves))
    counts = {
        key: a_whole({"id": name(key), "value": one.get("value")}, "value")
        for key, one in zip(keys, counted, strict=True)
    }
    layout.problem(counts)
    return Drawing(layout, counts, rule_of(raw, words=_RULE))


def _dimension(raw: Any) -> Dimension:
    one = an_object(raw, {"name", "codes", "tree", "ordered"}, "a dimension")
    called = a_word(one, "name")
    if ("codes" in one) == ("tree" in one):
        raise MalformedProblemError(f'{called} needs either "codes" or a "tree"')
    if "codes" in one:
        divided = {"*": ids_of(one, "codes")}
    elif isinstance(one["tree"], dict):
        divided = {code: ids_of(one["tree"], code) for code in one["tree"]}
    else:
        raise MalformedProblemError(f'"tree" of {called} is not an object')
    if empty := [code for code, parts in divided.items() if not parts]:
        raise MalformedProblemError(f"nothing below these codes of {called}: {named(empty)}")
    dimension = Dimension(called, divided, ordered=a_flag(one, "ordered"))
    if lost := set(dimension.above) - set(dimension.codes):
        raise MalformedProblemError(f"in a circle of {called}: {named(lost)}")
    return dimension


def _keys(raw: Mapping[str, Any], word: str, held: Collection[Key]) -> set[Key]:
    """Read combinations of codes, each a list with one code a dimension."""
    keys = [_key({word: one}, word) for one in a_list(raw, word, optional=True)]
    _check_keys(word, keys, held)
    return set(keys)


def _key(raw: Mapping[str, Any], word: str) -> Key:
    codes = a_list(raw, word)
    if not all(isinstance(code, str) for code in codes):
        raise MalformedProblemError(f'"{word}" holds what is no code: {codes}')
    return tuple(codes)


def _check_keys(word: str, keys: list[Key], held: Collection[Key]) -> None:
    if unknown := [name(key) for key in keys if key not in held]:
        raise MalformedProblemError(f'unknown in "{word}": {named(unknown)}')
    if twice := repeated(name(key) for key in keys):
        raise MalformedProblemError(f'"{word}" names twice: {named(twice)}')
