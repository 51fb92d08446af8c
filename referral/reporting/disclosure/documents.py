"""Tables as JSON documents: read strictly, since a misspelt word could make a table look safe."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from referral.reporting.disclosure.primary import Backing, Rule, standard, together
from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Demand,
    MalformedProblemError,
    Problem,
    Standard,
    Sum,
)

LARGEST = 10**9
"""Beyond it the solver's arithmetic is no longer sure of every single person."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: JSON can say it, and UTF-8 cannot."""

_DOCUMENT = {"release", "cells", "sums", "bounds", "known", "k", "rule", "sensitive"}
_CELL = {"id", "value", "published", "weight", "persons", "perpetrators", "services", "largest"}
_RULE = {"perpetrators", "services", "presence", "insiders", "open", "dominance", "percent"}
_DEMAND = {"id", "lower", "upper", "sliding"}


@dataclass(frozen=True)
class Document:
    """What a file says; ``order`` are the ids in the order of the file."""

    problem: Problem
    order: tuple[str, ...]
    known: tuple[str, ...]
    standard: Standard | None
    k: int | None
    release: str | None

    @property
    def unpublished(self) -> list[str]:
        """Ids that are not marked as published."""
        return [cell for cell in self.order if not self.problem.by_id[cell].published]


def read(text: bytes | str) -> Document:
    """Read a document; `MalformedProblemError` names the ids, or else the place, at fault."""
    raw = _object(_parsed(text), _DOCUMENT, "the document")
    cells = [_object(cell, _CELL, "a cell") for cell in _list(raw, "cells")]
    ids = [_word(cell, "id") for cell in cells]
    if twice := [cell for cell, times in Counter(ids).items() if times > 1]:
        raise MalformedProblemError(f"duplicate cells: {_named(twice)}")
    problem = Problem(
        [_cell(cell) for cell in cells],
        [_sum(one) for one in _list(raw, "sums", optional=True)],
        [_bound(one) for one in _list(raw, "bounds", optional=True)],
    )
    k = _whole(raw, "k", least=1) if "k" in raw else None
    release = _word(raw, "release") if "release" in raw else None
    known = tuple(_ids(raw, "known")) if "known" in raw else ()
    demands = [_demand(one) for one in _list(raw, "sensitive", optional=True)]
    _check_names(problem, "known", known)
    _check_names(problem, "sensitive", [demand.cell for demand in demands])
    asked = []
    if "sensitive" in raw:
        asked.append(Standard(tuple(demands)))
    backing = {cell["id"]: _backing(cell) for cell in cells}
    if k is not None:
        rule = _rule(raw.get("rule", {}), k)
        large = [cell for cell, one in backing.items() if one.largest]
        if large and rule.dominance is None and rule.percent is None:
            raise MalformedProblemError(
                f'"largest" without "dominance" or "percent" in "rule": {_named(large)}'
            )
        asked.append(standard(problem, rule, backing=backing))
    elif "rule" in raw:
        raise MalformedProblemError('"rule" says how "k" is meant, and there is no "k"')
    return Document(problem, tuple(ids), known, together(asked) if asked else None, k, release)


def _parsed(text: bytes | str) -> Any:
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise MalformedProblemError("the document is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, MalformedProblemError):
            raise
        raise MalformedProblemError(f"the document is not JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    if twice:
        raise MalformedProblemError(f"said twice in one place: {_named(twice)}")
    return dict(pairs)


def _no_number(word: str) -> float:
    raise MalformedProblemError(f"{word} is not a number that can be counted")


def _object(raw: Any, words: set[str], what: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise MalformedProblemError(f"{what} is not an object")
    if strange := raw.keys() - words:
        where = f" ({raw['id']})" if isinstance(raw.get("id"), str) else ""
        raise MalformedProblemError(f"{what}{where} has unknown words: {_named(strange)}")
    return raw


def _list(raw: Mapping[str, Any], key: str, *, optional: bool = False) -> list[Any]:
    found = raw.get(key, [] if optional else None)
    if not isinstance(found, list):
        raise MalformedProblemError(f'"{key}" is not a list')
    return found


def _word(raw: Mapping[str, Any], key: str) -> str:
    found = raw.get(key)
    if not isinstance(found, str) or not found or _HALF.search(found):
        raise MalformedProblemError(f'"{key}" is {json.dumps(found)}, not a word')
    return found


def _whole(raw: Mapping[str, Any], key: str, *, least: int = 0, most: int = LARGEST) -> int:
    found = raw.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(
            f'"{key}"{of} is {json.dumps(found)}, not a whole number of {least} to {most}'
        )
    return found


def _number(raw: Mapping[str, Any], key: str) -> float:
    found = raw.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < LARGEST:
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(f'"{key}"{of} is {json.dumps(found)}, not a positive number')
    return float(found)


def _flag(raw: Mapping[str, Any], key: str) -> bool:
    found = raw.get(key, False)
    if not isinstance(found, bool):
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(f'"{key}"{of} is {json.dumps(found)}, not true or false')
    return found


def _ids(raw: Mapping[str, Any], key: str) -> list[str]:
    found = _list(raw, key)
    if wrong := [one for one in found if not isinstance(one, str)]:
        raise MalformedProblemError(f'"{key}" holds what is no id: {json.dumps(wrong)}')
    if twice := [one for one, times in Counter(found).items() if times > 1]:
        raise MalformedProblemError(f'"{key}" names twice: {_named(twice)}')
    return found


def _cell(raw: Mapping[str, Any]) -> Cell:
    return Cell(
        raw["id"],
        _whole(raw, "value"),
        contributors=_whole(raw, "persons") if "persons" in raw else None,
        weight=_number(raw, "weight") if "weight" in raw else 1.0,
        published=_flag(raw, "published"),
    )


def _backing(raw: Mapping[str, Any]) -> Backing:
    largest: tuple[int, ...] = ()
    if "largest" in raw:
        shares = _list(raw, "largest")
        largest = tuple(_whole({"largest": s, "id": raw["id"]}, "largest") for s in shares)
        if list(largest) != sorted(largest, reverse=True) or sum(largest) > raw["value"]:
            raise MalformedProblemError(f'"largest" of {raw["id"]} are not parts, largest first')
    return Backing(
        perpetrators=_whole(raw, "perpetrators") if "perpetrators" in raw else None,
        services=_whole(raw, "services") if "services" in raw else None,
        largest=largest,
    )


def _sum(raw: Any) -> Sum:
    one = _object(raw, {"total", "parts"}, "a sum")
    total, parts = _word(one, "total"), _ids(one, "parts")
    if total in parts:
        raise MalformedProblemError(f"a part of itself: {total}")
    return Sum(total, tuple(parts))


def _bound(raw: Any) -> Bound:
    one = _object(raw, {"smaller", "larger"}, "a bound")
    return Bound(tuple(_ids(one, "smaller")), tuple(_ids(one, "larger")))


def _demand(raw: Any) -> Demand:
    one = _object(raw, _DEMAND, "a sensitive cell")
    sliding = _whole(one, "sliding") if "sliding" in one else 0
    return Demand(_word(one, "id"), _whole(one, "lower"), _whole(one, "upper"), sliding)


def _rule(raw: Any, k: int) -> Rule:
    one = _object(raw, _RULE, '"rule"')
    dominance = None
    if "dominance" in one:
        pair = _object(one["dominance"], {"n", "percent"}, '"dominance"')
        dominance = _whole(pair, "n", least=1), _number(pair, "percent")
        if not 0 < dominance[1] <= 100:
            raise MalformedProblemError('"percent" of "dominance" is not within 0 and 100')
    return Rule(
        k,
        perpetrators=_whole(one, "perpetrators") if "perpetrators" in one else None,
        services=_whole(one, "services") if "services" in one else 2,
        presence=_flag(one, "presence"),
        insiders=_flag(one, "insiders"),
        open=_flag(one, "open"),
        dominance=dominance,
        percent=_number(one, "percent") if "percent" in one else None,
    )


def _check_names(problem: Problem, key: str, ids: Iterable[str]) -> None:
    named = list(ids)
    if unknown := set(named) - problem.by_id.keys():
        raise MalformedProblemError(f'unknown cells in "{key}": {_named(unknown)}')
    if twice := [one for one, times in Counter(named).items() if times > 1]:
        raise MalformedProblemError(f'"{key}" names twice: {_named(twice)}')


def _named(ids: Iterable[str]) -> str:
    return ", ".join(sorted(ids))
